package sim

import (
	"fmt"
	"net/http"
	"path"
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
	OpIAM      Op = "iam"      // GET /v3/projects and GET /v3/auth/domains
	OpAll      Op = "all"      // in a Fault: every one of these
	opUnknown  Op = "unknown"  // any other path
)

// Sim is the simulated service; New makes one. Its methods and its handler may
// be used from many goroutines at once. It is put together from parts, each with a
// piece of what the service does.
type Sim struct {
	opt   *Options // as given, with defaults; not changed after New
	count *counters
	*world
	*chooser
	*iam
	*gateway
	middlebox middlebox
	check     check
	auditor
}

// New returns the service that opt describes, or an error that names all that
// is wrong with opt. It starts no goroutine and opens nothing.
func New(opt Options) (*Sim, error) {
	opt = opt.withDefaults()
	if err := opt.validate(); err != nil {
		return nil, fmt.Errorf("simulate service: %w", err)
	}
	s := assemble(&opt)
	if err := s.SetThrottle(opt.Throttle); err != nil {
		return nil, fmt.Errorf("simulate service: %w", err)
	}
	if err := s.SetFaults(opt.Faults...); err != nil {
		return nil, fmt.Errorf("simulate service: %w", err)
	}
	return s, nil
}

// assemble puts the parts together.
func assemble(opt *Options) *Sim {
	start, count := time.Now(), new(counters)
	w := &world{
		opt: opt, count: count, tasks: newTable(),
		absents: salt(opt.Seed, "absent"), runs: salt(opt.Seed, "running"),
	}
	c := &chooser{seed: opt.Seed, start: start, deletes: w.tasks, others: newTable()}
	i := &iam{opt: opt, count: count, lock: lockout{time: lockTime}, keyLock: lockout{time: keyLockTime}}
	return &Sim{
		opt: opt, count: count, world: w, chooser: c, iam: i,
		gateway:   &gateway{opt: opt, iam: i},
		middlebox: middlebox{Middlebox: opt.Middlebox, salt: salt(opt.Seed, "middlebox"), start: start, count: count},
		check: check{
			world: w, null: deleted(), success: opt.Deletion.Success.reply(), absent: opt.absent(), missing: opt.missing(),
			spans: salt(opt.Seed, "spans"),
		},
		auditor: auditor{world: w, chooser: c},
	}
}

// Handler is the whole service: CodeArts Check, IAM and the control paths. It
// works over real connections and, for tests in a bubble of time, behind
// RoundTripper or with recorded ones; there a reset becomes a panic with
// http.ErrAbortHandler.
func (s *Sim) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("DELETE /v2/tasks/{task_id}", s.handle(OpDelete, s.check.deleteTask))
	mux.HandleFunc("GET /v2/tasks/{task_id}/progress", s.handle(OpProgress, s.check.showProgress))
	mux.HandleFunc("POST /v2/tasks/{task_id}/stop", s.handle(OpStop, s.check.stopTask))
	mux.HandleFunc("GET /v2/{project_id}/tasks", s.handle(OpList, s.check.listTasks))
	mux.HandleFunc("POST /v3/auth/tokens", s.handle(OpLogin, s.login))
	mux.HandleFunc("GET /v3/projects", s.handle(OpIAM, s.listProjects))
	mux.HandleFunc("GET /v3/auth/domains", s.handle(OpIAM, s.listDomains))
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
