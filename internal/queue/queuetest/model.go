package queuetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"cleaner/internal/queue"
)

func modelTests() []test {
	var tests []test
	for seed := range uint64(3) {
		tests = append(tests, test{fmt.Sprintf("the ledger balances after random operations, seed %d", seed), func(f *fixture) {
			newModel(f, seed).play(150)
		}})
	}
	return tests
}

// model is a queue as simple as it can be, walked in step with the real one.
type model struct {
	*fixture
	rand *rand.Rand

	ids     map[string]*entry
	lent    map[string]queue.Delivery
	batches int
	accused string // the ID at which the process died last while it was lent alone
	deaths  int    // how often it did
	ops     []func()
}

// entry is what the model knows of an ID.
type entry struct {
	state   queue.State
	waiting bool // sent before and pending
	code    string
	old     bool // settled long ago
}

// universe is how many different IDs there are: few, so that they meet again.
const universe = 400

func newModel(f *fixture, seed uint64) *model {
	m := &model{
		fixture: f, rand: rand.New(rand.NewPCG(seed, 1)),
		ids: map[string]*entry{}, lent: map[string]queue.Delivery{},
	}
	m.ops = []func(){
		m.loadSome, m.loadSome, m.failToLoad, m.takeSome, m.takeSome, m.takeSome, m.settleSome, m.settleSome, m.settleSome,
		m.requeueSome, m.dropSome, m.forgetSome, m.restart, m.die,
	}
	return m
}

// play makes n random moves, comparing after each, and then empties the queue.
func (m *model) play(n int) {
	for i := range n {
		m.ops[m.rand.IntN(len(m.ops))]()
		if m.compare(); m.Failed() {
			m.Fatalf("after move %d", i)
		}
	}
	m.restart()
	for ds := m.take(universe); len(ds) > 0; ds = m.take(universe) {
		for _, d := range ds {
			m.lend(d)
			m.settleOne(d, queue.Deleted)
		}
	}
	m.compare()
	if c := m.counts(); c.Pending != 0 {
		m.Errorf("%d are still pending after all was taken", c.Pending)
	}
}

// compare checks the counts, and the balance with them.
func (m *model) compare() {
	m.Helper()
	var want queue.Counts
	for _, e := range m.ids {
		switch e.state {
		case queue.Deleted:
			want.Deleted++
		case queue.Gone:
			want.Gone++
		case queue.Protected:
			want.Protected++
		case queue.Dead:
			want.Dead++
		default:
			want.Pending++
			if e.waiting {
				want.Waiting++
			}
		}
	}
	m.wantCounts(want)
	if c, ok := m.Queue.(interface{ Audit() error }); ok {
		if err := c.Audit(); err != nil {
			m.Error(err)
		}
	}
}

// pick returns some of the IDs there are, with duplicates.
func (m *model) pick() []string {
	some := make([]string, m.rand.IntN(60))
	for i := range some {
		n := m.rand.IntN(universe)
		if some[i] = id(n); n%5 == 0 {
			some[i] = fmt.Sprintf("task-%d", n)
		}
	}
	return some
}

func (m *model) batch() string {
	m.batches++
	return fmt.Sprintf("batch %d", m.batches)
}

func (m *model) loadSome() {
	some := m.pick()
	added := 0
	for _, id := range some {
		if m.ids[id] == nil {
			m.ids[id] = &entry{}
			added++
		}
	}
	m.load(m.batch(), added, some...)
}

func (m *model) failToLoad() {
	broken := errors.New("broken")
	if _, err := m.Load(m.ctx, queue.Batch{Name: m.batch()}, each(m.pick(), broken)); !errors.Is(err, broken) {
		m.Errorf("Load = %v", err)
	}
}

