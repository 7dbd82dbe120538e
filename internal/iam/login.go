package iam

import (
	"context"
	"time"

	"golang.org/x/sync/singleflight"

	"cleaner/internal/answer"
)

// newer returns a token newer than the given generation, from the login under
// way if there is one. The end of ctx ends the wait but not the login, which
// others may be waiting for.
func (p *Password) newer(ctx context.Context, generation uint64) (*token, error) {
	for {
		if t := p.current.Load(); t.number() > generation {
			return t, nil
		}
		if ctx.Err() != nil {
			return nil, stoppedWaiting(ctx) // and starts no login that nobody waits for
		}
		select {
		case r := <-p.next(ctx, generation):
			if r.Err != nil {
				return nil, r.Err
			}
			// The login was perhaps one that had begun for an older generation and
			// ended with the token that is now rejected. Look again.
		case <-ctx.Done():
			return nil, stoppedWaiting(ctx)
		}
	}
}

// stoppedWaiting is the error of a wait that the caller ended. It says nothing
// about the login, which may yet go well.
func stoppedWaiting(ctx context.Context) *answer.Error {
	return &answer.Error{Op: "wait for a login to IAM", Fault: answer.FaultStopped, Err: ctx.Err()}
}

// renewAhead starts a login without waiting for it. When it fails, that shows once the
// current token has expired.
func (p *Password) renewAhead(ctx context.Context, t *token, now time.Time) {
	if p.gate.check(now) == nil {
		p.next(ctx, t.generation)
	}
}

// next joins the login under way, or starts one.
func (p *Password) next(ctx context.Context, generation uint64) <-chan singleflight.Result {
	detached := context.WithoutCancel(ctx) // the login has its own time limit
	return p.flight.DoChan("login", func() (any, error) {
		if p.current.Load().number() > generation {
			return nil, nil
		}
		if err := p.login(detached); err != nil {
			return nil, err
		}
		return nil, nil
	})
}

// orNil returns e as an error that is nil when e is.
func orNil(e *answer.Error) error {
	if e == nil {
		return nil
	}
	return e
}

// login logs in, if the gate lets it, and puts the token in place. The flight
// ensures that there is one at a time. A refusal is written down before anything
// else is done about it.
func (p *Password) login(ctx context.Context) *answer.Error {
	if err := p.gate.check(time.Now()); err != nil {
		return err
	}
	password, err := p.read()
	if err != nil {
		return p.gate.close(&answer.Error{Op: p.client.op, Fault: answer.FaultLogin, Err: err}, time.Now())
	}
	login := p.client.login(password)
	if err := p.gate.admit(login, time.Now()); err != nil {
		return err
	}
	p.logins.Add(1)
	began := time.Now()
	t, failed := p.client.logIn(ctx, password)
	sent := failed // before the gate adds what follows from it
	if failed == nil {
		p.put(t, time.Now())
		p.gate.open(login)
	} else {
		failed = p.gate.record(login, failed, time.Now())
	}
	if p.onLogin != nil { // after the token is in place: it may ask for its expiry
		p.onLogin(orNil(sent), time.Since(began))
	}
	return failed
}

// put puts a new token in place. While the one before it can still be used, it
// rests until the service has had time to learn of it.
func (p *Password) put(t *token, now time.Time) {
	former := p.current.Load()
	t.generation = former.number() + 1
	if former.isUsable(now) {
		t.rest(now.Add(youth))
	}
	p.unproven.Add(1)
	p.former.Store(former)
	p.current.Store(t)
}
