package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"cleaner/internal/sim"
)

// The tests of this file and of its neighbours that are named like it hold faults that
// were measured with the real binary, each with the right value.

// front is a stage whose service stands behind a front, which answers for chosen IDs
// itself, to DELETE as to looks.
type front struct {
	*stage
	mu  sync.Mutex                   // guards odd and met
	odd map[string]http.HandlerFunc  // by ID
	met map[string]map[string]int    // requests for odd IDs, by ID and method
	all atomic.Pointer[http.Handler] // answers everything, once it is set
}

// fronted returns a stage with n tasks, and a front before its service.
func fronted(t *testing.T, o sim.Options, n int) *front {
	t.Helper()
	f := &front{stage: knowing(t, o, n), odd: map[string]http.HandlerFunc{}, met: map[string]map[string]int{}}
	behind := f.sim.Handler()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if all := f.all.Load(); all != nil {
			(*all).ServeHTTP(w, r)
			return
		}
		id, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v2/tasks/"), "/")
		f.mu.Lock()
		answer := f.odd[id]
		if answer != nil {
			if f.met[id] == nil {
				f.met[id] = map[string]int{}
			}
			f.met[id][r.Method]++
		}
		f.mu.Unlock()
		if answer != nil {
			answer(w, r)
			return
		}
		behind.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	f.set("service.endpoint", s.URL)
	f.set("retry.initial", "1ms")
	f.set("retry.max", "10ms")
	f.set("retry.attempts", 3)
	return f
}

// oddly has the front answer for these IDs.
func (f *front) oddly(answer http.HandlerFunc, ids ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range ids {
		f.odd[id] = answer
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

// allDeleted wants every one of these IDs to be deleted, and to have been asked for.
func (st *stage) allDeleted(ids []string) {
	st.Helper()
	for _, id := range ids {
		if st.sim.Exists(id) {
			st.Errorf("%s is still there", id)
			return
		}
	}
}

// credentialsOf returns, by name, what gives a stage each kind of credential.
func credentialsOf() map[string]func(*front) {
	const project = "0123456789abcdef0123456789abcdef"
	return map[string]func(*front){
		"password": func(*front) {},
		"token_file": func(f *front) {
			w := httptest.NewRecorder()
			login := `{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"operator","password":"` + thePassword +
				`","domain":{"name":"account"}}}},"scope":{"project":{"name":"cn-north-4"}}}}`
			f.sim.Handler().ServeHTTP(w, httptest.NewRequestWithContext(f.Context(), http.MethodPost, "/v3/auth/tokens", strings.NewReader(login)))
			f.cfg["auth"] = map[string]any{"token_file": f.write("token", w.Header().Get("X-Subject-Token"))}
		},
		"access_key": func(f *front) {
			f.cfg["auth"] = map[string]any{"access_key": map[string]any{
				"id": "AKPLANTED", "secret_file": f.write("secret", theSecretKey), "project_id": project,
			}}
		},
	}
}

// TestOddIDsOfEachLogin, for every kind of credential: one ID is answered as if the login had failed and one
// 401 without a code. They are dead letters of the first run, and nobody else pays.
func TestOddIDsOfEachLogin(t *testing.T) {
	for name, give := range credentialsOf() {
		t.Run(name, func(t *testing.T) {
			f := fronted(t, sim.Options{AccessKey: "AKPLANTED", SecretKey: theSecretKey, ProjectID: "0123456789abcdef0123456789abcdef"}, 300)
			give(f)
			before := f.sim.Truth()
			ids := f.ids(300)
			f.oddly(code("CC.00050007"), ids[100])
			f.oddly(says(http.StatusUnauthorized, ""), ids[200])
			r := f.pass(exitDead, "--ids", f.path("tasks.txt"))
			f.want("deleted", r.Deleted, int64(298))
			f.want("dead", r.Dead, int64(2))
			truth := f.sim.Truth()
			if logins := truth.Logins + truth.FailedLogins - before.Logins; logins > 2 {
				t.Errorf("%d logins, want at most two", logins)
			}
			f.allDeleted(slices.Concat(ids[:100], ids[101:200], ids[201:]))
			results := f.results()
			f.want("code of one", results[ids[100]].Code, "CC.00050007")
			f.want("status of the other", results[ids[200]].Status, http.StatusUnauthorized)
		})
	}
}
