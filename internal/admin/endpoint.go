package admin

import (
	"encoding/json"
	"net/http"
	"net/http/pprof"
)

// endpoint answers the requests that come over one listener.
type endpoint struct {
	o       Options
	shown   *shown
	guard   guard
	trusted bool // requests need no token: the unix socket
	local   bool // requests come from this machine, and must name it as their host
}

func newEndpoint(o Options, s *shown, trusted bool) *endpoint {
	return &endpoint{
		o: o, shown: s, guard: guard{configured: o.Token, trusted: trusted, log: o.Log},
		trusted: trusted, local: trusted || o.WebConfigFile == "",
	}
}

// handler is the chain of handlers: headers first, so that refusals have them too, then
// the checks of where the request comes from, then the routes.
func (e *endpoint) handler() http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(e.refuseCrossOrigin))
	return withHeaders(e.withHost(cross.Handler(e.withLedger(e.routes()))))
}

// routes has a method in each pattern, so that other methods are answered with 405 and
// the allowed one. No GET changes anything.
func (e *endpoint) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", e.page)
	pages{e}.route(mux)
	mux.HandleFunc("GET /status", e.status)
	mux.HandleFunc("GET /healthz", e.healthz)
	mux.HandleFunc("GET /readyz", e.readyz)
	for name, asset := range assets {
		mux.Handle("GET /"+name, asset)
	}
	if e.o.Metrics != nil {
		mux.Handle("GET /metrics", e.o.Metrics)
	}
	for path, act := range actions {
		mux.Handle("POST "+path, e.control(path, act))
	}
	mux.Handle("POST /ids", &lists{endpoint: e, taking: make(chan struct{}, mostLists)})
	if e.o.Profiling {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	return mux
}

// healthz says whether the process is alive, or why it should be restarted.
func (e *endpoint) healthz(w http.ResponseWriter, _ *http.Request) {
	writeVerdict(w, "alive", e.o.Alive())
}

// readyz says whether work can be done, and why not.
func (e *endpoint) readyz(w http.ResponseWriter, r *http.Request) {
	writeVerdict(w, "ready", e.o.Ready(r.Context()))
}

// writeVerdict answers a probe: yes, unless there are reasons for no.
func writeVerdict(w http.ResponseWriter, yes string, reasons []string) {
	code := http.StatusOK
	if len(reasons) > 0 {
		code = http.StatusServiceUnavailable
	}
	writeJSON(w, code, map[string]any{yes: len(reasons) == 0, "reasons": append([]string{}, reasons...)})
}

func (e *endpoint) status(w http.ResponseWriter, r *http.Request) {
	g := e.shown.get(r.Context())
	if g.err != nil {
		writeJSON(w, http.StatusServiceUnavailable, map[string]string{"error": "read the status: " + g.err.Error()})
		return
	}
	writeJSON(w, http.StatusOK, g.Status)
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // nobody is there to get an error
}
