package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/admin"
	"cleaner/internal/assemble"
	"cleaner/internal/config"
	"cleaner/internal/intake"
	"cleaner/internal/ledger"
	"cleaner/internal/report"
	"cleaner/internal/sim"
)

// memoryBroker is a broker in memory: it gives each message once, unless it is away.
type memoryBroker struct {
	mu      sync.Mutex // guards what follows
	waiting []string
	acked   int
	away    error
	closed  int
}

func (m *memoryBroker) send(bodies ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.waiting = append(m.waiting, bodies...)
}

func (m *memoryBroker) done() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.acked
}

func (m *memoryBroker) open(context.Context, config.Intake) (intake.Broker, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m, m.away
}

func (m *memoryBroker) Receive(ctx context.Context, most int, wait time.Duration) (all []intake.Message, err error) {
	m.mu.Lock()
	n := min(most, len(m.waiting))
	for _, body := range m.waiting[:n] {
		all = append(all, intake.Message{Body: []byte(body)})
	}
	m.waiting = m.waiting[n:]
	m.mu.Unlock()
	if len(all) == 0 {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
	return all, nil
}

func (m *memoryBroker) Ack(_ context.Context, done []intake.Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.acked += len(done)
	return nil
}

func (m *memoryBroker) Lag(context.Context) (int64, bool, error) { return 0, false, nil }

func (m *memoryBroker) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed++
	return nil
}

// receives runs f in a bubble, with an entry of intake over a broker in memory.
func receives(t *testing.T, o sim.Options, f func(*trial, *memoryBroker)) {
	t.Helper()
	try(t, o, func(tr *trial) {
		m := new(memoryBroker)
		tr.deps.Process.Intake.Broker = m.open
		tr.cfg.Intake = []config.Intake{{Name: "orders", URL: "redis://127.0.0.1", Stream: "s"}}
		f(tr, m)
	})
}

// TestIntakeBetweenPasses: what comes is in the ledger at once, the ledger is free for
// other processes all the same, and the next pass deletes it.
func TestIntakeBetweenPasses(t *testing.T) {
	receives(t, sim.Options{}, func(tr *trial, m *memoryBroker) {
		s := tr.serve()
		m.send(ids(10)...)
		s.until("acknowledged", func() bool { return m.done() == 10 })
		tr.want("pending", s.status().Ledger.Pending, int64(10))
		tr.loads(ids(12))
		s.pass()
		tr.want("deleted", s.status().Ledger.Deleted, int64(12))
		got := s.status().Intake
		if len(got) != 1 || got[0].Name != "orders" || got[0].Kind != "redis" || !got[0].Connected || got[0].New != 10 || got[0].Acked != 10 || got[0].Lag != nil {
			t.Errorf("%+v", got)
		}
		s.shows(`cleaner_intake_messages_total{event="acked",source="orders"} 10`, true)
		tr.want("end", s.stop(), nil)
		tr.want("connections that were closed", m.closed, 1)
	})
}

// TestIntakeWithinAPass: what comes while a pass is under way is deleted by that pass.
func TestIntakeWithinAPass(t *testing.T) {
	receives(t, sim.Options{Latency: sim.Latency{Min: time.Second}}, func(tr *trial, m *memoryBroker) {
		tr.cfg.Limits.Workers = 1
		tr.spool(60)
		s := tr.serve()
		s.trigger()
		s.until("the pass sends", func() bool { p := s.status().Pass; return p != nil && p.Settled > 3 })
		m.send(ids(70)[60:]...)
		s.until("acknowledged", func() bool { return m.done() == 10 })
		tr.want("a pass is under way", s.status().Pass != nil, true)
		s.until("the pass has ended", func() bool { return len(s.status().Passes) == 1 })
		tr.want("deleted by it", s.status().Passes[0].Deleted, int64(70))
	})
}

