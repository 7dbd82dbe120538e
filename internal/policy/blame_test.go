package policy

import (
	"slices"
	"strings"
	"testing"
	"time"

	"cleaner/internal/answer"
)

// The answers that these tests note.
var (
	good      = plain(200, answer.BodyNull)
	absent    = coded(404, "CC.00050017")
	running   = coded(200, "CC.00050015")
	busy      = coded(200, "CC.00050012")
	forbidden = coded(200, "CC.00050010")
	rejected  = plain(401, answer.BodyEmpty)
	malformed = coded(200, "CC.00050000")
	throttled = coded(429, "APIGW.0308")
	silent    = answer.Answer{Fault: answer.FaultTimeout}
)

// said is what Note said to one answer.
type said struct{ spend, sample, stop bool }

// at is one answer to the request of an ID.
type at struct {
	seq    int64
	answer answer.Answer
	want   said
}

func TestBlame(t *testing.T) {
	quiet, spends, samples, stops := said{}, said{spend: true}, said{sample: true}, said{sample: true, stop: true}
	// different returns a rejection of n different IDs from the one given.
	different := func(from, n int64, a answer.Answer, want ...said) (all []at) {
		for i := range n {
			all = append(all, at{from + i, a, want[min(int(i), len(want)-1)]})
		}
		return all
	}
	tests := []struct {
		name  string
		notes []at
	}{
		{"good answers", []at{{1, good, quiet}, {2, absent, quiet}, {3, running, quiet}}},
		{
			"no permission at all: IDs from elsewhere are tried, then it stops",
			different(1, rejectedAtFirst, forbidden, quiet, quiet, samples, samples, samples, samples, samples, samples, samples, stops),
		},
		{
			"a credential that can still be renewed stops nothing",
			append(different(1, 12, rejected, quiet), different(20, 4, forbidden, quiet, quiet, samples)...),
		},
		{
			"permission lost on the way costs nothing",
			append([]at{{1, good, quiet}}, different(2, rejectedLater, forbidden, append(slices.Repeat([]said{quiet}, 2), append(slices.Repeat([]said{samples}, rejectedLater-3), stops)...)...)...),
		},
		{
			"one bad ID among good ones is proven bad by an answer after its first rejection",
			[]at{{1, good, quiet}, {2, forbidden, quiet}, {3, good, quiet}, {2, forbidden, spends}, {2, forbidden, spends}, {2, forbidden, spends}, {2, forbidden, spends}},
		},
		{
			"two left over that nothing proves bad, in a run that fared well",
			[]at{{1, good, quiet}, {2, forbidden, quiet}, {3, forbidden, quiet}, {2, forbidden, quiet}, {3, forbidden, quiet}, {2, forbidden, spends}, {3, forbidden, spends}},
		},
		{
			"three left over that nothing proves bad",
			[]at{
				{1, good, quiet},
				{2, forbidden, quiet},
				{3, forbidden, quiet},
				{4, forbidden, said{sample: true}},
				{2, forbidden, said{sample: true}},
				{3, forbidden, said{sample: true}},
				{4, forbidden, said{sample: true, stop: true}},
			},
		},
		{"one forbidden ID alone", []at{{1, forbidden, quiet}, {1, forbidden, quiet}, {1, forbidden, quiet}, {1, forbidden, said{stop: true}}}},
		{
			"gone and running clear as well",
			[]at{{1, forbidden, quiet}, {2, absent, quiet}, {1, forbidden, spends}, {3, forbidden, quiet}, {4, running, quiet}, {3, forbidden, spends}},
		},
		{
			"busy, malformed, throttled and silent prove nothing",
			[]at{{1, forbidden, quiet}, {2, busy, quiet}, {3, malformed, quiet}, {4, throttled, quiet}, {5, silent, quiet}, {1, forbidden, quiet}},
		},
		{"refused for good", []at{{1, good, quiet}, {2, answer.Answer{Fault: answer.FaultRefused}, said{stop: true}}}},
		{"a proxy refuses", []at{{1, good, quiet}, {2, answer.Answer{Fault: answer.FaultProxy}, said{stop: true}}}},
		{"a certificate that nobody knows", different(1, 3, answer.Answer{Fault: answer.FaultTLS}, quiet, quiet, stops)},
		{
			"one backend of several with a bad certificate costs nothing",
			[]at{{1, good, quiet}, {2, answer.Answer{Fault: answer.FaultTLS}, quiet}, {3, good, quiet}, {2, answer.Answer{Fault: answer.FaultTLS}, quiet}, {2, answer.Answer{Fault: answer.FaultTLS}, quiet}},
		},
	}
	table := DefaultTable()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := Blame{Patience: time.Minute}
			for i, n := range tt.notes {
				f := b.Note(table.Judge(n.answer), n.answer, Suspected{Seq: n.seq}, noon)
				if got := (said{f.Spend, f.Sample, f.Stop}); got != n.want {
					t.Errorf("answer %d: got %+v, want %+v", i, got, n.want)
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
	noise := []answer.Answer{busy, malformed, throttled, silent, plain(500, answer.BodyHTML), coded(200, "CC.00050006")}
	for _, x := range noise {
		for _, y := range noise {
			b := Blame{Patience: time.Minute}
			for i, a := range []answer.Answer{forbidden, x, forbidden, y, forbidden} {
				if b.Note(table.Judge(a), a, Suspected{Seq: int64(i % 2)}, noon).Spend {
					t.Fatalf("%+v and %+v made a rejection spend", x, y)
				}
			}
		}
	}
}

// Two credentials of which none was accepted are enough: then it is not the
// credential, and rejections count against the run.
func TestRenewalsEnd(t *testing.T) {
	table, b := DefaultTable(), Blame{Patience: time.Minute}
	a, renewals, stopped := rejected, 0, false
	for seq := int64(1); seq < 100 && !stopped; seq++ {
		a.Credential = uint64(renewals + 1)
		if b.Renews(a, Suspected{Seq: seq}) {
			b.Renewed(a)
			b.Renewed(a) // another worker had it too
			renewals++
		}
		stopped = b.Note(table.Judge(a), a, Suspected{Seq: seq}, noon).Stop
	}
	if renewals != mostRenewals || !stopped {
		t.Errorf("%d renewals, stopped %v", renewals, stopped)
	}
}

// A credential that others are accepted with is not renewed for one ID; one that
// nobody is accepted with any more is.
func TestRenews(t *testing.T) {
	with := func(a answer.Answer, credential uint64) answer.Answer {
		a.Credential = credential
		return a
	}
	type step struct {
		seq    int64
		answer answer.Answer
		want   bool // renews, for a rejection
	}
	tests := []struct {
		name  string
		steps []step
	}{
		{"never accepted", []step{{1, with(rejected, 1), false}, {2, with(rejected, 1), false}, {3, with(rejected, 1), true}}},
		{"an odd ID among accepted ones", []step{
			{1, with(good, 1), false},
			{2, with(rejected, 1), false},
			{3, with(good, 1), false},
			{2, with(rejected, 1), false},
			{4, with(rejected, 1), false},
			{5, with(good, 1), false},
		}},
		{"expired", []step{{1, with(good, 1), false}, {2, with(rejected, 1), false}, {3, with(rejected, 1), false}, {4, with(rejected, 1), true}}},
		{"an older one than the newest", []step{{1, with(good, 2), false}, {2, with(rejected, 1), true}}},
		{"one look is as good as a deletion", []step{
			{2, with(rejected, 1), false}, {3, with(rejected, 1), false}, {1, with(plain(200, answer.BodyTask), 1), false}, {4, with(rejected, 1), false},
		}},
		{"a proven bad ID never renews", []step{
			{2, with(rejected, 1), false}, {1, with(good, 1), false}, {2, with(rejected, 1), false}, {2, with(rejected, 1), false}, {2, with(rejected, 1), false},
		}},
		{"looks between the rejections of the last IDs accept it", []step{
			{2, with(rejected, 1), false},
			{3, with(rejected, 1), false},
			{9, with(plain(200, answer.BodyTask), 1), false},
			{2, with(rejected, 1), false},
			{3, with(rejected, 1), false},
			{9, with(plain(200, answer.BodyTask), 1), false},
			{2, with(rejected, 1), false},
			{3, with(rejected, 1), false},
			{9, with(plain(200, answer.BodyTask), 1), false},
		}},
		{"it ends after a look accepted it", []step{
			{2, with(rejected, 1), false},
			{9, with(plain(200, answer.BodyTask), 1), false},
			{2, with(rejected, 1), false},
			{2, with(rejected, 1), false},
			{2, with(rejected, 1), false},
			{2, with(rejected, 1), true},
		}},
		{"one ID alone", []step{{1, with(rejected, 1), false}, {1, with(rejected, 1), false}, {1, with(rejected, 1), true}}},
	}
	table := DefaultTable()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := Blame{Patience: time.Minute}
			for i, s := range tt.steps {
				rl, of := table.Judge(s.answer), Suspected{Seq: s.seq}
				if rl.Verdict == Auth {
					if got := b.Renews(s.answer, of); got != s.want {
						t.Errorf("step %d: renews %v, want %v", i, got, s.want)
					}
				}
				b.Note(rl, s.answer, of, noon)
			}
		})
	}
}

