package daemon

import (
	"encoding/json"
	"net/http"
	"net/http/pprof"
)

// admin answers the requests of one way in.
type admin struct {
	o       Options
	shown   *shown
	trusted bool // who comes this way needs no token: the unix socket
	local   bool // who comes this way is of this machine, and names it so
}

func newAdmin(o Options, s *shown, trusted bool) *admin {
	return &admin{o: o, shown: s, trusted: trusted, local: trusted || o.WebConfigFile == ""}
}

// handler is the chain of everything a request passes: headers first, so that
// refusals have them too, then who asks, then what for.
func (a *admin) handler() http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(a.refuseCrossOrigin))
	return withHeaders(a.withHost(cross.Handler(a.routes())))
}

// routes has a method in each pattern, so that any other gets 405 and is told
// which is allowed. Nothing that GET reaches changes anything.
func (a *admin) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.page)
	mux.HandleFunc("GET /status", a.status)
	mux.HandleFunc("GET /healthz", a.healthz)
	mux.HandleFunc("GET /readyz", a.readyz)
	for name, asset := range assets {
		mux.Handle("GET /"+name, asset)
	}
	if a.o.Metrics != nil {
		mux.Handle("GET /metrics", a.o.Metrics)
	}
	for path, act := range actions {
		mux.Handle("POST "+path, a.control(path, act))
	}
	if a.o.Profiling {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	return mux
}

// healthz says whether the process lives, or would better be restarted, and why.
func (a *admin) healthz(w http.ResponseWriter, _ *http.Request) {
	writeVerdict(w, "alive", a.o.Alive())
}

// readyz says whether work can be done, and why not.
func (a *admin) readyz(w http.ResponseWriter, r *http.Request) {
	writeVerdict(w, "ready", a.o.Ready(r.Context()))
}

// writeVerdict answers a probe: yes, unless there are reasons against it.
func writeVerdict(w http.ResponseWriter, yes string, reasons []string) {
	code := http.StatusOK
	if len(reasons) > 0 {
		code = http.StatusServiceUnavailable
	}
	writeJSON(w, code, map[string]any{yes: len(reasons) == 0, "reasons": append([]string{}, reasons...)})
}

func (a *admin) status(w http.ResponseWriter, r *http.Request) {
	g := a.shown.get(r.Context())
	if g.err != nil {
		writeJSON(w, http.StatusServiceUnavailable, map[string]string{"error": "read the status: " + g.err.Error()})
		return
	}
	writeJSON(w, http.StatusOK, g.Status)
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // one who went away is told nothing
}
