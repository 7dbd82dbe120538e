package sim

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// maxFaults is how much of a body with faults is read.
const maxFaults = 16 << 20

// control handles the paths below /sim/:
//
//	GET  /sim/truth                        totals, see Truth
//	GET  /sim/truth/tasks                  one line of JSON a task, see TaskTruth
//	POST /sim/revoke                       see Revoke
//	POST /sim/outage?for=10s&fault=reset   see Outage; the fault "outage" if none is named
//	POST /sim/throttle?limit=N&window=1m   see SetThrottle; &retry-after=true&shape=503, repeatable
//	POST /sim/faults                       see SetFaults; a JSON array of Fault
//
// A request that cannot be done is answered 400 with the reason as text.
func (s *Sim) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sim/truth", func(w http.ResponseWriter, _ *http.Request) { say(w, s.Truth()) })
	mux.HandleFunc("GET /sim/truth/tasks", s.sayTasks)
	mux.HandleFunc("POST /sim/revoke", func(w http.ResponseWriter, _ *http.Request) {
		say(w, map[string]int{"revoked": s.Revoke()})
	})
	mux.HandleFunc("POST /sim/outage", controlHandler(s.orderOutage))
	mux.HandleFunc("POST /sim/throttle", controlHandler(s.orderThrottle))
	mux.HandleFunc("POST /sim/faults", controlHandler(s.orderFaults))
	return mux
}

// controlHandler makes a handler that answers {"done":true} or 400 with the reason.
func controlHandler(order func(*http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := order(r); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		say(w, map[string]bool{"done": true})
	}
}

// say answers with v as JSON.
func say(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // an error is the client's leaving
}

// sayTasks streams the truth of every task.
func (s *Sim) sayTasks(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/x-ndjson")
	buffered := bufio.NewWriterSize(w, 64<<10)
	lines := json.NewEncoder(buffered)
	for t := range s.EachTask() {
		if lines.Encode(t) != nil {
			return
		}
	}
	_ = buffered.Flush()
}

// orderOutage begins an outage now. Its fault is taken with the operation that
// the catalogue names, so that "reset" hits DELETEs and "outage" everything.
func (s *Sim) orderOutage(r *http.Request) error {
	query := r.URL.Query()
	d, err := time.ParseDuration(query.Get("for"))
	if err != nil {
		return fmt.Errorf("begin outage: for: %w", err)
	}
	name := query.Get("fault")
	if name == "" {
		name = "outage"
	}
	f, err := named(name)
	if err != nil {
		return err
	}
	return s.Outage(f, d)
}

// orderThrottle replaces the limit; a limit of 0 lifts it.
func (s *Sim) orderThrottle(r *http.Request) error {
	query := r.URL.Query()
	limit, err := strconv.Atoi(query.Get("limit"))
	if err != nil {
		return fmt.Errorf("set throttle: limit: %w", err)
	}
	t := Throttle{Limit: limit, RetryAfter: query.Get("retry-after") == "true"}
	for _, shape := range query["shape"] {
		t.Shapes = append(t.Shapes, ThrottleShape(shape))
	}
	if text := query.Get("window"); text != "" {
		if t.Window, err = time.ParseDuration(text); err != nil {
			return fmt.Errorf("set throttle: window: %w", err)
		}
	}
	return s.SetThrottle(t)
}

// orderFaults replaces all faults; an empty array clears them.
func (s *Sim) orderFaults(r *http.Request) error {
	var fs []Fault
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxFaults)).Decode(&fs); err != nil {
		return fmt.Errorf("read faults: %w", err)
	}
	return s.SetFaults(fs...)
}
