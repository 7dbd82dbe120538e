package assemble

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/zap"

	"cleaner/internal/config"
	"cleaner/internal/ledger"
	"cleaner/internal/pass"
	"cleaner/internal/queue"
)

// served is a server with one list, and what a configuration makes of its URL.
type served struct {
	*testing.T
	text, tag string
	status    int
	sent      atomic.Int64 // lists, not answers that one has not changed
	cfg       *config.Config
	process   *Process
	ledger    queue.Ledger
	url       string
}

func serveList(t *testing.T) *served {
	s := &served{T: t, tag: `"1"`, text: strings.Join(ids(), "\n") + "\n", status: http.StatusOK, process: &Process{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", s.tag)
		user, password, _ := r.BasicAuth()
		switch {
		case user+password != "cleanerhunter2":
			w.WriteHeader(http.StatusUnauthorized)
		case strings.HasSuffix(r.URL.Path, ".sha256"):
			w.WriteHeader(http.StatusNotFound)
		case s.status != http.StatusOK:
			w.WriteHeader(s.status)
		case r.Header.Get("If-None-Match") == s.tag:
			w.WriteHeader(http.StatusNotModified)
		default:
			s.sent.Add(1)
			_, _ = w.Write([]byte(s.text))
		}
	}))
	t.Cleanup(server.Close)
	s.url = server.URL + "/lists/orders.txt?sig=hunter3"
	s.cfg = config.Default()
	s.cfg.Queue.URL = "sqlite:" + filepath.Join(t.TempDir(), "queue.db")
	s.cfg.Inputs.URLs = []config.URL{{URL: s.url, User: "cleaner", PasswordFile: passwordFile(t, "hunter2")}}
	q, err := Ledger(s.cfg).Open(t.Context(), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.ledger = q
	t.Cleanup(func() { _ = q.Close() })
	return s
}

// load loads the list once more.
func (s *served) load() (pass.Loaded, error) {
	f := s.process.File(s.cfg, s.url, Reading{}, "")
	if f.Name() != strings.TrimSuffix(s.url, "?sig=hunter3") {
		s.Errorf("it is called %s", f.Name())
	}
	return f.Load(s.Context(), s.ledger)
}

// A list that has not changed is not sent again, and is named again all the same: a pass has
// the IDs that it would have if it had been.
func TestListIsFetchedOnce(t *testing.T) {
	s := serveList(t)
	first, err := s.load()
	if err != nil || first.New != 10 || !strings.HasPrefix(first.Batch, "orders.txt-") {
		t.Fatal(first, err)
	}
	again, err := s.load()
	if err != nil || again.Duplicates != 10 || again.Batch != first.Batch || s.sent.Load() != 1 {
		t.Errorf("%+v, %v, sent %d times", again, err, s.sent.Load())
	}
	if _, err := s.ledger.Withdraw(t.Context(), first.Batch, "a test"); err != nil {
		t.Fatal(err)
	}
	if back, err := s.load(); err != nil || back.New != 10 || s.sent.Load() != 1 {
		t.Errorf("what was withdrawn and is named still: %+v, %v", back, err)
	}
	s.text, s.tag = strings.Repeat("a", 32)+"\n", `"2"`
	if other, err := s.load(); err != nil || other.New != 1 || s.sent.Load() != 2 {
		t.Errorf("%+v, %v, sent %d times", other, err, s.sent.Load())
	}
}

// A server that is away is no fault of the list, and what the list is refused for is.
func TestListIsNotThere(t *testing.T) {
	s := serveList(t)
	s.status = http.StatusServiceUnavailable
	if _, err := s.load(); !isA[*pass.UnreadError](err) || strings.Contains(err.Error(), "hunter") {
		t.Error(err)
	}
	s.status = http.StatusNotFound
	if _, err := s.load(); !isA[*pass.InputError](err) {
		t.Error(err)
	}
	s.status, s.text = http.StatusOK, "no ID\n"
	if _, err := s.load(); !isA[*pass.InputError](err) {
		t.Error(err)
	}
	s.cfg.Inputs.URLs[0].CAFile = "/nonexistent"
	if _, err := s.load(); !isA[*pass.InputError](err) {
		t.Error(err)
	}
	if c, err := s.ledger.Counts(t.Context()); err != nil || c.Loaded() != 0 {
		t.Errorf("%+v, %v", c, err)
	}
}

// What somebody agrees to is what is loaded then, also when the list has changed since.
func TestListIsForeseen(t *testing.T) {
	s := serveList(t)
	if err := s.ledger.Close(); err != nil {
		t.Fatal(err)
	}
	spec := pass.Spec{Inputs: s.process.Sources(s.cfg, []string{s.url}, Reading{}, "")}
	p, agreed, forget, err := pass.Preview(t.Context(), s.process.Deps(s.cfg, "run", zap.NewNop()), spec)
	if err != nil || p.New != 10 {
		t.Fatalf("%+v, %v", p, err)
	}
	defer forget()
	s.text, s.tag = strings.Repeat("a", 32)+"\n", `"2"`
	if s.ledger, err = Ledger(s.cfg).Open(t.Context(), ledger.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.ledger.Close() })
	if l, err := agreed.Inputs[0].Load(t.Context(), s.ledger); err != nil || l.New != 10 {
		t.Errorf("%+v, %v", l, err)
	}
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
