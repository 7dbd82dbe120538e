package sim

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseFault(t *testing.T) {
	for _, row := range []struct {
		text string
		want func(*Fault) // applied to the fault of the catalogue
		back string       // as String writes it
	}{
		{"busy-400", func(*Fault) {}, "busy-400:1"},
		{"busy-400:0.05", func(f *Fault) { f.Share = 0.05 }, "busy-400:0.05"},
		{"busy-400:0.05:2", func(f *Fault) { f.Share, f.Times = 0.05, 2 }, "busy-400:0.05:2"},
		{"busy-400:1:0", func(*Fault) {}, "busy-400:1"},
		{"busy-400:0", func(f *Fault) { f.Share = 0 }, "busy-400:0"},
		{"outage@10s+5s", func(f *Fault) { f.After, f.For = 10*time.Second, 5*time.Second }, "outage@10s+5s:1"},
		{"outage@10s", func(f *Fault) { f.After = 10 * time.Second }, "outage@10s:1"},
		{"outage@+5s", func(f *Fault) { f.For = 5 * time.Second }, "outage@+5s:1"},
		{"outage@1m30s+250ms:0.5", func(f *Fault) {
			f.After, f.For, f.Share = 90*time.Second, 250*time.Millisecond, 0.5
		}, "outage@1m30s+250ms:0.5"},
		{"slow=250ms:0.1", func(f *Fault) { f.Delay, f.Share = 250*time.Millisecond, 0.1 }, "slow=250ms:0.1"},
		{"progress/503:1:1", func(f *Fault) { f.On, f.Times = OpProgress, 1 }, "progress/503:1:1"},
		{"stop/late-effect=1s", func(f *Fault) { f.On, f.Delay = OpStop, time.Second }, "stop/late-effect=1s:1"},
		{"delete/outage@+5s", func(f *Fault) { f.On, f.For = OpDelete, 5*time.Second }, "delete/outage@+5s:1"},
		{"all/busy-400", func(f *Fault) { f.On = OpAll }, "all/busy-400:1"},
		{"hang=3s@1s+1s", func(f *Fault) { f.Delay, f.After, f.For = 3*time.Second, time.Second, time.Second }, "hang=3s@1s+1s:1"},
	} {
		t.Run(row.text, func(t *testing.T) {
			name, _, _ := strings.Cut(row.text, ":")
			name, _, _ = strings.Cut(name, "@")
			name, _, _ = strings.Cut(name, "=")
			name = name[strings.LastIndexByte(name, '/')+1:]
			want := find(t, name, 1, 0)
			row.want(&want)
			got, err := ParseFault(row.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if got.String() != row.back {
				t.Errorf("written as %s, want %s", got, row.back)
			}
		})
	}
}

func TestParseFaultRefuses(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"", "known are busy-400, "},
		{"bussy-400", "did you mean busy-400; known are busy-400, "},
		{"reset-after-efect:0.1", "did you mean reset-after-effect;"},
		{"no such thing at all", `unknown name "no such thing at all"; known are`},
		{"busy-400:", `share "" is not a number`},
		{"busy-400:many", `share "many" is not a number`},
		{"busy-400:5%", `share "5%" is not a number`},
		{"busy-400:2", "share 2 is not between 0 and 1"},
		{"busy-400:NaN", "share NaN"},
		{"busy-400:0.1:", `times "" is not a whole number`},
		{"busy-400:0.1:x", `times "x" is not a whole number`},
		{"busy-400:0.1:-1", "times -1"},
		{"busy-400:0.1:1:1", `times "1:1"`},
		{"busy-400@", "window is empty"},
		{"busy-400@+", "invalid duration"},
		{"busy-400@5", "missing unit"},
		{"busy-400@-5s", "not above zero"},
		{"busy-400@5s+0s", "not above zero"},
		{"busy-400@5s:1:2", "both a window and a number of times"},
		{"list/busy-400:0.5", "share of a list"},
		{"stopp/busy-400", `operation "stopp" is unknown; use one of [delete login progress stop list iam] or all`},
		{"/busy-400/", `unknown name "busy-400/", did you mean busy-400`},
		{"busy-400=5s", "only slow, late-effect, hang and reset take a delay"},
		{"slow=", "invalid duration"},
		{"slow=0s", "not above zero"},
	} {
		t.Run(row.text, func(t *testing.T) {
			got, err := ParseFault(row.text)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("error %v, want one with %q", err, row.want)
			}
			if diff := cmp.Diff(Fault{}, got); diff != "" {
				t.Errorf("not the zero fault: %s", diff)
			}
		})
	}
}

func FuzzParseFault(f *testing.F) {
	for _, seed := range []string{"busy-400:0.05:2", "outage@10s+5s", "slow=1ms@+3s:1e-3", "@", ":::", "=+@:", "500:0x1p-2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseFault(text)
		if err != nil {
			return
		}
		if err := got.validate(); err != nil {
			t.Errorf("%q is read as an invalid fault: %v", text, err)
		}
		again, err := ParseFault(got.String())
		if err != nil {
			t.Fatalf("%q is written as %q: %v", text, got, err)
		}
		if diff := cmp.Diff(got, again); diff != "" {
			t.Errorf("%q changes on the way: %s", text, diff)
		}
	})
}
