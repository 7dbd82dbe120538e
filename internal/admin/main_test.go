package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dustin/go-humanize"
	"go.uber.org/goleak"

	"cleaner/internal/queue"
	"cleaner/internal/report"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testToken = "correct-horse-battery"

// fakeControl is something to control that notes what was asked, with a status that
// tests may change.
type fakeControl struct {
	mu     sync.Mutex
	asked  []string
	status Status
	err    error // of Status
	refuse error // of RunNow and Set
	reads  int
}

func (d *fakeControl) note(what string) {
	d.change(func(d *fakeControl) { d.asked = append(d.asked, what) })
}

func (d *fakeControl) change(by func(*fakeControl)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	by(d)
}

// took returns what was asked since the last call.
func (d *fakeControl) took() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	asked := d.asked
	d.asked = nil
	return asked
}

func (d *fakeControl) Status(context.Context) (Status, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reads++
	return d.status, d.err
}

func (d *fakeControl) Pause(_ context.Context, p Pause) error {
	note := "pause"
	if p.Reason != "" {
		note += " " + p.By + "/" + p.Reason + "/" + p.Until.Sub(p.Since).String()
	}
	d.note(note)
	d.change(func(d *fakeControl) { d.status.Paused = true })
	return d.refuse
}

func (d *fakeControl) Resume(context.Context, string) error {
	d.note("resume")
	d.change(func(d *fakeControl) { d.status.Paused = false })
	return d.refuse
}

func (d *fakeControl) Release(_ context.Context, which queue.Holds, r queue.Release) (int64, error) {
	d.note(fmt.Sprintf("release %+v %s/%s", which, r.By, r.Reason))
	return 1, d.refuse
}

func (d *fakeControl) Stop() error {
	d.note("stop")
	return d.refuse
}

func (d *fakeControl) RunNow() error {
	d.note("run")
	return d.refuse
}

func (d *fakeControl) Set(rate float64, workers int) error {
	d.note("set " + speed(rate) + " " + humanize.Comma(int64(workers)))
	return d.refuse
}

func (d *fakeControl) Requeue(_ context.Context, f queue.Filter) (int64, error) {
	d.note("requeue " + strings.TrimSuffix(f.Code+"/"+f.Batch+"/"+f.ID, "/"))
	return 1234, d.refuse
}

func (d *fakeControl) Drop(_ context.Context, f queue.Filter) (int64, error) {
	d.note("drop " + strings.TrimSuffix(f.Code+"/"+f.Batch+"/"+f.ID, "/"))
	return 7, d.refuse
}

func (d *fakeControl) Withdraw(_ context.Context, batch, reason string) (queue.Withdrawal, error) {
	d.note("withdraw " + batch + "/" + reason)
	return queue.Withdrawal{Source: batch, Withdrawn: 12}, d.refuse
}

// ledgerOf is a ledger with these IDs, none of which waits.
func ledgerOf(s queue.States) Ledger {
	return Ledger{Ledger: report.Ledger{Loaded: s.Sum(), States: s}}
}

func token() (string, error) { return testToken, nil }

// options is a server on both ways in, with everything switched on.
func (d *fakeControl) options(t *testing.T) Options {
	return Options{
		Listeners: Listeners{Address: "127.0.0.1:0", Socket: filepath.Join(t.TempDir(), "admin.sock")},
		Status:    d.Status, Control: d, Archive: fakeArchive{d}, Token: token, Profiling: true,
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "cleaner_up 1") }),
	}
}

// start serves until the test ends, and fails it if serving fails.
func start(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Listen(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return s
}

// client follows no redirect and keeps no connection open.
func client(t *testing.T, socket string) *http.Client {
	tr := &http.Transport{DisableKeepAlives: true}
	if socket != "" {
		tr.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		}
	}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{
		Transport: tr, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// got is an answer that was read.
type got struct {
	code   int
	header http.Header
	body   string
}

// send makes a request; headers come in pairs, and Host is one of them.
func send(t *testing.T, c *http.Client, method, to string, form url.Values, headers ...string) got {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, to, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
			continue
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return got{res.StatusCode, res.Header, string(body)}
}

func (d *fakeControl) Post(_ context.Context, l List) (Receipt, error) {
	text, err := io.ReadAll(l.Body)
	if err != nil {
		return Receipt{}, fmt.Errorf("keep the list: %w", err)
	}
	d.note(fmt.Sprintf("post %s/%s/%s %s", l.Name, l.Column, l.Key, text))
	d.mu.Lock()
	defer d.mu.Unlock()
	return Receipt{Batch: l.Name + "-1", New: 2, Duplicates: 1}, d.refuse
}
