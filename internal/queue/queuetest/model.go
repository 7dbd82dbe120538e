package queuetest

import (
	"errors"
	"fmt"
	"math/rand/v2"

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
	held    modelHolds
	lent    map[string]lease
	passes  []*modelPass
	books   *books // what was loaded
	accused string // the ID at which the process died last while it was lent alone
	deaths  int    // how often it did
	ops     []func()
}

// lease is a delivery, and to which pass.
type lease struct {
	queue.Delivery
	to queue.PassID
}

// modelPass is a pass with the totals that it should have, but for what is pending.
type modelPass struct {
	queue.Pass
	want  queue.Totals
	scope queue.Scope
}

// entry is what the model knows of an ID.
type entry struct {
	state   queue.State
	waiting bool // sent before and pending
	behind  bool // put behind all fresh IDs
	code    string
	old     bool // settled, and no longer young: see youngest
	names        // the batches that have named it
}

// pendingCode is the code that the next delivery of a pending ID tells.
func (e *entry) pendingCode() string {
	if e.waiting {
		return e.code
	}
	return ""
}

// universe is how many different IDs there are: few, so that they meet again.
const universe = 400

func newModel(f *fixture, seed uint64) *model {
	m := &model{
		fixture: f, rand: rand.New(rand.NewPCG(seed, 1)),
		ids: map[string]*entry{}, lent: map[string]lease{}, books: newBooks(), held: modelHolds{},
	}
	m.startPasses()
	m.ops = []func(){
		m.loadSome, m.loadSome, m.failToLoad, m.takeSome, m.takeSome, m.takeSome, m.sampleSome, m.settleSome, m.settleSome, m.settleSome,
		m.loadAgain, m.extendSome, m.extendSome, m.withdrawSome, m.withdrawSome, m.confineSome, m.confineSome,
		m.requeueSome, m.dropSome, m.forgetSome, m.turnOver, m.turnOver, m.restart, m.die,
		m.holdSome, m.releaseSome, m.releaseSome,
	}
	return m
}

// play makes n random moves, comparing after each, and then empties the queue.
func (m *model) play(n int) {
	for i := range n {
		m.Pass = m.passes[m.rand.IntN(len(m.passes))].Pass
		m.ops[m.rand.IntN(len(m.ops))]()
		if m.compare(); m.Failed() {
			m.Fatalf("after move %d", i)
		}
	}
	m.release(queue.Holds{All: true}, int(m.inForce()))
	for _, one := range m.held {
		one.inForce = false
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

// compare checks the counts and the totals, and the balance with them.
func (m *model) compare() {
	m.Helper()
	want := m.wanted()
	m.wantCounts(want)
	for _, p := range m.passes {
		p.want.IDs[queue.Pending], p.want.Held = want.Pending, m.countHeld(true)
		m.wantTotals(p.Pass, p.want)
	}
	m.compareBatches()
	m.audit()
}

// wanted is what the ledger should hold.
func (m *model) wanted() (want queue.Counts) {
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
		case queue.Withdrawn:
			want.Withdrawn++
		default:
			want.Pending++
			if e.waiting {
				want.Waiting++
			}
		}
	}
	want.Held = m.countHeld(false)
	want.HeldAll = m.held[""] != nil && m.held[""].inForce
	want.HeldBatches = m.inForce()
	if want.HeldAll {
		want.HeldBatches--
	}
	return want
}

// startPasses makes two passes of the one that a fixture begins with.
func (m *model) startPasses() {
	m.passes = nil
	m.lift()
	for _, p := range []queue.Pass{m.Pass, m.begin("")} {
		m.passes = append(m.passes, &modelPass{Pass: p, want: queue.Totals{Found: m.wanted().Pending}})
	}
}

// turnOver ends the pass whose turn it is, unless something is lent to it, and
// begins another in its place.
func (m *model) turnOver() {
	for _, l := range m.lent {
		if l.to == m.ID() {
			return
		}
	}
	for _, p := range m.passes {
		if p.ID() == m.ID() {
			if err := p.End(m.ctx); err != nil {
				m.Fatalf("End: %v", err)
			}
			m.dropIdle()
			m.lift()
			*p = modelPass{Pass: m.begin(""), want: queue.Totals{Found: m.wanted().Pending}}
		}
	}
}

