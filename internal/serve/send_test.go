package serve

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"cleaner/internal/admin"
	"cleaner/internal/assemble"
	"cleaner/internal/sim"
	"cleaner/internal/worker"
)

// TestSendSaysWhoseFault: a list that cannot be read, or an address that is none, is a
// fault of who calls. A serve that is away is tried again and is not; nor is a signal.
func TestSendSaysWhoseFault(t *testing.T) {
	try(t, sim.Options{}, func(tr *trial) {
		away := admin.Sender{URL: "unix:" + tr.path("none")}
		list := tr.write("list.txt", strings.Join(ids(3), "\n"))
		stopped, stop := context.WithCancelCause(tr.Context())
		stop(&worker.Stop{Kind: worker.StopSignal, Why: "stopped by a signal"})
		for _, row := range []struct {
			name, path string
			ctx        context.Context
			to         admin.Sender
			usage      bool
			says       string
		}{
			{"no file", tr.path("no.txt"), tr.Context(), away, true, "no.txt"},
			{"no address", list, tr.Context(), admin.Sender{URL: "nowhere"}, true, "must be"},
			{"away", list, tr.Context(), away, false, "nothing was loaded"},
			{"stopped", list, stopped, away, false, "stopped by a signal"},
		} {
			began := time.Now()
			_, err := Send(row.ctx, row.to, row.path, strings.NewReader(""), assemble.Reading{})
			if _, usage := errors.AsType[*assemble.UsageError](err); usage != row.usage || err == nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("%s: %v", row.name, err)
			}
			tr.want(row.name+": tried again", time.Since(began) > 10*time.Second, row.name == "away")
		}
	})
}

// TestNamesOfLists: every file has a name that serve takes.
func TestNamesOfLists(t *testing.T) {
	long := strings.Repeat("x", 200) + ".csv"
	for path, want := range map[string]string{
		"-": "stdin", "/a/b/orders.csv": "orders.csv", "best\u00e4nde.csv": "best_nde.csv", long: long[len(long)-admin.MostPhrase:],
	} {
		if got := nameOfList(path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
