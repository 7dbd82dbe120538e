package httpanswer

import (
	"net/http"

	"cleaner/internal/secret"
)

// The header fields that are read, in canonical form.
const (
	headerContentEncoding = "Content-Encoding"
	headerContentType     = "Content-Type"
	headerRequestID       = "X-Request-Id"
	headerTraceID         = "X-Iam-Trace-Id"
)

// maxRequestID is how many bytes of a request's name are kept.
const maxRequestID = 128

// RequestID returns the name that the service, or IAM, gave the request: at most
// 128 bytes of it, and nothing of one that could break a log line or that repeats
// one of the secrets.
func RequestID(h http.Header, secrets []string) string {
	id := h.Get(headerRequestID)
	if id == "" {
		id = h.Get(headerTraceID)
	}
	if !secret.FitsHeader(id) || secret.Hide(id, secrets) != id {
		return ""
	}
	return id[:min(len(id), maxRequestID)] // all of it is ASCII
}
