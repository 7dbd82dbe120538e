package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"cleaner/internal/sim"
)

// setup says what a trial is like. The zero value of a field is its default.
type setup struct {
	ids      int         // how many; 400
	faults   []string    // of the service, as sim.ParseFault reads them
	latency  sim.Latency // of the service; 2 to 6 ms
	timeout  string      // limits.request_timeout; 5s
	attempts int         // retry.attempts; 12
	backoff  string      // retry.initial and retry.max; 5ms and 100ms
	rate     int         // limits.rate; no bound to speak of
	// outage says that the service will fail in other ways than by its faults.
	outage bool
	// allThere makes every ID one that the service knows; otherwise one in fifty
	// is not.
	allThere bool
	// refused allows dead letters of IDs that a fault follows for good.
	refused bool
}

// workers is limits.workers of every trial.
const workers = 8

// trial is one ledger from its first ID to its end, with the service it is
// about. What was found wrong is gathered and returned by close.
type trial struct {
	*lab
	tally
	witness
	setup     setup
	dir       string // of this trial; state, below it, is the ledger's
	sim       *sim.Sim
	url       string
	stop      func()
	ids       []string
	absent    map[string]bool // IDs that the service never knew
	protected int             // the first so many IDs are protected
	robbed    bool            // the ledger was robbed of what it knew
	broken    []error         // promises
}

// newTrial starts a service and writes the input and the configuration.
func (l *lab) newTrial(o setup) (t *trial, err error) {
	t = &trial{lab: l, setup: o.withDefaults(), absent: map[string]bool{}, protected: 3}
	t.witness = newWitness()
	if t.dir, err = os.MkdirTemp(l.dir, "trial-"); err != nil {
		return nil, err
	}
	options := sim.Options{
		Seed: l.random.Uint64(), RequireAuth: true, OnlyAdded: true, Latency: t.setup.latency,
		Domain: "account", User: "cleaner", Password: "not-a-secret", Project: "cn-north-4",
	}
	for _, text := range t.setup.faults {
		f, err := sim.ParseFault(text)
		if err != nil {
			return nil, err
		}
		options.Faults = append(options.Faults, f)
	}
	if t.sim, err = sim.New(options); err != nil {
		return nil, err
	}
	if t.url, t.stop, err = t.sim.Start("127.0.0.1:0"); err != nil {
		return nil, err
	}
	return t, errors.Join(t.inventIDs(), t.writeFiles())
}

func (o setup) withDefaults() setup {
	if o.ids == 0 {
		o.ids = 400
	}
	if o.latency == (sim.Latency{}) {
		o.latency = sim.Latency{Min: 2 * time.Millisecond, Max: 6 * time.Millisecond}
	}
	if o.timeout == "" {
		o.timeout = "5s"
	}
	if o.attempts == 0 {
		o.attempts = 12
	}
	if o.backoff == "" {
		o.backoff = "initial: 5ms, max: 100ms"
	}
	if o.rate == 0 {
		o.rate = 100_000
	}
	return o
}

// inventIDs makes the IDs, most of them in the service's form, and adds them to
// the service, but for one in fifty.
func (t *trial) inventIDs() error {
	for i := range t.setup.ids {
		id := fmt.Sprintf("%016x%016x", t.random.Uint64(), t.random.Uint64())
		if i%16 == 5 {
			id = "Task_" + id
		}
		t.ids = append(t.ids, id)
		t.absent[id] = i%50 == 30 && !t.setup.allThere
	}
	return t.sim.AddIDs(func(yield func(string) bool) {
		for _, id := range t.ids {
			if !t.absent[id] && !yield(id) {
				return
			}
		}
	})
}

func (t *trial) writeFiles() error {
	s := t.setup
	cfg := fmt.Sprintf(`service: {region: cn-north-4, endpoint: %q, iam_endpoint: %q}
auth: {password: {domain: account, user: cleaner, password_file: %q}}
queue: {url: "sqlite:%s"}
limits: {workers: %d, rate: %d, floor: 100000, burst: 100, request_timeout: %s, grace: 5s}
retry: {attempts: %d, %s, deadline: 1m}
safety: {protect_file: %q, refuse_above: 0, failed_share: 1, not_found_share: 1, canary: 0, invalid_share: 1}
inputs: {id_pattern: "(Task_)?[0-9a-f]{32}"}
log: {level: error}
`, t.url, t.url, t.path("password"), t.ledgerPath(), workers, s.rate, s.timeout, s.attempts, s.backoff, t.path("protect.txt"))
	var errs []error
	for name, text := range map[string]string{
		"cleaner.yaml": cfg, "password": "not-a-secret\n",
		"tasks.txt": strings.Join(t.ids, "\n") + "\n", "protect.txt": strings.Join(t.ids[:t.protected], "\n") + "\n",
	} {
		errs = append(errs, os.WriteFile(t.path(name), []byte(text), 0o600))
	}
	return errors.Join(append(errs, os.Mkdir(t.path("state"), 0o700), os.Mkdir(t.path("out"), 0o700))...)
}

func (t *trial) path(name string) string { return filepath.Join(t.dir, name) }

func (t *trial) ledgerPath() string  { return t.path("state/queue.db") }
func (t *trial) resultsPath() string { return t.path("out/results.jsonl") }

// violate notes a broken promise.
func (t *trial) violate(format string, args ...any) {
	t.broken = append(t.broken, fmt.Errorf(format, args...))
}

// mostTold is how many broken promises of one trial are told one by one.
const mostTold = 8

// close ends the trial and returns err with all that was found wrong. The folder
// of a trial that went well is removed.
func (t *trial) close(err error) error {
	t.stop()
	t.trials++
	t.requests += t.sim.Truth().Deletes
	if n := len(t.broken); n > mostTold {
		t.broken = append(t.broken[:mostTold], fmt.Errorf("and %d more", n-mostTold))
	}
	if err = errors.Join(append(t.broken, err)...); err != nil {
		return fmt.Errorf("%w (in %s)", err, t.dir)
	}
	return os.RemoveAll(t.dir)
}
