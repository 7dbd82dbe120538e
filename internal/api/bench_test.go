package api

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/iam"
	"cleaner/internal/rig/peertest"
	"cleaner/internal/secret"
)

// BenchmarkDelete compares DeleteTask with the loop one would write without it,
// against the same server. Both ends run in one process: µs-cpu/op holds the
// server's share too, the same for both.
func BenchmarkDelete(b *testing.B) {
	s := peertest.Serve(b, func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = []string{"application/json"}
		_, _ = io.WriteString(w, "null")
	})
	token := strings.Repeat("t", 1300)
	credentials, err := iam.NewTokenFile(secret.Value(token), 0)
	if err != nil {
		b.Fatal(err)
	}
	for _, workers := range []int{1, 64} {
		c := newTestClient(b, s.URL, func(o *Options) { o.Workers, o.Credentials = workers, credentials })
		b.Run(fmt.Sprintf("client/c=%d", workers), func(b *testing.B) {
			measure(b, workers, func(ctx context.Context) error {
				a, err := c.DeleteTask(ctx, peertest.TaskID)
				if err == nil && a.Body != answer.BodyNull {
					err = fmt.Errorf("answer %+v", a)
				}
				return err
			})
		})
		bare := bareClient(b, workers)
		b.Run(fmt.Sprintf("bare/c=%d", workers), func(b *testing.B) {
			measure(b, workers, func(ctx context.Context) error { return bareDelete(ctx, bare, s.URL, token) })
		})
	}
}

// measure runs f in as many goroutines as there are workers and reports the
// process's CPU time for each call.
func measure(b *testing.B, workers int, f func(context.Context) error) {
	b.Helper()
	b.ReportAllocs()
	var left atomic.Int64
	left.Store(int64(b.N))
	done := make(chan error, workers)
	before := cpuTime(b)
	b.ResetTimer()
	for range workers {
		go func() {
			for left.Add(-1) >= 0 {
				if err := f(b.Context()); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range workers {
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64((cpuTime(b)-before).Nanoseconds())/1e3/float64(b.N), "µs-cpu/op")
}

// bareClient is net/http with a pool of the right size.
func bareClient(b *testing.B, workers int) *http.Client {
	b.Helper()
	t := &http.Transport{MaxIdleConnsPerHost: workers, MaxConnsPerHost: workers}
	b.Cleanup(t.CloseIdleConnections)
	return &http.Client{Transport: t, Timeout: 30 * time.Second}
}

// bareDelete is the usual loop's body.
func bareDelete(ctx context.Context, c *http.Client, url, token string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodDelete, url+"/v2/tasks/"+peertest.TaskID, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Auth-Token", token)
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err == nil && !bytes.Equal(body, []byte("null")) {
		err = fmt.Errorf("answer %q", body)
	}
	return err
}

// cpuTime is the CPU time that the process has used.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
