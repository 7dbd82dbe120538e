package main

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"cleaner/internal/api"
	"cleaner/internal/config"
	"cleaner/internal/policy"
)

// service is the far side as the worker sees it.
type service struct {
	client      *api.Client
	credentials api.Credentials
	loginCount  func() int64
	expiry      func() time.Time // of the token in use
	onLogin     atomic.Pointer[func(error, time.Duration)]
	bug         atomic.Pointer[api.Error] // the first request that a read-only client was asked for
}

// newService puts together the client and its credentials. It contacts nobody. A
// read-only service can look at tasks and do nothing to them, see Failed.
func newService(cfg *config.Config, env func(string) string, readOnly bool) (*service, error) {
	s := &service{loginCount: func() int64 { return 0 }, expiry: func() time.Time { return time.Time{} }}
	if err := s.logInBy(cfg, env); err != nil {
		return nil, &failure{code: exitUsage, err: err}
	}
	endpoint, _, err := endpointsOf(cfg.Service)
	if err != nil {
		return nil, &failure{code: exitUsage, err: err}
	}
	s.client, err = api.New(api.Options{
		Endpoint:       endpoint,
		Credentials:    s.credentials,
		Workers:        cfg.Limits.Workers,
		RequestTimeout: cfg.Limits.RequestTimeout,
		CAFile:         cfg.Service.CAFile,
		UserAgent:      "cleaner/" + version,
		ReadOnly:       readOnly,
	})
	if err != nil {
		return nil, &failure{code: exitUsage, err: err}
	}
	return s, nil
}

// Ready logs in if need be.
func (s *service) Ready(ctx context.Context) policy.Answer {
	err := s.client.Ready(ctx)
	if err == nil {
		return policy.Answer{}
	}
	said := api.Answer{}
	if e, ok := errors.AsType[*api.Error](err); ok {
		said = e.Answer
	}
	return answerOf(said, err)
}

// DeleteTask sends one DELETE.
func (s *service) DeleteTask(ctx context.Context, id string) policy.Answer {
	return s.answer(s.client.DeleteTask(ctx, id))
}

// StopTask sends one request to stop the check that a task is running.
func (s *service) StopTask(ctx context.Context, id string) policy.Answer {
	return s.answer(s.client.StopTask(ctx, id))
}

// LookAtTask asks once for a task's progress. The task is there when the answer
// is a 2xx with the body "task"; the verdict table says when it is gone.
func (s *service) LookAtTask(ctx context.Context, id string) policy.Answer {
	return s.answer(s.client.LookAtTask(ctx, id))
}

// Renew replaces a rejected credential.
func (s *service) Renew(ctx context.Context, credential uint64) policy.Answer {
	return answerOf(api.Answer{Credential: credential}, s.credentials.Renew(ctx, credential))
}

// watchLogins has told be told of every login from now on, and when the token in
// use ends.
func (s *service) watchLogins(told func(err error, took time.Duration, expiry time.Time)) {
	f := func(err error, took time.Duration) { told(err, took, s.expiry()) }
	s.onLogin.Store(&f)
}

// loggedIn passes a login on to who watches.
func (s *service) loggedIn(err error, took time.Duration) {
	if f := s.onLogin.Load(); f != nil {
		(*f)(err, took)
	}
}

// Logins is how many logins have been sent.
func (s *service) Logins() int64 { return s.loginCount() }

// Failed is the mistake of cleaner's own that was prevented: a read-only service
// was asked to change something. It is nil when there was none. Otherwise it must
// end the process with exit code 1, whatever else is to be said of the pass.
func (s *service) Failed() error {
	if bug := s.bug.Load(); bug != nil {
		return bug
	}
	return nil
}

// answer is answerOf that keeps a mistake of ours for Failed.
func (s *service) answer(a api.Answer, err error) policy.Answer {
	if e, ok := errors.AsType[*api.Error](err); ok && e.Fault == api.FaultBug {
		s.bug.CompareAndSwap(nil, e)
	}
	return answerOf(a, err)
}

// Resize changes for how many workers there are connections.
func (s *service) Resize(workers int) { s.client.Resize(workers) }

// Close lets go of the connections.
func (s *service) Close() { s.client.CloseIdleConnections() }

// answerOf is what the service said, in policy's words. The two packages share
// their vocabulary of bodies and faults, and a test holds them to it.
func answerOf(a api.Answer, err error) policy.Answer {
	answer := policy.Answer{
		Status:     a.Status,
		Codes:      a.Codes,
		Body:       policy.Body(a.Body),
		RetryAfter: a.RetryAfter,
		Window:     a.Window,
		Message:    a.Message,
		RequestID:  a.RequestID,
		Credential: a.Credential,
	}
	if err == nil {
		return answer
	}
	e, ok := errors.AsType[*api.Error](err)
	if !ok {
		e = &api.Error{Fault: api.FaultLogin, Err: err} // nothing was sent
	}
	answer.Fault = policy.Fault(e.Fault)
	if e.Fault == api.FaultBug {
		answer.Fault = policy.FaultRefused // nothing was sent, and the pass must stop at once
	}
	answer.RetryAfter = max(answer.RetryAfter, e.Answer.RetryAfter)
	answer.Message = e.Error()
	return answer
}
