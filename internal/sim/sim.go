package sim

import (
	"fmt"
	"net/http"
	"path"
	"sync"
	"sync/atomic"
	"time"
)

// Op is one operation of the service.
type Op string

// The operations. Requests to any other path are answered as the gateway does,
// 404 and APIGW.0101, and no fault applies to them.
const (
	OpDelete   Op = "delete"   // DELETE /v2/tasks/{task_id}
	OpLogin    Op = "login"    // POST /v3/auth/tokens
	OpProgress Op = "progress" // GET /v2/tasks/{task_id}/progress
	OpStop     Op = "stop"     // POST /v2/tasks/{task_id}/stop
	OpList     Op = "list"     // GET /v2/{project_id}/tasks
	OpAll      Op = "all"      // in a Fault: every one of these
	opUnknown  Op = "unknown"  // any other path
)

// Sim is the simulated service; New makes one. Its methods and its handler may
// be used from many goroutines at once.
type Sim struct {
	opt     Options // as given, with defaults; not changed after New
	null    reply   // the answer to a deletion
	absent  reply   // the answer to a task that is not there
	missing reply   // the answer to a look at such a task, or to its stop
	absents uint64  // the salt under which absent IDs are drawn
	runs    uint64  // the salt under which running tasks are drawn
	start   time.Time

	tasks  *table // what is known of each task ID
	others *table // faults spent by operations other than DELETE
	roster roster // the tasks that were added
	later  later  // deletions that are put off

	tokens   tokens
	lock     lockout
	throttle atomic.Pointer[limiter] // nil admits all

	faultsMu sync.Mutex // held to replace faults
	faults   atomic.Pointer[faultSet]

	count counters
}

// New returns the service that opt describes, or an error that names all that
// is wrong with opt. It starts no goroutine and opens nothing.
func New(opt Options) (*Sim, error) {
	opt = opt.withDefaults()
	if err := opt.validate(); err != nil {
		return nil, fmt.Errorf("simulate service: %w", err)
	}
	s := &Sim{
		opt: opt, null: deleted(), absent: opt.absent(), missing: opt.missing(),
		absents: salt(opt.Seed, "absent"), runs: salt(opt.Seed, "running"),
		start: time.Now(), tasks: newTable(), others: newTable(),
	}
	if err := s.SetThrottle(opt.Throttle); err != nil {
		return nil, fmt.Errorf("simulate service: %w", err)
	}
	if err := s.SetFaults(opt.Faults...); err != nil {
		return nil, fmt.Errorf("simulate service: %w", err)
	}
	return s, nil
}

// Handler is the whole service: CodeArts Check, IAM and the control paths. It
// works over real connections and, for tests in a bubble of time, with
// recorded ones; there a reset becomes a panic with http.ErrAbortHandler.
func (s *Sim) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("DELETE /v2/tasks/{task_id}", s.handle(OpDelete, s.deleteTask))
	mux.HandleFunc("GET /v2/tasks/{task_id}/progress", s.handle(OpProgress, s.showProgress))
	mux.HandleFunc("POST /v2/tasks/{task_id}/stop", s.handle(OpStop, s.stopTask))
	mux.HandleFunc("GET /v2/{project_id}/tasks", s.handle(OpList, s.listTasks))
	mux.HandleFunc("POST /v3/auth/tokens", s.handle(OpLogin, s.login))
	mux.Handle("/sim/", s.control())
	lost := s.handle(opUnknown, unpublished)
	mux.HandleFunc("/", lost)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The mux would answer an unclean path with a redirect to the clean
		// one; a gateway does not, and a client must never send one.
		if p := r.URL.Path; p != "/" && path.Clean(p) != p {
			lost(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// unpublished answers a path or a method that the gateway does not know.
func unpublished(x *exchange) reply {
	return gatewayError(http.StatusNotFound, "APIGW.0101",
		"The API does not exist or has not been published in the environment", x.requestID)
}

// now is the time by the service's clock.
func (s *Sim) now() time.Time { return time.Now().Add(s.opt.Skew) }