// TestIntakeKeepsTheCap: a pass takes in no more than its cap has room for; the rest
// waits at the broker until the pass has ended.
func TestIntakeKeepsTheCap(t *testing.T) {
	receives(t, sim.Options{Latency: sim.Latency{Min: time.Second}}, func(tr *trial, m *memoryBroker) {
		tr.cfg.Limits.Workers, tr.cfg.Safety.RefuseAbove, tr.cfg.Intake[0].MaxPending = 1, 65, 65
		tr.spool(60)
		s := tr.serve()
		s.trigger()
		s.until("the pass sends", func() bool { p := s.status().Pass; return p != nil && p.Settled > 3 })
		m.send(ids(90)[60:]...)
		s.until("the pass has ended", func() bool { return len(s.status().Passes) == 1 })
		first := s.status().Passes[0]
		tr.want("deleted", first.Deleted, int64(65))
		s.until("the rest is acknowledged", func() bool { return m.done() == 30 })
		tr.want("pending", s.status().Ledger.Pending, int64(25))
		tr.want("deleted by the next", s.pass().Deleted, int64(25))
	})
}

// TestIntakeCountsOn: a reload begins the feeds anew, and what is counted since the start of
// the process stays.
func TestIntakeCountsOn(t *testing.T) {
	receives(t, sim.Options{}, func(tr *trial, m *memoryBroker) {
		s := tr.serve()
		for n := int64(1); n <= 3; n++ {
			m.send(fmt.Sprintf("%032x", n))
			s.until("it is acknowledged", func() bool { return m.done() == int(n) })
			in := s.status().Intake
			if len(in) != 1 || in[0].Received != n || in[0].Acked != n || in[0].New != n || in[0].LastReceived == nil {
				t.Fatalf("after %d messages: %+v", n, in)
			}
			s.reload()
			in = s.status().Intake
			if len(in) != 1 || in[0].Received != n || in[0].LastReceived == nil {
				t.Fatalf("after a reload, and %d messages: %+v", n, in)
			}
		}
	})
}

// TestIntakeWaitsForTheLedger: while another process works with the ledger, nothing is
// received, which is shown.
func TestIntakeWaitsForTheLedger(t *testing.T) {
	receives(t, sim.Options{}, func(tr *trial, m *memoryBroker) {
		s := tr.serve()
		other, err := assemble.Ledger(tr.cfg).Open(tr.Context(), ledger.Options{Command: "run"})
		tr.want("open", err, nil)
		m.send(ids(1)...)
		time.Sleep(5 * time.Minute)
		tr.want("acknowledged", m.done(), 0)
		if got := s.status().Intake; len(got) != 1 || !strings.Contains(got[0].Waits, "ledger") {
			t.Errorf("%+v", got)
		}
		tr.want("close", other.Close(), nil)
		s.until("acknowledged", func() bool { return m.done() == 1 })
	})
}

// TestIntakeStops: a source with too much that is no ID stops until the configuration is
// read again. No pass minds.
func TestIntakeStops(t *testing.T) {
	receives(t, sim.Options{}, func(tr *trial, m *memoryBroker) {
		tr.cfg.Inputs.IDPattern, tr.cfg.Safety.Sample = "[0-9a-f]{32}", 10
		tr.spool(5)
		s := tr.serve()
		for n := range 15 { // mail gives none of them again
			m.send(fmt.Sprint("no ID ", n))
		}
		s.until("stopped", func() bool { return s.status().Intake[0].Stopped != "" })
		s.shows(`cleaner_intake_stopped{source="orders"} 1`, true)
		m.send(ids(30)[20:]...)
		tr.want("deleted", s.pass().Deleted, int64(5))
		tr.want("acknowledged", m.done(), 0)
		s.reload()
		s.until("acknowledged", func() bool { return m.done() == 10 })
		s.shows(`cleaner_intake_stopped{source="orders"} 0`, true)
	})
}