// lend checks that d may be lent, and notes it.
func (m *model) lend(d queue.Delivery) {
	e := m.ids[d.ID]
	if _, twice := m.lent[d.ID]; twice || e == nil || e.state != queue.Pending {
		m.Fatalf("%s was lent, though it was lent already or is not pending", d.ID)
	}
	if e.waiting == d.FirstAt.IsZero() {
		m.Errorf("%s was lent with the wrong history: %+v", d.ID, d)
	}
	for _, other := range m.lent {
		if d.Alone || other.Alone {
			m.Errorf("%s was lent beside %s, and one of them alone", d.ID, other.ID)
		}
	}
	m.lent[d.ID] = d
}

func (m *model) takeSome() {
	for _, d := range m.take(m.rand.IntN(20)) {
		m.lend(d)
	}
}

func (m *model) settleSome() {
	var os []queue.Outcome
	for _, d := range m.lent {
		if m.rand.IntN(3) > 0 {
			os = append(os, m.outcome(d, queue.State(m.rand.IntN(6))))
		}
	}
	m.settle(os...)
}

func (m *model) settleOne(d queue.Delivery, state queue.State) {
	m.settle(m.outcome(d, state))
}

// outcome ends a loan in the model and returns the outcome that does so in the
// queue. A state beyond the last one gives the ID back unsent.
func (m *model) outcome(d queue.Delivery, state queue.State) queue.Outcome {
	delete(m.lent, d.ID)
	if d.Alone && state <= queue.Dead {
		m.accused, m.deaths = "", 0 // it was sent, and nobody died
	}
	if state > queue.Dead {
		return unsent(d)
	}
	e := m.ids[d.ID]
	*e = entry{state: state, waiting: state == queue.Pending, code: fmt.Sprint(m.rand.IntN(3)), old: m.rand.IntN(2) == 0}
	o := sent(d, state)
	o.Code = e.code
	if e.old {
		o.At = o.At.Add(-48 * time.Hour)
	}
	return o
}

// eachDead calls do for the dead letters of a random code and returns the
// filter that chooses them, and how many they are.
func (m *model) eachDead(do func(id string)) (filter queue.Filter, n int64) {
	filter.Code = fmt.Sprint(m.rand.IntN(3))
	for id, e := range m.ids {
		if e.state == queue.Dead && e.code == filter.Code {
			do(id)
			n++
		}
	}
	return filter, n
}

func (m *model) requeueSome() {
	filter, n := m.eachDead(func(id string) { *m.ids[id] = entry{} })
	m.requeue(n, filter)
}

func (m *model) dropSome() {
	filter, n := m.eachDead(func(id string) { delete(m.ids, id) })
	m.drop(n, filter)
}

func (m *model) forgetSome() {
	var want int64
	for id, e := range m.ids {
		if e.old && e.state != queue.Pending && e.state != queue.Dead {
			delete(m.ids, id)
			want++
		}
	}
	if n, err := m.Forget(m.ctx, 24*time.Hour); n != want || err != nil {
		m.Errorf("Forget = %d, %v, want %d", n, err, want)
	}
}

func (m *model) restart() {
	m.reopen()
	clear(m.lent)
}

// accuse notes a death at an ID that was lent alone.
func (m *model) accuse(id string) {
	if m.accused != id {
		m.accused, m.deaths = id, 0
	}
	m.deaths++
}

// setAside does what Take does before it lends, so that both know of it.
func (m *model) setAside() {
	aside, err := m.SetAside(m.ctx)
	if err != nil || (len(aside) == 1) != (m.deaths == 2) {
		m.Errorf("SetAside = %+v, %v, after %d deaths at %s", aside, err, m.deaths, m.accused)
	}
	if m.deaths == 2 {
		*m.ids[m.accused] = entry{state: queue.Dead, code: queue.PoisonCode}
		m.accused, m.deaths = "", 0
	}
}

func (m *model) die() {
	for _, d := range m.lent {
		if d.Alone {
			m.accuse(d.ID)
		}
	}
	m.crash()
	m.setAside()
	clear(m.lent)
}
