package policy

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// The answers that these tests note.
var (
	good      = plain(200, BodyNull)
	absent    = coded(404, "CC.00050017")
	running   = coded(200, "CC.00050015")
	busy      = coded(200, "CC.00050012")
	forbidden = coded(200, "CC.00050010")
	rejected  = plain(401, BodyEmpty)
	malformed = coded(200, "CC.00050000")
	throttled = coded(429, "APIGW.0308")
	silent    = Answer{Fault: FaultTimeout}
)

// noted is what Note said to one answer.
type noted struct{ spend, stop bool }

func TestBlame(t *testing.T) {
	quiet, spends, stops := noted{}, noted{spend: true}, noted{stop: true}
	tests := []struct {
		name    string
		answers []Answer
		want    []noted
	}{
		{"good answers", []Answer{good, absent, running}, []noted{quiet, quiet, quiet}},
		{"no permission at all", []Answer{forbidden, forbidden, forbidden}, []noted{quiet, quiet, stops}},
		{"and on after the stop", []Answer{forbidden, forbidden, forbidden, forbidden}, []noted{quiet, quiet, stops, stops}},
		{"wrong credentials", []Answer{rejected, rejected, rejected}, []noted{quiet, quiet, stops}},
		{"both kinds count together", []Answer{rejected, forbidden, rejected}, []noted{quiet, quiet, stops}},
		{
			"permission lost on the way",
			append([]Answer{good}, slices.Repeat([]Answer{forbidden}, blamesLater)...),
			append(append([]noted{quiet}, slices.Repeat([]noted{spends}, blamesLater-1)...), noted{spend: true, stop: true}),
		},
		{
			"one bad ID among good ones",
			[]Answer{good, forbidden, good, forbidden, good, forbidden, good, forbidden},
			[]noted{quiet, spends, quiet, spends, quiet, spends, quiet, spends},
		},
		{
			"gone and running clear as well",
			[]Answer{forbidden, forbidden, absent, forbidden, running, forbidden},
			[]noted{quiet, quiet, quiet, spends, quiet, spends},
		},
		{
			"busy, malformed, throttled and silent prove nothing",
			[]Answer{forbidden, busy, malformed, forbidden, throttled, silent, forbidden},
			[]noted{quiet, quiet, quiet, quiet, quiet, quiet, stops},
		},
		{"refused for good", []Answer{good, {Fault: FaultRefused}}, []noted{quiet, stops}},
	}
	table := DefaultTable()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := Blame{Patience: time.Minute}
			for i, a := range tt.answers {
				f := b.Note(table.Judge(a), a, SeenNever, noon)
				if got := (noted{f.Spend, f.Stop}); got != tt.want[i] {
					t.Errorf("answer %d: got %+v, want %+v", i, got, tt.want[i])
				}
				if f.Stop && f.Why == "" {
					t.Errorf("answer %d stops without a word", i)
				}
			}
		})
	}
}

// TestNoPermissionNeverSpends mixes a missing permission with all answers that
// may come without it, in every order of three: no attempt may be spent.
func TestNoPermissionNeverSpends(t *testing.T) {
	table := DefaultTable()
	noise := []Answer{busy, malformed, throttled, silent, plain(500, BodyHTML), coded(200, "CC.00050006")}
	for _, x := range noise {
		for _, y := range noise {
			b := Blame{Patience: time.Minute}
			for _, a := range []Answer{forbidden, x, forbidden, y, forbidden} {
				if b.Note(table.Judge(a), a, SeenNever, noon).Spend {
					t.Fatalf("%+v and %+v made a blame spend", x, y)
				}
			}
			if !b.Note(table.Judge(forbidden), forbidden, SeenNever, noon).Stop {
				t.Fatalf("%+v and %+v kept the run going", x, y)
			}
		}
	}
}

func TestBlameLosesPatienceWithLogins(t *testing.T) {
	table := DefaultTable()
	noLogin := Answer{Fault: FaultLogin}
	type note struct {
		at     time.Duration
		answer Answer
		stop   bool
	}
	tests := []struct {
		name  string
		notes []note
	}{
		{"unbroken", []note{{0, noLogin, false}, {59 * time.Second, noLogin, false}, {time.Minute, noLogin, true}}},
		{"broken by an answer", []note{{0, noLogin, false}, {30 * time.Second, good, false}, {70 * time.Second, noLogin, false}, {130 * time.Second, noLogin, true}}},
		{"broken by a request that got nowhere", []note{{0, noLogin, false}, {30 * time.Second, Answer{Fault: FaultConnect}, false}, {70 * time.Second, noLogin, false}}},
		{"not broken by what asks for no login", []note{
			{0, noLogin, false},
			{10 * time.Second, Answer{Fault: FaultInvalid}, false},
			{20 * time.Second, Answer{Fault: FaultDryRun}, false},
			{30 * time.Second, Answer{Fault: FaultCanceled}, false},
			{40 * time.Second, Answer{Fault: FaultStopped}, false},
			{time.Minute, noLogin, true},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := Blame{Patience: time.Minute}
			for i, n := range tt.notes {
				f := b.Note(table.Judge(n.answer), n.answer, SeenNever, after(n.at))
				if f.Stop != n.stop || f.Spend {
					t.Errorf("note %d: %+v; want stop %v", i, f, n.stop)
				}
			}
		})
	}
}