func TestBlameLosesPatienceWithLogins(t *testing.T) {
	table := DefaultTable()
	noLogin := answer.Answer{Fault: answer.FaultLogin}
	type note struct {
		at     time.Duration
		answer answer.Answer
		stop   bool
	}
	tests := []struct {
		name  string
		notes []note
	}{
		{"unbroken", []note{{0, noLogin, false}, {59 * time.Second, noLogin, false}, {time.Minute, noLogin, true}}},
		{"broken by an answer", []note{{0, noLogin, false}, {30 * time.Second, good, false}, {70 * time.Second, noLogin, false}, {130 * time.Second, noLogin, true}}},
		{"broken by a request that got nowhere", []note{{0, noLogin, false}, {30 * time.Second, answer.Answer{Fault: answer.FaultConnect}, false}, {70 * time.Second, noLogin, false}}},
		{"not broken by what asks for no login", []note{
			{0, noLogin, false},
			{10 * time.Second, answer.Answer{Fault: answer.FaultInvalid}, false},
			{20 * time.Second, answer.Answer{Fault: answer.FaultDryRun}, false},
			{30 * time.Second, answer.Answer{Fault: answer.FaultCanceled}, false},
			{40 * time.Second, answer.Answer{Fault: answer.FaultStopped}, false},
			{time.Minute, noLogin, true},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := Blame{Patience: time.Minute}
			for i, n := range tt.notes {
				f := b.Note(table.Judge(n.answer), n.answer, Suspected{}, after(n.at))
				if f.Stop != n.stop || f.Spend {
					t.Errorf("note %d: %+v; want stop %v", i, f, n.stop)
				}
			}
		})
	}
}