// TestIntakeForgotten: what the configuration has no more is neither stopped nor away, nor
// does anything wait there: an alert over it would never end.
func TestIntakeForgotten(t *testing.T) {
	receives(t, sim.Options{}, func(tr *trial, m *memoryBroker) {
		tr.cfg.Inputs.IDPattern, tr.cfg.Safety.Sample = "[0-9a-f]{32}", 10
		s := tr.serve()
		for n := range 20 {
			m.send(fmt.Sprint("no ID ", n))
		}
		s.until("stopped", func() bool { return s.status().Intake[0].Stopped != "" })
		s.shows(`cleaner_intake_stopped{source="orders"} 1`, true)
		tr.cfg.Intake[0].Name = "renamed"
		s.reload()
		for _, gauge := range []string{"stopped", "connected", "waiting", "lag_messages"} {
			s.shows("cleaner_intake_"+gauge+`{source="orders"}`, false)
		}
		s.shows(`cleaner_intake_stopped{source="renamed"} 0`, true)
		s.shows(`cleaner_intake_messages_total{event="received",source="orders"}`, true)
	})
}

// TestIntakeAway: a broker that is away holds up no pass, and is tried again.
func TestIntakeAway(t *testing.T) {
	receives(t, sim.Options{}, func(tr *trial, m *memoryBroker) {
		m.away = errors.New("no route to host")
		tr.spool(5)
		s := tr.serve()
		p := s.pass()
		tr.want("deleted", p.Deleted, int64(5))
		tr.want("exit code", p.ExitCode, 0)
		if got := s.status().Intake[0]; got.Connected || !strings.Contains(got.Waits, "no route") {
			t.Errorf("%+v", got)
		}
		m.mu.Lock()
		m.away = nil
		m.mu.Unlock()
		m.send(ids(6)[5:]...)
		s.until("acknowledged", func() bool { return m.done() == 1 })
	})
}

// TestAskedReachesTheResults: what messages and posted lists say beside an ID stands in its
// line of the results, whose chain is whole, and nowhere in the log.
func TestAskedReachesTheResults(t *testing.T) {
	receives(t, sim.Options{}, func(tr *trial, m *memoryBroker) {
		s := tr.serve()
		all := ids(4)
		m.send(fmt.Sprintf(`{"task_id":%q,"reason":"left the project","requested_by":"alice"}`, all[0]), all[1])
		s.until("acknowledged", func() bool { return m.done() == 2 })
		text := fmt.Sprintf("{\"task_id\":%q,\"reason\":\"sold\",\"requested_by\":\"alice\"}\n{\"task_id\":%q,\"reason\":{}}\n", all[2], all[3])
		_, err := s.web.Control.Post(s.Context(), admin.List{Name: "b.jsonl", Body: strings.NewReader(text)})
		tr.want("post", err, nil)
		tr.want("deleted", s.pass().Deleted, int64(4))
		tr.want("end", s.stop(), nil)

		written, err := os.ReadFile(tr.cfg.Output.Results)
		tr.want("read", err, nil)
		audit, err := report.Verify(bytes.NewReader(written), report.Noted{})
		if err != nil || audit == nil {
			t.Fatal(audit, err)
		}
		said := map[string]string{}
		for line := range bytes.Lines(written) {
			var r report.Result
			tr.want("line", json.Unmarshal(line, &r), nil)
			said[r.ID] = r.RequestedReason + "/" + r.RequestedBy
		}
		want := map[string]string{all[0]: "left the project/alice", all[1]: "/", all[2]: "sold/alice", all[3]: "/"}
		if diff := cmp.Diff(want, said); diff != "" || bytes.Count(written, []byte("requested_")) != 4 {
			t.Errorf("results (-want +got):\n%s%s", diff, written)
		}
		for _, line := range tr.logs.All() {
			if text := fmt.Sprint(line.Message, line.ContextMap()); strings.Contains(text, "alice") || strings.Contains(text, "left the project") {
				t.Errorf("the log says %s", text)
			}
		}
	})
}
