package observetest

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cleaner/internal/rig/freeport"
	"cleaner/internal/sim"
)

// Password is what the simulated service asks for.
const Password = "not-a-secret"

// Stage is a simulated service and a configuration of cleaner for it.
type Stage struct {
	Sim     *sim.Sim
	URL     string // of the simulated service
	Dir     string
	Address string // of serve
	Config  map[string]any
}

// NewStage starts a simulated service. The configuration makes a pass every few
// seconds over what is in the spool, and changes can be made to it until Serve.
func NewStage(t *testing.T, o sim.Options, changes map[string]any) *Stage {
	t.Helper()
	o.RequireAuth, o.Domain, o.User, o.Password, o.Project = true, "account", "operator", Password, "cn-north-4"
	s, err := sim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	url, stop, err := s.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	st := &Stage{Sim: s, URL: url, Dir: t.TempDir(), Address: freeport.ForTest(t)}
	if err := os.Mkdir(filepath.Join(st.Dir, "spool"), 0o700); err != nil {
		t.Fatal(err)
	}
	st.Config = map[string]any{
		"service": map[string]any{"region": "cn-north-4", "endpoint": url, "iam_endpoint": url},
		"auth": map[string]any{"password": map[string]any{
			"domain": "account", "user": "operator", "password_file": Write(t, st.Dir, "password", Password),
		}},
		"queue":    map[string]any{"url": "sqlite:" + filepath.Join(st.Dir, "state", "queue.db")},
		"limits":   map[string]any{"workers": 16, "rate": 1000, "floor": 1000, "burst": 20, "request_timeout": "2s", "grace": "5s"},
		"retry":    map[string]any{"attempts": 3, "initial": "50ms", "max": "1s"},
		"safety":   map[string]any{},
		"schedule": []any{map[string]any{"cron": "@every 4s"}},
		"inputs":   map[string]any{"spool": filepath.Join(st.Dir, "spool")},
		"listen":   map[string]any{"address": st.Address, "socket": filepath.Join(st.Dir, "s")},
		"log":      map[string]any{"level": "warn"},
	}
	maps.Copy(st.Config, changes)
	return st
}

// Spool puts n new task IDs where the next pass of serve finds them.
func (st *Stage) Spool(t *testing.T, n int) {
	t.Helper()
	path := st.IDs(t, n)
	then := time.Now().Add(-time.Hour) // so that no pass waits whether somebody is writing it
	if err := errors.Join(os.Chtimes(path, then, then), os.Rename(path, filepath.Join(st.Dir, "spool", filepath.Base(path)))); err != nil {
		t.Fatal(err)
	}
}

// IDs writes n new task IDs to a file.
func (st *Stage) IDs(t *testing.T, n int) (path string) {
	t.Helper()
	var list strings.Builder
	for range n {
		fmt.Fprintf(&list, "%016x%016x\n", rand.Uint64(), rand.Uint64())
	}
	return Write(t, st.Dir, fmt.Sprintf("tasks-%x.txt", rand.Uint64()), list.String())
}

// ConfigFile writes the configuration.
func (st *Stage) ConfigFile(t *testing.T) (path string) {
	t.Helper()
	return Write(t, st.Dir, "cleaner.yaml", st.Config)
}

// Serve runs `cleaner serve` until the test ends.
func (st *Stage) Serve(t *testing.T, binary string) {
	t.Helper()
	Start(t, "http://"+st.Address+"/healthz", binary, "serve", "--config", st.ConfigFile(t))
}