func TestZeroBlameStopsAtTheFirstFailedLogin(t *testing.T) {
	var b Blame
	a := answer.Answer{Fault: answer.FaultLogin}
	if !b.Note(DefaultTable().Judge(a), a, Suspected{}, noon).Stop {
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
		answer answer.Answer
		want   string
	}{
		{"no permission", forbidden, "CC.00050010 (HTTP 200): the user has no permission; grant the user codeartscheck:task:delete"},
		{"forbidden", plain(403, answer.BodyHTML), "HTTP 403: the request is forbidden; grant"},
		{"wrong endpoint", coded(404, "APIGW.0101"), "APIGW.0101 (HTTP 404): the gateway knows no such API; check service.endpoint"},
		{"TLS", answer.Answer{Fault: answer.FaultTLS}, "no answer (tls): the TLS handshake or the certificate was refused; check service.ca_file"},
		{"refused", answer.Answer{Fault: answer.FaultRefused}, "no answer (refused): the credential is refused for good; check the credentials"},
		{"login", answer.Answer{Fault: answer.FaultLogin}, "no login for 0s: no answer (login): no credential can be had for now; check"},
		{"an operator's row without advice", plain(418, answer.BodyEmpty), "HTTP 418: we are cut off; check the credentials, the permission"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b Blame
			if f := b.Note(table.Judge(tt.answer), tt.answer, Suspected{}, noon); !strings.HasPrefix(f.Why, tt.want) {
				t.Errorf("got  %s\nwant %s...", f.Why, tt.want)
			}
		})
	}
}

// TestYesterdaysRejections: IDs that were rejected in an earlier pass do not stop this
// one before many of them were asked, and are proven bad by the first good answer.
func TestYesterdaysRejections(t *testing.T) {
	table := DefaultTable()
	rl := table.Judge(forbidden)
	b := Blame{Patience: time.Minute}
	for i := range int64(rejectedLater - 1) {
		if f := b.Note(rl, forbidden, Suspected{Seq: i, Before: true}, noon); f.Stop || f.Spend {
			t.Fatalf("old rejection %d: %+v", i, f)
		}
	}
	if !b.Note(rl, forbidden, Suspected{Seq: 100, Before: true}, noon).Stop {
		t.Error("old rejections never stop the run")
	}
	b = Blame{Patience: time.Minute}
	b.Note(table.Judge(good), good, Suspected{Seq: 1}, noon)
	if f := b.Note(rl, forbidden, Suspected{Seq: 2, Before: true}, noon); f.Stop || !f.Spend {
		t.Errorf("after a good answer: %+v", f)
	}
}

// TestNothingButThrottlesStops: a quota that is used up says "1 minute" for ever.
func TestNothingButThrottlesStops(t *testing.T) {
	table := DefaultTable()
	tests := []struct {
		name    string
		between answer.Answer
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
			b.Note(table.Judge(throttled), throttled, Suspected{}, noon)
			b.Note(table.Judge(tt.between), tt.between, Suspected{}, after(30*time.Minute))
			f := b.Note(table.Judge(throttled), throttled, Suspected{}, after(time.Hour))
			if f.Stop != tt.stop || f.Throttled != tt.stop {
				t.Errorf("after an hour: %+v, want stop %v", f, tt.stop)
			}
		})
	}
}
