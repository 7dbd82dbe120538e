// Package peertest holds the other ends that tests of HTTP clients speak to: servers of
// bare connections, certificates, a real squid, an IAM without a network; and the
// secrets that no output may show.
package peertest

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"cleaner/internal/answer"
)

// The secrets that no output may show; all of them but the access key contain "lanted".
const (
	Token     = "MIIPlantedToken-plantedplantedplanted"
	Password  = "planted!Pass word"
	SecretKey = "PlantedSecretKeyPlantedSecretKeyPlanted0"
	AccessKey = "PLANTEDACCESSKEY0000"
)

// TaskID is the ID of a task.
const TaskID = "0123456789abcdef0123456789abcdef"

// WriteFile writes a file of the test's own and returns its path.
func WriteFile(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	Rewrite(t, path, content)
	return path
}

// Rewrite replaces the content of a file.
func Rewrite(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Fault returns the fault of an error, and fails for one that is no *answer.Error.
func Fault(t testing.TB, err error) answer.Fault {
	t.Helper()
	e, ok := err.(*answer.Error) //nolint:errorlint // the type itself is promised
	if !ok {
		t.Fatalf("error is %T (%v), want *Error", err, err)
	}
	return e.Fault
}

// RoundTripper is a transport that is a function.
type RoundTripper func(*http.Request) (*http.Response, error)

// RoundTrip calls f.
func (f RoundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
