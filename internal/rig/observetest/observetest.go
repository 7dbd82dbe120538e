// Package observetest runs what watches cleaner, for tests: the cleaner binary
// against a simulated service, a Prometheus that scrapes it, a Pushgateway, an
// Alertmanager that is told. All are real, listen on loopback, and end with the test.
package observetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a server may take to start, and to end.
const patience = 30 * time.Second

// Build builds the cleaner binary and returns its path.
func Build(t testing.TB) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "cleaner")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "cleaner/cmd/cleaner")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}

// Start runs a program until the test ends, and waits until ready answers 200.
func Start(t *testing.T, ready, program string, args ...string) {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("%s is missing: .ci/need installs it", program)
	}
	cmd := exec.Command(path, args...) //nolint:noctx // it is ended by a signal, see below
	var log output
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = cmd.Wait() }() // how it ends is seen in what it printed
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections() // Get's
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(patience):
			_ = cmd.Process.Kill()
			t.Errorf("%s did not end", program)
		}
		if t.Failed() {
			t.Logf("%s %q:\n%s", program, args, log.tail())
		}
	})
	Until(t, ready, func() bool { _, err := Get(t.Context(), ready); return err == nil })
}

// Until waits until holds does.
func Until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	UntilIn(t, patience, what, holds)
}

// UntilIn is Until with a patience of its own.
func UntilIn(t *testing.T, patience time.Duration, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not in %v", what, patience)
		}
	}
}

// Get returns the body of a 200.
func Get(ctx context.Context, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }() // what matters has been read
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("get %s: HTTP %d: %s", url, resp.StatusCode, body)
	}
	return body, err
}

// Write writes v as a file of a folder: JSON, which is YAML too, unless it is text.
func Write(t testing.TB, dir, name string, v any) string {
	t.Helper()
	text, ok := v.(string)
	if !ok {
		encoded, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		text = string(encoded)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// output is what a program prints, to be looked at when the test has failed.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) tail() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	text := o.b.Bytes()
	return string(text[max(0, len(text)-4000):])
}
