package api

import (
	"context"

	"cleaner/internal/answer"
)

// Service is a Client whose every request ends in an answer, whatever came of it. It is
// safe for use by many goroutines at once.
type Service struct{ client *Client }

// NewService returns a Service over c.
func NewService(c *Client) *Service { return &Service{client: c} }

// Ready logs in if need be.
func (s *Service) Ready(ctx context.Context) answer.Answer { return answer.Of(s.client.Ready(ctx)) }

// DeleteTask sends one DELETE.
func (s *Service) DeleteTask(ctx context.Context, id string) answer.Answer {
	a, _ := s.client.DeleteTask(ctx, id) // the answer stands for the error
	return a
}

// StopTask sends one request to stop the check that a task is running.
func (s *Service) StopTask(ctx context.Context, id string) answer.Answer {
	a, _ := s.client.StopTask(ctx, id) // the answer stands for the error
	return a
}

// LookAtTask asks once for a task's progress. The task is there when the answer
// is a 2xx with the body "task"; the verdict table says when it is gone.
func (s *Service) LookAtTask(ctx context.Context, id string) answer.Answer {
	a, _ := s.client.LookAtTask(ctx, id) // the answer stands for the error
	return a
}

// Renew replaces a rejected credential, or says why not and what the service
// answered when it was rejected last.
func (s *Service) Renew(ctx context.Context, credential uint64) answer.Answer {
	said := answer.Of(s.client.Renew(ctx, credential))
	said.Credential = credential
	return said
}

// Resize changes for how many workers there are connections.
func (s *Service) Resize(workers int) { s.client.Resize(workers) }

// Close closes the connections.
func (s *Service) Close() { s.client.CloseIdleConnections() }
