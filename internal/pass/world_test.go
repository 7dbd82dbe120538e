package pass

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cleaner/internal/api"
	"cleaner/internal/iam"
	"cleaner/internal/knowledge"
	"cleaner/internal/secret"
	"cleaner/internal/sim"
	"cleaner/internal/worker"
)

const thePassword = "planted-password-6a1f"

// world is a trial over the simulated service, without sockets. In between may stand a
// front that answers for chosen IDs itself, to DELETE as to looks.
type world struct {
	*trial
	sim     *sim.Sim
	network http.RoundTripper // to the simulated service
	o       api.Options       // what the client is made with

	mu  sync.Mutex                  // guards what follows
	odd map[string]http.HandlerFunc // by ID
	all http.HandlerFunc            // answers everything; nil is nobody
}

// over runs f in a bubble with a simulated service that has n tasks and no others.
func over(t *testing.T, o sim.Options, n int, f func(*world)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		o.RequireAuth, o.OnlyAdded = true, true
		o.Domain, o.User, o.Password, o.Project = "account", "operator", thePassword, "cn-north-4"
		s, err := sim.New(o)
		if err != nil {
			t.Fatal(err)
		}
		w := &world{trial: newTrial(t, dir, &far{}), sim: s, network: s.RoundTripper(), odd: map[string]http.HandlerFunc{}}
		if err := s.AddIDs(slices.Values(hexes(0, n))); err != nil {
			t.Fatal(err)
		}
		w.login(t)
		w.spec.Limits.Workers = 16
		w.spec.Safety.Canaries = 3
		w.spec.Retry.Attempts, w.spec.Retry.Initial, w.spec.Retry.Max = 5, 5*time.Millisecond, 50*time.Millisecond
		w.spec.Scope = knowledge.Scope{Endpoint: "https://check.example", Credential: "password", Account: "account", User: "operator", Project: "cn-north-4"}
		w.deps.Adjust = func(o *worker.Options) { o.Calibration.Settle = 50 * time.Millisecond }
		w.give(hexes(0, n))
		f(w)
	})
}

// service is the service of a world.
type service struct {
	*api.Service
	logins func() int64 // of this process
	before int64
}

func (s service) Logins() int64                                     { return s.logins() - s.before }
func (s service) WatchLogins(func(error, time.Duration, time.Time)) {}

// login makes the login with a password, which lasts for all passes.
func (w *world) login(t *testing.T) {
	t.Helper()
	p, err := iam.NewPassword(iam.PasswordOptions{
		Server: iam.Server{Endpoint: "https://iam.example", Transport: w.sim.RoundTripper()},
		Domain: "account", User: "operator", Project: "cn-north-4", Password: secret.Value(thePassword),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.o = api.Options{Endpoint: "https://check.example", Transport: w}
	w.signIn(p, p.Logins)
}

// signIn has all passes from now on sign in in a way of its own.
func (w *world) signIn(c api.Credentials, logins func() int64) {
	w.o.Credentials = c
	w.deps.Dial = func() (Service, error) {
		o := w.o
		o.Workers = w.spec.Limits.Workers
		c, err := api.New(o)
		return service{api.NewService(c), logins, logins()}, err
	}
}

// RoundTrip answers for the front, or passes on.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	id, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v2/tasks/"), "/")
	w.mu.Lock()
	handle := w.odd[id]
	if w.all != nil {
		handle = w.all
	}
	w.mu.Unlock()
	if handle == nil {
		return w.network.RoundTrip(r)
	}
	said := httptest.NewRecorder()
	handle(said, r)
	answer := said.Result()
	answer.Request, answer.ContentLength = r, int64(said.Body.Len())
	return answer, nil
}

// hexes are the IDs from one number up to another, as the service has them.
func hexes(from, to int) []string {
	all := make([]string, 0, to-from)
	for i := from; i < to; i++ {
		all = append(all, fmt.Sprintf("%032x", uint64(i+1)*0x9e3779b97f4a7c15))
	}
	return all
}

// give has the next pass load these IDs.
func (w *world) give(ids []string) { w.spec.Inputs = []Source{w.file("tasks.txt", ids...)} }

// oddly has the front answer for these IDs.
func (w *world) oddly(answer http.HandlerFunc, ids ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range ids {
		w.odd[id] = answer
	}
}

// everything has the front answer all that comes from now on.
func (w *world) everything(answer http.HandlerFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = answer
}

// allDeleted wants every one of these IDs to be deleted.
func (w *world) allDeleted(ids []string) {
	w.Helper()
	for _, id := range ids {
		if w.sim.Exists(id) {
			w.Errorf("%s is still there", id)
			return
		}
	}
}

// says answers with a status and a body.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasPrefix(body, "<") {
			w.Header().Set("Content-Type", "text/html")
		}
		if status == http.StatusFound {
			w.Header().Set("Location", "/login")
		}
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, body)
	}
}

// code answers with 200 and a code of the service.
func code(code string) http.HandlerFunc {
	return says(http.StatusOK, `{"error_code":"`+code+`","error_msg":"it says so"}`)
}

// fault reads a fault of the catalogue.
func fault(t *testing.T, text string) sim.Fault {
	t.Helper()
	f, err := sim.ParseFault(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
