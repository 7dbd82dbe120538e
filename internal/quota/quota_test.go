package quota

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestLimits: which calls of a second that ends with a pause are let through, by their
// moments in milliseconds.
func TestLimits(t *testing.T) {
	for _, tt := range []struct {
		limits string
		calls  []int
		want   string // of each call, + or -
	}{
		{"3/1s", []int{100, 200, 300, 400, 1099, 1100, 1200, 1300, 1400}, "+++--+++-"},
		{"3/1s:clock", []int{100, 200, 300, 400, 999, 1000, 1001, 1002, 1003}, "+++--+++-"},
		{"3/1s:sliding", []int{0, 400, 800, 900, 1000, 1100, 1400, 1500}, "+++-+-+-"},
		{"3/1s:sliding:rejected", []int{0, 400, 800, 900, 1000, 1100, 2200}, "+++---+"},
		{"2/1s:bucket:burst=2", []int{0, 0, 0, 0, 500, 600, 5000, 5000, 5000, 5000}, "+++-+-+++-"},
	} {
		t.Run(tt.limits, func(t *testing.T) {
			limits, _, err := Parse([]string{tt.limits})
			if err != nil {
				t.Fatal(err)
			}
			got, g := "", NewGate(limits)
			for _, ms := range tt.calls {
				got += map[bool]string{true: "+", false: "-"}[g.Admit(time.Duration(ms)*time.Millisecond).OK]
			}
			if got != tt.want {
				t.Errorf("%v are answered %s, want %s", tt.calls, got, tt.want)
			}
		})
	}
}

// TestAtOnce: an answered call makes room for another.
func TestAtOnce(t *testing.T) {
	g := NewGate([]Limit{{Kind: AtOnce, N: 2}})
	if !g.Admit(0).OK || !g.Admit(1).OK || g.Admit(2).OK {
		t.Error("two calls at once: the first two are let through, and no other")
	}
	g.Leave()
	if !g.Admit(3).OK || g.Admit(4).OK {
		t.Error("one has left: one more is let through")
	}
}

// TestSeveral: a call that one limit refuses is not counted by the others, and the script
// replaces all.
func TestSeveral(t *testing.T) {
	limits, script, err := Parse([]string{"1/1s", "3/1m", "2/1s@2m"})
	if err != nil {
		t.Fatal(err)
	}
	g, got := NewGate(limits, script...), ""
	for _, at := range []time.Duration{0, 1, time.Second, time.Second + 1, 2 * time.Second, 3 * time.Second, 2 * time.Minute, 2*time.Minute + 1, 2*time.Minute + 2} {
		a := g.Admit(at)
		got += fmt.Sprintf("%v %d/%v, ", a.OK, a.Limit.N, a.Limit.Window)
	}
	want := "true 1/1s, false 1/1s, true 3/1m0s, false 1/1s, true 3/1m0s, false 3/1m0s, true 2/1s, true 2/1s, false 2/1s, "
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
}

// TestNone: a script can lift all limits, and set others later.
func TestNone(t *testing.T) {
	limits, script, err := Parse([]string{"1/1m", "1:at-once", "none@1m", "2/1s@2m"})
	if err != nil {
		t.Fatal(err)
	}
	g := NewGate(limits, script...)
	for _, row := range []struct {
		at       time.Duration
		admitted int
	}{{0, 1}, {time.Minute, 100}, {2 * time.Minute, 2}} {
		admitted := 0
		for range 100 {
			if g.Admit(row.at).OK {
				admitted++
			}
		}
		if admitted != row.admitted {
			t.Errorf("after %v %d of 100 calls are admitted, want %d", row.at, admitted, row.admitted)
		}
	}
	if _, _, err := Parse([]string{"none"}); err == nil {
		t.Error("none is read as a limit from the start")
	}
}

// TestDelay: a bucket that holds calls back says for how long.
func TestDelay(t *testing.T) {
	g := NewGate([]Limit{{Kind: Bucket, N: 10, Window: time.Second, Burst: 2, Delay: true}})
	for i, want := range []time.Duration{0, 100 * time.Millisecond, 200 * time.Millisecond} {
		if a := g.Admit(0); !a.OK || a.Wait != want {
			t.Errorf("call %d waits %v, want %v", i, a.Wait, want)
		}
	}
}

// TestRival: somebody else uses the limit too.
func TestRival(t *testing.T) {
	g := NewGate([]Limit{{Kind: Sliding, N: 10, Window: time.Second}})
	g.Compete(20, 1)
	g.Admit(10 * time.Second)
	if r := g.Rival(); r.Asked < 180 || r.Asked > 220 || r.Refused < r.Asked/3 {
		t.Errorf("20 calls a second for 10 s, of which 10 a second are let through: %+v", r)
	}
}

// TestParseRefuses: what cannot be meant is named.
func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"", "x/1s", "1/x", "0/1s", "1", "1/1s:odd", "1/1s:burst=2", "2:at-once:delay", "1/1s@x", "1/1s:bucket:burst=x"} {
		if _, _, err := Parse([]string{text}); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}
