package worker

import (
	"context"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
	"cleaner/internal/queue"
)

// admission decides whether an ID may be sent now.
type admission struct {
	*run
	protect  Guard // nil protects nothing
	service  Service
	leases   *leases
	gate     *gate
	throttle *throttle
}

// clearance is the permission to send one request.
type clearance struct {
	ticket policy.Ticket
	permit policy.Permit
	paced  bool          // it has the permit
	failed answer.Answer // why there is no credential: it stands for the answer
}

// admit returns when d may be sent: it is charged to the budget, the far side is up,
// there are a credential and a permit, and the guard does not protect it. When it may
// not be sent, ok is false and o is its outcome. held is the ticket that it was sent
// with before, if it was.
//
// The order matters. The guard is asked when all the others are there, because they
// may be a long time coming, and nothing that waits comes after it; it is asked first
// as well, so that a protected ID waits for nothing. Admission begins anew when a pause
// or an outage has begun since, and it fails when the pass has been stopped.
func (m *admission) admit(taking context.Context, d queue.Delivery, held policy.Ticket) (c clearance, o queue.Outcome, ok bool) {
	c.ticket = held
	if o, ok = m.guard(d); !ok {
		return c, o, false
	}
	if !m.leases.charge(taking, d) {
		return c, unsent(d, m.now()), false
	}
	for {
		if err := m.clear(taking, &c); err != nil || c.failed.Fault == answer.FaultStopped {
			m.giveBack(&c)
			return c, unsent(d, m.now()), false
		}
		if c.failed.Fault != answer.FaultNone {
			m.giveBack(&c)
			return c, o, true
		}
		if o, ok = m.guard(d); !ok {
			m.giveBack(&c)
			return c, o, false
		}
		if taking.Err() != nil {
			m.giveBack(&c)
			return c, unsent(d, m.now()), false
		}
		if !m.throttle.paused() && m.gate.holds(c.ticket) {
			return c, o, true
		}
		m.giveBack(&c)
	}
}

// giveBack gives back the permit of c, if it has one: nothing is sent with it.
func (m *admission) giveBack(c *clearance) {
	if c.paced {
		m.throttle.unused(c.permit)
		c.paced = false
	}
}

// clear waits for the far side to be up, for a credential and for a permit. The
// credential is looked at again after the permit, which may be a long time coming.
func (m *admission) clear(taking context.Context, c *clearance) (err error) {
	defer m.rest()()
	if c.ticket, err = m.gate.admit(taking, c.ticket); err != nil {
		return err
	}
	if c.failed = m.service.Ready(taking); c.failed.Fault != answer.FaultNone {
		return nil
	}
	if c.permit, err = m.throttle.acquire(taking, policy.LaneDelete); err != nil {
		return err
	}
	c.paced = true
	c.failed = m.service.Ready(taking)
	return nil
}

// guard asks whether d is protected. If it is, or if that cannot be found out, it
// returns the outcome.
func (m *admission) guard(d queue.Delivery) (o queue.Outcome, ok bool) {
	if m.protect == nil {
		return o, true
	}
	rule, protected, err := m.protect.Protects(d.ID)
	switch {
	case err != nil:
		m.stop(&Stop{Kind: StopGuard, Why: err.Error()})
		return unsent(d, m.now()), false
	case protected:
		return protectedBy(d, rule, m.now()), false
	default:
		return o, true
	}
}
