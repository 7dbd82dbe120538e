package sim

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// fault is a Fault made ready to be chosen and answered.
type fault struct {
	Fault
	reply reply
	salt  uint64
	odds  float64 // the chance of an ID that no earlier bound fault has hit
}

// faultSet is the faults in force, by operation. It is never changed, only
// replaced. The nil set has none.
type faultSet struct {
	all  []Fault
	byOp map[Op]opFaults
}

// opFaults are the faults of one operation, each kind in the order given.
type opFaults struct{ timed, bound []*fault }

// newFaultSet checks fs and makes them ready.
func newFaultSet(seed uint64, fs []Fault) (*faultSet, error) {
	if len(fs) == 0 {
		return nil, nil
	}
	set := &faultSet{all: fs, byOp: map[Op]opFaults{}}
	for _, f := range fs {
		if err := f.validate(); err != nil {
			return nil, err
		}
		for _, op := range ops() {
			if f.op() == op || f.op() == OpAll {
				set.byOp[op] = set.byOp[op].with(ready(seed, f))
			}
		}
	}
	// An ID draws anew for each operation, so the shares are spread for each.
	for op, of := range set.byOp {
		if err := spread(of.bound); err != nil {
			return nil, fmt.Errorf("share out %s faults: %w", op, err)
		}
	}
	return set, nil
}

// ready compiles f. What can be told from the canned answer, its code and
// whether it confirms the deletion, is found out once and not for each request.
func ready(seed uint64, f Fault) *fault {
	c := &fault{Fault: f, salt: salt(seed, f.Name)}
	c.Action = f.action()
	c.reply = reply{status: f.Status, header: f.Header, body: f.Body, code: codeIn(f.Body)}
	if c.reply.status == 0 {
		c.reply.status = 200
	}
	c.reply.final = c.Action == ActionAnswerAfter && confirms(c.reply.status, f.Body)
	return c
}

// with returns of and f.
func (of opFaults) with(f *fault) opFaults {
	if f.timed() {
		of.timed = append(of.timed, f)
	} else {
		of.bound = append(of.bound, f)
	}
	return of
}

// spread gives each fault its odds. They grow along the list: when the earlier
// faults have taken the shares a and b, the next one has to hit c/(1-a-b) of
// what they left, so that it hits c of all.
func spread(fs []*fault) error {
	// Shares such as 0.1 are not exact in binary; ten of them have to fit.
	const enough = 1e-9
	left := 1.0
	for i, f := range fs {
		same := func(g *fault) bool { return g.Name == f.Name }
		if slices.ContainsFunc(fs[:i], same) {
			return fmt.Errorf("fault %q is given twice", f.Name)
		}
		if f.Share > left+enough {
			return fmt.Errorf("shares add up to more than 1 at fault %q", f.Name)
		}
		if f.Share > 0 {
			f.odds = min(1, f.Share/max(left, enough))
		}
		left -= f.Share
	}
	return nil
}

// pick is the fault that hits k so long after the start, or nil.
func (of opFaults) pick(k key, since time.Duration) *fault {
	for _, f := range of.timed {
		if f.open(since) && draw(f.salt, k) < f.Share {
			return f
		}
	}
	return of.bind(k)
}

// bind is the bound fault that hits k, or nil.
func (of opFaults) bind(k key) *fault {
	for _, f := range of.bound {
		if draw(f.salt, k) < f.odds {
			return f
		}
	}
	return nil
}

// pick is the fault that hits this exchange, or nil. A look is hit by a fault of
// its own first, and then by one of DELETE that has looks answered alike.
func (set *faultSet) pick(x *exchange, since time.Duration) *fault {
	f := set.byOp[x.op].pick(x.ref.key, since)
	if f == nil && x.op == OpProgress {
		if of := set.byOp[OpDelete].bind(x.ref.key); of != nil && of.Looks {
			return of
		}
	}
	return f
}

// chooser chooses what goes wrong.
type chooser struct {
	seed  uint64
	start time.Time // when the service was made

	mu     sync.Mutex // held to replace faults
	faults atomic.Pointer[faultSet]

	deletes *table // faults spent by DELETEs, in the records of the tasks
	others  *table // faults spent by other operations
}

// fault is what hits this exchange, or nil.
func (c *chooser) fault(x *exchange) *fault {
	set := c.faults.Load()
	if set == nil {
		return nil
	}
	f := set.pick(x, time.Since(c.start))
	if f == nil || f.Times == 0 {
		return f
	}
	// DELETEs count in the task's own record; the other operations count apart,
	// so that asking for progress leaves no trace in the truth.
	t, spender := c.deletes, x.ref
	if x.op != OpDelete {
		t, spender = c.others, refOf(string(x.op)+" "+x.taskID)
	}
	spent := false
	t.update(spender, func(e entry) {
		if spent = int(e.faulty) >= f.Times; !spent {
			e.faulty++
		}
	})
	if spent {
		return nil
	}
	return f
}

// over is rep as f changes it before it is cut.
func (f *fault) over(rep reply) reply {
	if f.Body != "" {
		return f.reply
	}
	return rep
}

// SetFaults replaces all faults, outages included, and begins to count their
// Times anew. It changes nothing when it returns an error.
func (c *chooser) SetFaults(fs ...Fault) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	set, err := newFaultSet(c.seed, slices.Clone(fs))
	if err != nil {
		return err
	}
	c.faults.Store(set)
	c.deletes.forget()
	c.others.forget()
	return nil
}

// Outage opens f for all that it applies to, from now on for d.
func (c *chooser) Outage(f Fault, d time.Duration) error {
	if d <= 0 {
		return fmt.Errorf("begin outage: %s is not a length of time", d)
	}
	f.After, f.For, f.Share, f.Times = time.Since(c.start), d, 1, 0
	c.mu.Lock()
	defer c.mu.Unlock()
	set, err := newFaultSet(c.seed, append(c.current(f.After), f))
	if err != nil {
		return fmt.Errorf("begin outage: %w", err)
	}
	c.faults.Store(set)
	return nil
}

// current is the faults in force, without those whose window is past.
func (c *chooser) current(since time.Duration) []Fault {
	set := c.faults.Load()
	if set == nil {
		return nil
	}
	past := func(f Fault) bool { return f.For > 0 && since >= f.After+f.For }
	return slices.DeleteFunc(slices.Clone(set.all), past)
}
