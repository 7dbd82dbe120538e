package httpanswer

import (
	"net/http"
	"strings"
	"testing"

	"cleaner/internal/rig/peertest"
)

func TestRequestID(t *testing.T) {
	for _, row := range []struct {
		name string
		h    http.Header
		want string
	}{
		{"none", http.Header{}, ""},
		{"service", http.Header{"X-Request-Id": {"abc-1"}}, "abc-1"},
		{"IAM", http.Header{"X-Iam-Trace-Id": {"token_1"}}, "token_1"},
		{"too long", http.Header{"X-Request-Id": {strings.Repeat("a", 200)}}, strings.Repeat("a", 128)},
		{"a secret", http.Header{"X-Request-Id": {"ak-" + peertest.AccessKey}}, ""},
		{"a secret that would be cut", http.Header{"X-Request-Id": {strings.Repeat("a", 120) + peertest.AccessKey}}, ""},
		{"unprintable", http.Header{"X-Request-Id": {"a\x1b[2J"}}, ""},
	} {
		if got := RequestID(row.h, []string{peertest.AccessKey}); got != row.want {
			t.Errorf("%s: RequestID = %q, want %q", row.name, got, row.want)
		}
	}
}
