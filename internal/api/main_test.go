package api

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// anyone are credentials that let everyone in, with a generation of 7.
type anyone struct{}

func (anyone) Authorize(_ context.Context, req *http.Request) (uint64, error) {
	req.Header.Set(headerToken, plantedToken)
	return 7, nil
}

func (anyone) Renew(context.Context, uint64) error { return nil }

// The secrets that no output may show.
const (
	plantedToken    = "MIIPlantedToken-plantedplantedplanted"
	plantedPassword = "planted!Pass word"
	plantedKey      = "PlantedSecretKeyPlantedSecretKeyPlanted0"
	plantedID       = "PLANTEDACCESSKEY0000"
)

const taskID = "0123456789abcdef0123456789abcdef"

// serve starts a server that ends with the test.
func serve(t testing.TB, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// newTestClient returns a client of the server at url, with options changed by f.
func newTestClient(t testing.TB, url string, f func(*Options)) *Client {
	t.Helper()
	o := Options{Endpoint: url, Credentials: anyone{}}
	if f != nil {
		f(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// writeFile writes a file of the test's own and returns its path.
func writeFile(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	rewrite(t, path, content)
	return path
}

// rewrite replaces the content of a file.
func rewrite(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// fault returns the fault of an error of this package, and fails for any other.
func fault(t testing.TB, err error) Fault {
	t.Helper()
	e, ok := err.(*Error) //nolint:errorlint // the type itself is promised
	if !ok {
		t.Fatalf("error is %T (%v), want *Error", err, err)
	}
	return e.Fault
}

// roundTripper is a transport that is a function.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
