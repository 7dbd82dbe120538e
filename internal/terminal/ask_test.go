package terminal

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/creack/pty"

	"cleaner/internal/admin"
	"cleaner/internal/pass"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
	"cleaner/internal/report"
	"cleaner/internal/worker"
)

// TestAsk: at a terminal only yes agrees, and what was typed before the question is no answer.
func TestAsk(t *testing.T) {
	for _, tt := range []struct {
		name, before, keys string
		want               string // why it is declined; empty is agreed
	}{
		{"yes", "", "yes\n", ""},
		{"spaces around it", "", "  yes \n", ""},
		{"no", "", "no\n", "the answer was not yes"},
		{"YES", "", "YES\n", "the answer was not yes"},
		{"Ctrl-D", "", "\x04", "Ctrl-D"},
		{"typed too early", "yes\n", "\n", "the answer was not yes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			control, tty := terminalFor(t)
			types(t, control, tt.before)
			asked := make(chan error, 1)
			go func() {
				asked <- NewScreen(tty).Ask(t.Context(), tty, &Question{Action: "It is done", Facts: []Fact{{"what", "all"}, {"who", ""}}})
			}()
			shown := until(t, control, "Type yes to go on: ")
			if !strings.Contains(shown, "  what  all\r\nIt is done. ") {
				t.Errorf("shown %q", shown)
			}
			types(t, control, tt.keys)
			err := <-asked
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			stop, ok := errors.AsType[*worker.Stop](err)
			if !ok || stop.Kind != worker.StopDeclined || !strings.Contains(stop.Why, tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestAskIsInterrupted: a signal ends the waiting for an answer.
func TestAskIsInterrupted(t *testing.T) {
	control, tty := terminalFor(t)
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan error, 1)
	go func() { asked <- NewScreen(tty).Ask(ctx, tty, &Question{Action: "It is done"}) }()
	until(t, control, "Type yes to go on: ")
	cancel()
	if stop, ok := errors.AsType[*worker.Stop](<-asked); !ok || stop.Kind != worker.StopDeclined {
		t.Error("it was not declined")
	}
	types(t, control, "\n") // ends the read that nobody waits for
}

// TestAskNobody: without two terminals nobody is asked.
func TestAskNobody(t *testing.T) {
	_, tty := terminalFor(t)
	var out bytes.Buffer
	for name, err := range map[string]error{
		"no screen": NewScreen(&out).Ask(t.Context(), tty, &Question{Action: "It is done"}),
		"no typist": NewScreen(tty).Ask(t.Context(), strings.NewReader("no\n"), &Question{Action: "It is done"}),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if out.Len() > 0 {
		t.Errorf("shown %q", &out)
	}
}

// TestQuestions say what they are about.
func TestQuestions(t *testing.T) {
	at := Target{Target: admin.Target{Region: "cn-north-4", Endpoint: "https://check.example", Account: "acme", User: "operator"}, Ledger: "/l"}
	p := &pass.Forecast{Carried: 490, New: 3}
	p.WouldDelete, p.Protected, p.Duplicates, p.Rejected = 600, 2, 4, 5
	p.Report.Carried = &report.Carried{Confined: true, Earlier: 490}
	p.Takes = policy.PaceState{Ceiling: 20}.Estimate(p.WouldDelete, 16)
	p.StoppedBy, p.Reason = "cap", "too many"
	gone, err := OfWithdrawal(at, "b-2", []queue.BatchInfo{{Name: "b-1"}, {Name: "b-2", Source: "list.csv", Held: "too many failed", Shared: 2, States: queue.States{Pending: 7}}})
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		q    *Question
		want []string
	}{
		"pass": {OfPass(at, p), []string{
			"region           cn-north-4", "https://check.example", "acme", "operator", "/l", "3 new, 4 duplicates, 5 rejected", "490 pending from earlier loads, of which this pass leaves 490 alone",
			"protected        2", "at least 30s, at 20 requests a second", "stopped by cap: too many", "600 tasks will be deleted for good",
		}},
		"requeue":    {OfLetters(at, 7, "requeued"), []string{"7 dead letters will be requeued; the next pass deletes their tasks for good"}},
		"drop":       {OfLetters(at, 7, "dropped"), []string{"7 dead letters will be dropped; the ledger forgets them"}},
		"withdrawal": {gone, []string{"Batch b-2 will be withdrawn", "list.csv", "7 that it wrote down, and 2 that it shares", "too many failed"}},
	} {
		for _, want := range tt.want {
			if text := tt.q.text(); !strings.Contains(text, want) {
				t.Errorf("%s: %q is not in\n%s", name, want, text)
			}
		}
	}
	if _, err := OfWithdrawal(at, "b-3", nil); err == nil {
		t.Error("a batch that is not there can be withdrawn")
	}
}

// terminalFor is a terminal, and the side from which a person sees and types.
func terminalFor(t *testing.T) (control, tty *os.File) {
	t.Helper()
	control, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = errors.Join(tty.Close(), control.Close()) })
	return control, tty
}

// types types keys.
func types(t *testing.T, control *os.File, keys string) {
	t.Helper()
	if _, err := control.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}

// until reads what is shown until words are.
func until(t *testing.T, control *os.File, words string) string {
	t.Helper()
	var shown strings.Builder
	for part := make([]byte, 1024); !strings.Contains(shown.String(), words); {
		n, err := control.Read(part)
		if err != nil {
			t.Fatalf("%v before %q: %q", err, words, shown.String())
		}
		shown.Write(part[:n])
	}
	return shown.String()
}