func TestZeroBlameStopsAtTheFirstFailedLogin(t *testing.T) {
	var b Blame
	a := Answer{Fault: FaultLogin}
	if !b.Note(DefaultTable().Judge(a), a, SeenNever, noon).Stop {
		t.Error("no patience, and still waiting")
	}
}

func TestBlameSaysWhatToDo(t *testing.T) {
	table, err := DefaultTable().With(Row{Name: "ours", Status: Is(418), Verdict: Halt, Why: "we are cut off"})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		answer Answer
		want   string
	}{
		{"no permission", forbidden, "CC.00050010 (HTTP 200): the user has no permission; grant the user codeartscheck:task:delete"},
		{"forbidden", plain(403, BodyHTML), "HTTP 403: the request is forbidden; grant"},
		{"wrong endpoint", coded(404, "APIGW.0101"), "APIGW.0101 (HTTP 404): the gateway knows no such API; check service.endpoint"},
		{"TLS", Answer{Fault: FaultTLS}, "no answer (tls): the TLS handshake or the certificate was refused; check service.ca_file"},
		{"refused", Answer{Fault: FaultRefused}, "no answer (refused): the credential is refused for good; check the credentials"},
		{"login", Answer{Fault: FaultLogin}, "no login for 0s: no answer (login): no credential can be had for now; check"},
		{"an operator's row without advice", plain(418, BodyEmpty), "HTTP 418: we are cut off; check the credentials, the permission"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b Blame
			if f := b.Note(table.Judge(tt.answer), tt.answer, SeenNever, noon); !strings.HasPrefix(f.Why, tt.want) {
				t.Errorf("got  %s\nwant %s...", f.Why, tt.want)
			}
		})
	}
}

// TestYesterdaysBlamesDoNotBlock: IDs that blamed the run in an earlier pass come
// first in this one, and must not stop it before a fresh one has been asked.
func TestYesterdaysBlamesDoNotBlock(t *testing.T) {
	table := DefaultTable()
	b := Blame{Patience: time.Minute}
	for i := range blamesOld - 1 {
		if f := b.Note(table.Judge(forbidden), forbidden, SeenBefore, noon); f.Stop || f.Spend {
			t.Fatalf("old blame %d: %+v", i, f)
		}
	}
	b.Note(table.Judge(good), good, SeenNever, noon)
	// They come again, now that another has fared well, and pay for it.
	if f := b.Note(table.Judge(forbidden), forbidden, SeenInPass, noon); f.Stop || !f.Spend {
		t.Errorf("blame after a good answer: %+v", f)
	}
	// When nothing good comes, many of them stop the run all the same.
	b = Blame{Patience: time.Minute}
	for range blamesOld - 1 {
		b.Note(table.Judge(forbidden), forbidden, SeenBefore, noon)
	}
	if !b.Note(table.Judge(forbidden), forbidden, SeenBefore, noon).Stop {
		t.Error("old blames never stop the run")
	}
}

// TestNothingButThrottlesStops: a quota that is used up says "1 minute" for ever.
func TestNothingButThrottlesStops(t *testing.T) {
	table := DefaultTable()
	tests := []struct {
		name    string
		between Answer
		stop    bool
	}{
		{"nothing but throttles", throttled, true},
		{"and silence", silent, true},
		{"broken by a good answer", good, false},
		{"broken by any other answer", busy, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := Blame{Patience: time.Hour}
			b.Note(table.Judge(throttled), throttled, SeenNever, noon)
			b.Note(table.Judge(tt.between), tt.between, SeenNever, after(30*time.Minute))
			f := b.Note(table.Judge(throttled), throttled, SeenNever, after(time.Hour))
			if f.Stop != tt.stop || f.Throttled != tt.stop {
				t.Errorf("after an hour: %+v, want stop %v", f, tt.stop)
			}
		})
	}
}