// settled notes that the pass whose turn it is has settled an ID as state.
func (m *model) settled(state queue.State) {
	for _, p := range m.passes {
		switch {
		case state == queue.Pending:
		case p.ID() == m.ID():
			p.want.IDs[state]++
		default:
			p.want.Elsewhere++
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

func (m *model) failToLoad() {
	broken := errors.New("broken")
	if _, err := m.Load(m.ctx, queue.Batch{Name: m.books.next()}, each(m.pick(), broken)); !errors.Is(err, broken) {
		m.Errorf("Load = %v", err)
	}
}

// lend checks that d may be lent, and notes it.
func (m *model) lend(d queue.Delivery) {
	e := m.ids[d.ID]
	if m.held.keeps(e.owner, true) {
		m.Errorf("%s was lent, and its batch is held", d.ID)
	}
	if _, twice := m.lent[d.ID]; twice || e == nil || e.state != queue.Pending {
		m.Fatalf("%s was lent, though it was lent already or is not pending", d.ID)
	}
	if e.waiting == d.FirstAt.IsZero() || e.behind != d.Behind || d.Code != e.pendingCode() {
		m.Errorf("%s was lent with the wrong history: %+v", d.ID, d)
	}
	for _, other := range m.lent {
		if d.Alone || other.Alone {
			m.Errorf("%s was lent beside %s, and one of them alone", d.ID, other.ID)
		}
	}
	m.lent[d.ID] = lease{d, m.ID()}
	if !m.turn().reaches(e) {
		m.Errorf("%s was lent to a pass that is confined to %v, but %v have named it", d.ID, m.turn().scope.Batches(), e.names)
	}
	if d.Behind && !d.Alone {
		m.wantNoneBefore(d)
	}
}

// wantNoneBefore checks that no ID that is not behind is still there to be lent: in
// the model all are due.
func (m *model) wantNoneBefore(d queue.Delivery) {
	m.Helper()
	for id, e := range m.ids {
		if _, lent := m.lent[id]; e.state == queue.Pending && !e.behind && !lent && m.turn().reaches(e) && !m.held.keeps(e.owner, true) {
			m.Errorf("%s, which is behind, was lent before %s", d.ID, id)
		}
	}
}

func (m *model) takeSome() {
	for _, d := range m.take(m.rand.IntN(20)) {
		m.lend(d)
	}
}

func (m *model) sampleSome() {
	for _, d := range m.sample(m.rand.IntN(8)) {
		m.lend(d)
		if !d.FirstAt.IsZero() || d.Attempts > 0 || d.Lost || d.Alone || d.Behind {
			m.Errorf("sampled %+v, which is not fresh", d)
		}
	}
}

func (m *model) settleSome() {
	var os []queue.Outcome
	for _, l := range m.lent {
		if l.to == m.ID() && m.rand.IntN(3) > 0 {
			os = append(os, m.outcome(l.Delivery, queue.State(m.rand.IntN(6))))
		}
	}
	m.settle(os...)
}

func (m *model) settleOne(d queue.Delivery, state queue.State) {
	m.settle(m.outcome(d, state))
}

// outcome ends a lease in the model and returns the outcome that does so in the
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
	m.settled(state)
	*e = entry{state: state, waiting: state == queue.Pending, code: fmt.Sprint(m.rand.IntN(3)), old: m.rand.IntN(2) == 0, names: e.names}
	e.behind = e.waiting && m.rand.IntN(3) == 0
	o := sent(d, state)
	o.Code, o.Behind = e.code, e.behind
	if !e.old && state != queue.Pending && state != queue.Dead { // a dead letter that is requeued is due since then
		o.At = o.At.Add(youngest)
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
	filter, n := m.eachDead(func(id string) { *m.ids[id] = entry{names: m.ids[id].names} })
	m.requeue(n, filter)
	for _, p := range m.passes {
		p.want.Requeued += n
	}
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
	if n, err := m.Forget(m.ctx, keepYoungest); n != want || err != nil {
		m.Errorf("Forget = %d, %v, want %d", n, err, want)
	}
	m.forgetEmpty()
}

func (m *model) restart() {
	m.reopen()
	clear(m.lent)
	for _, one := range m.held {
		one.idle = false
	}
	m.startPasses()
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
		m.settled(queue.Dead)
		*m.ids[m.accused] = entry{state: queue.Dead, code: queue.PoisonCode, names: m.ids[m.accused].names}
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
	for _, one := range m.held {
		one.idle = false
	}
	m.startPasses()
	m.setAside()
	clear(m.lent)
}
