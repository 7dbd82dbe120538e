package policy

import (
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
			[]Answer{good, forbidden, forbidden, forbidden},
			[]noted{quiet, spends, quiet, stops},
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
			var b Blame
			for i, a := range tt.answers {
				spend, stop, why := b.Note(table.Judge(a), a, noon)
				if got := (noted{spend, stop}); got != tt.want[i] {
					t.Errorf("answer %d: got %+v, want %+v", i, got, tt.want[i])
				}
				if stop && why == "" {
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
			var b Blame
			for _, a := range []Answer{forbidden, x, forbidden, y, forbidden} {
				if spend, _, _ := b.Note(table.Judge(a), a, noon); spend {
					t.Fatalf("%+v and %+v made a blame spend", x, y)
				}
			}
			if _, stop, _ := b.Note(table.Judge(forbidden), forbidden, noon); !stop {
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
			{time.Minute, noLogin, true},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := Blame{Patience: time.Minute}
			for i, n := range tt.notes {
				spend, stop, _ := b.Note(table.Judge(n.answer), n.answer, after(n.at))
				if stop != n.stop || spend {
					t.Errorf("note %d: stop %v, spend %v; want stop %v", i, stop, spend, n.stop)
				}
			}
		})
	}
}

func TestZeroBlameStopsAtTheFirstFailedLogin(t *testing.T) {
	var b Blame
	a := Answer{Fault: FaultLogin}
	if _, stop, _ := b.Note(DefaultTable().Judge(a), a, noon); !stop {
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
			if _, _, why := b.Note(table.Judge(tt.answer), tt.answer, noon); !strings.HasPrefix(why, tt.want) {
				t.Errorf("got  %s\nwant %s...", why, tt.want)
			}
		})
	}
}
