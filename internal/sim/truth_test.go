package sim

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// gather runs f in n goroutines at once and waits for them.
func gather(n int, f func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { f(i) })
	}
	all.Wait()
}

// The counts hold under contention: many clients, few IDs, many faults.
func TestTruthUnderContention(t *testing.T) {
	const clients, rounds, tasks = 8, 60, 20
	g := serve(t, Options{Seed: 5, Faults: []Fault{
		find(t, "busy-400", 0.2, 3), find(t, "504-after-effect", 0.2, 1), find(t, "reset-after-effect", 0.2, 1),
		find(t, "cut", 0.2, 1), find(t, "reset", 0.1, 2),
	}})
	var mu sync.Mutex
	deleted := map[string]int{}
	gather(clients, func(c int) {
		for i := range rounds {
			name := id((c + i) % tasks)
			if got := g.del(name); got.Err == nil && got.Body == "null" {
				mu.Lock()
				deleted[name]++
				mu.Unlock()
			}
		}
	})
	sum, requests, effects, lost, repeats := g.Truth(), 0, 0, 0, 0
	for task := range g.EachTask() {
		requests += task.Requests
		effects += task.Effects
		lost += task.LostAnswers
		repeats += task.RepeatsAfterAnswer
		if task.Effects != 1 {
			t.Errorf("%s was deleted %d times", task.ID, task.Effects)
		}
		if told := deleted[task.ID]; told+task.LostAnswers != 1 {
			t.Errorf("%s: told %d times, lost %d", task.ID, told, task.LostAnswers)
		}
	}
	got := [4]int64{sum.Deletes, sum.Effects, sum.LostAnswers, sum.RepeatsAfterAnswer}
	if want := [4]int64{int64(requests), int64(effects), int64(lost), int64(repeats)}; got != want {
		t.Errorf("totals %v, sums %v", got, want)
	}
	// The client's transport may repeat a request that met a reset.
	if requests < clients*rounds || effects != tasks {
		t.Errorf("%d requests, %d effects", requests, effects)
	}
}

// A client that waits for each answer before it asks again is never seen with
// more requests in flight than it has.
func TestMaxConcurrent(t *testing.T) {
	const clients = 4
	g := serve(t, Options{Latency: Latency{Min: time.Millisecond}})
	// A client that is descheduled at the wrong moment dials once more: it says so.
	var dialed atomic.Int64
	g.client.Transport = &http.Transport{MaxConnsPerHost: clients, MaxIdleConnsPerHost: clients, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		dialed.Add(1)
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}}
	t.Cleanup(g.client.CloseIdleConnections)
	begun := time.Now()
	gather(clients, func(c int) {
		for i := range 50 {
			g.del(id(c*50 + i))
		}
	})
	got := g.Truth()
	if got.MaxConcurrent != clients || got.Connections != dialed.Load() {
		t.Errorf("%d at once over %d connections, want %d over %d", got.MaxConcurrent, got.Connections, clients, dialed.Load())
	}
	if time.Since(begun) < time.Second && got.BusiestSecond != clients*50 {
		t.Errorf("busiest second has %d", got.BusiestSecond)
	}
}

func TestConnectionsAreCounted(t *testing.T) {
	g := serve(t, Options{})
	g.client.Transport = &http.Transport{DisableKeepAlives: true}
	for i := range 3 {
		g.del(id(i))
	}
	if got := g.Truth().Connections; got != 3 {
		t.Errorf("%d connections", got)
	}
}

func TestTruthOfTheUnknown(t *testing.T) {
	s := build(t, Options{})
	for _, id := range []string{id(1), "odd", "a b"} {
		if got := s.TruthOf(id); got != (TaskTruth{ID: id}) {
			t.Errorf("%+v", got)
		}
	}
}

// The caller may stop early, and may use the service while it walks.
func TestEachTask(t *testing.T) {
	g := serve(t, Options{})
	g.addN(200)
	n := 0
	for task := range g.EachTask() {
		g.del(task.ID)
		if n++; n == 50 {
			break
		}
	}
	if got := g.Truth().Effects; got != 50 {
		t.Errorf("%d deleted on the way", got)
	}
}

// A million IDs have to fit into the memory of a test.
func TestRecordsAreSmall(t *testing.T) {
	const n = 200_000
	held := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, table := held(), newTable()
	for i := range n {
		table.update(ref{key: key{byte(i), byte(i >> 8), byte(i >> 16)}}, func(e entry) { e.requests++ })
	}
	perID := float64(held()-before) / n
	t.Logf("%.0f bytes an ID", perID)
	if perID > 100 {
		t.Errorf("%.0f bytes an ID", perID)
	}
	runtime.KeepAlive(table)
}

func ExampleSim_Truth() {
	s, err := New(Options{Faults: []Fault{{Name: "late", Share: 1, Times: 1, Status: 504, Action: ActionAnswerAfter}}})
	if err != nil {
		panic(err)
	}
	url, stop, err := s.Start("127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer stop()
	for range 2 {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodDelete, url+"/v2/tasks/0123456789abcdef0123456789abcdef", nil)
		if err != nil {
			panic(err)
		}
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			panic(err)
		}
		fmt.Println(resp.Status)
		_ = resp.Body.Close()
	}
	truth := s.TruthOf("0123456789abcdef0123456789abcdef")
	fmt.Printf("%d requests, %d effect, %d answer lost\n", truth.Requests, truth.Effects, truth.LostAnswers)
	// Output:
	// 504 Gateway Timeout
	// 404 Not Found
	// 2 requests, 1 effect, 1 answer lost
}

func ExampleParseFault() {
	f, _ := ParseFault("busy-400:0.05:2")
	fmt.Printf("%d for %v of the IDs, %d times\n", f.Status, f.Share, f.Times)
	_, err := ParseFault("outage@10s+5")
	fmt.Println(err)
	// Output:
	// 400 for 0.05 of the IDs, 2 times
	// read fault "outage@10s+5": time: missing unit in duration "5"
}
