package main

import (
	"context"
	"errors"

	"cleaner/internal/api"
	"cleaner/internal/config"
	"cleaner/internal/policy"
)

// service is the far side as the worker sees it.
type service struct {
	client      *api.Client
	credentials api.Credentials
	loginCount  func() int64
}

// newService puts together the client and its credentials. It contacts nobody.
func newService(cfg *config.Config, env func(string) string) (*service, error) {
	credentials, logins, err := credentialsOf(cfg, env)
	if err != nil {
		return nil, &failure{code: exitUsage, err: err}
	}
	endpoint, _, err := endpointsOf(cfg.Service)
	if err != nil {
		return nil, &failure{code: exitUsage, err: err}
	}
	client, err := api.New(api.Options{
		Endpoint:       endpoint,
		Credentials:    credentials,
		Workers:        cfg.Limits.Workers,
		RequestTimeout: cfg.Limits.RequestTimeout,
		CAFile:         cfg.Service.CAFile,
		UserAgent:      "cleaner/" + version,
	})
	if err != nil {
		return nil, &failure{code: exitUsage, err: err}
	}
	return &service{client: client, credentials: credentials, loginCount: logins}, nil
}

// DeleteTask sends one DELETE.
func (s *service) DeleteTask(ctx context.Context, id string) policy.Answer {
	return answerOf(s.client.DeleteTask(ctx, id))
}

// Renew replaces a rejected credential.
func (s *service) Renew(ctx context.Context, credential uint64) policy.Answer {
	return answerOf(api.Answer{Credential: credential}, s.credentials.Renew(ctx, credential))
}

// Logins is how many logins have been sent.
func (s *service) Logins() int64 { return s.loginCount() }

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
	answer.RetryAfter = max(answer.RetryAfter, e.Answer.RetryAfter)
	answer.Message = e.Error()
	return answer
}
