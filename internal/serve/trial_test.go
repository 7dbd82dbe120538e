package serve

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"cleaner/internal/admin"
	"cleaner/internal/api"
	"cleaner/internal/assemble"
	"cleaner/internal/config"
	"cleaner/internal/exitcode"
	"cleaner/internal/iam"
	"cleaner/internal/ledger"
	"cleaner/internal/metrics"
	"cleaner/internal/pass"
	"cleaner/internal/schedule"
	"cleaner/internal/secret"
	"cleaner/internal/sim"
	"cleaner/internal/worker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// trial is a folder with a real ledger, and what serve over it is made with. The
// simulated service stands behind it without sockets, and so does the admin server: in a
// synctest bubble all happens in virtual time.
type trial struct {
	*testing.T
	dir     string
	sim     *sim.Sim
	login   *iam.Password
	cfg     *config.Config // what the next reload reads
	deps    Deps
	logs    *observer.ObservedLogs
	hangups chan os.Signal
	level   zap.AtomicLevel
	web     *web
}

// try runs f in a bubble.
func try(t *testing.T, o sim.Options, f func(*trial)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) { f(newTrial(t, dir, o)) })
}

// newTrial returns a trial whose schedule is not due for months, with a spool.
func newTrial(t *testing.T, dir string, o sim.Options) *trial {
	t.Helper()
	o.RequireAuth = true
	o.Domain, o.User, o.Password, o.Project = "account", "operator", "a password", "cn-north-4"
	s, err := sim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	tr := &trial{T: t, dir: dir, sim: s, hangups: make(chan os.Signal, 1), level: zap.NewAtomicLevelAt(zap.DebugLevel)}
	tr.cfg = tr.configuration()
	if err := os.Mkdir(tr.path("spool"), 0o700); err != nil {
		t.Fatal(err)
	}
	tr.login, err = iam.NewPassword(iam.PasswordOptions{
		Server: iam.Server{Endpoint: "https://iam.example", Transport: s.RoundTripper()},
		Domain: o.Domain, User: o.User, Project: o.Project, Password: secret.Value(o.Password),
	})
	if err != nil {
		t.Fatal(err)
	}
	core, logs := observer.New(tr.level)
	tr.logs = logs
	tr.deps = Deps{
		Process: &assemble.Process{
			Env: func(string) string { return "" }, Stdin: strings.NewReader(""), ConfigPath: "cleaner.yaml", Version: "test", Far: tr.far,
			Adjust: func(o *worker.Options) { o.Calibration.Settle = 50 * time.Millisecond },
		},
		Load:   func() (*config.Config, error) { return tr.load() },
		Follow: func(cfg *config.Config) { tr.follow(cfg) },
		Code:   codeOf, Log: zap.New(core), Metrics: newMetrics(), Hangups: tr.hangups,
		Listen: func(_ context.Context, o admin.Options) (Web, error) { tr.web = &web{Options: o}; return tr.web, nil },
	}
	return tr
}

func newMetrics() *metrics.Metrics { return metrics.New("test", "") }

// configuration is a quick one.
func (tr *trial) configuration() *config.Config {
	cfg := config.Default()
	cfg.Service = config.Service{Region: "cn-north-4", Endpoint: "https://check.example", IAMEndpoint: "https://iam.example"}
	cfg.Queue.URL = "sqlite:" + tr.path("state/queue.db")
	cfg.Limits = config.Limits{Workers: 16, Rate: 100_000, Floor: 100_000, Burst: 100, RequestTimeout: time.Minute, Grace: 5 * time.Second}
	cfg.Retry = config.Retry{Attempts: 5, Initial: 5 * time.Millisecond, Max: 50 * time.Millisecond, Deadline: time.Minute}
	cfg.Safety.InvalidShare, cfg.Safety.Canary = 0.1, 0
	cfg.Schedule = []config.Tick{{Cron: "0 0 1 7 *"}}
	cfg.Inputs.Spool, cfg.Inputs.IDPattern = tr.path("spool"), "[0-9A-Za-z_-]+" // tests have IDs that say what they are
	cfg.Output = config.Output{Results: tr.path("results.jsonl"), Report: tr.path("report.json")}
	return cfg
}

// load reads the configuration: a copy, for the test may change its own.
func (tr *trial) load() (*config.Config, error) {
	cfg := *tr.cfg
	return &cfg, cfg.Limits.Check()
}

func (tr *trial) follow(cfg *config.Config) {
	if level, err := zapcore.ParseLevel(cfg.Log.Level); err == nil {
		tr.level.SetLevel(level)
	}
}

// far makes the far side of a pass.
func (tr *trial) far(cfg *config.Config) (pass.Service, error) {
	c, err := api.New(api.Options{
		Endpoint: "https://check.example", Credentials: tr.login, Workers: cfg.Limits.Workers, Transport: tr.sim.RoundTripper(),
	})
	return farSide{api.NewService(c), tr.login, tr.login.Logins()}, err
}

// farSide is the far side as a pass sees it.
type farSide struct {
	*api.Service
	login  *iam.Password
	before int64
}

func (s farSide) Logins() int64                                     { return s.login.Logins() - s.before }
func (s farSide) WatchLogins(func(error, time.Duration, time.Time)) {}

// codeOf is an exit code as main has it, as far as these tests tell them apart.
func codeOf(r *pass.Report, err error) int {
	switch {
	case err != nil:
		return exitcode.Internal
	case r.Unread:
		return exitcode.Internal
	case len(r.Without) > 0:
		return exitcode.Usage
	case r.StoppedBy == string(worker.StopSignal) && r.Pending > 0:
		return exitcode.Signal
	case r.Pending > 0:
		return exitcode.Limit
	case r.Dead > 0:
		return exitcode.DeadLetters
	}
	return exitcode.OK
}

// web is an admin server that nobody can reach: the test asks what it was made of.
type web struct{ admin.Options }

// Addr is none.
func (*web) Addr() string { return "" }

// Serve waits for the end.
func (*web) Serve(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }

// serving is a trial with a running serve.
type serving struct {
	*trial
	stop func() error // as the first signal does; waits for the end
}

// serve starts serve and waits until it serves. It ends with the test, if not before.
func (tr *trial) serve() *serving {
	tr.Helper()
	taking, stop := context.WithCancelCause(context.Background())
	cfg, err := tr.load()
	if err != nil {
		tr.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- Run(taking, tr.Context(), cfg, tr.deps) }()
	synctest.Wait()
	s := &serving{trial: tr}
	s.stop = func() error {
		stop(&worker.Stop{Kind: worker.StopSignal, Why: "stopped by a signal"})
		err := <-ended
		ended <- err
		return err
	}
	tr.Cleanup(func() { _ = s.stop() })
	return s
}

// make makes a pass outside the schedules.
func (s *server) make(ctx context.Context) error {
	defer s.maker.ended()
	return s.pass(ctx, schedule.Tick{Reason: schedule.Manual})
}

// status is what is shown.
func (s *serving) status() admin.Status {
	s.Helper()
	st, err := s.web.Status(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	return st
}

// metrics is the page of the metrics.
func (s *serving) metrics() string {
	page := httptest.NewRecorder()
	s.web.Metrics.ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return "\n" + page.Body.String()
}

// reload reads the configuration of the trial.
func (s *serving) reload() {
	s.hangups <- os.Interrupt
	synctest.Wait()
}

// until waits for a condition.
func (s *serving) until(what string, holds func() bool) {
	s.Helper()
	began := time.Now()
	for ; !holds(); time.Sleep(min(max(time.Since(began)/20, time.Millisecond), 10*time.Second)) {
		if time.Since(began) > time.Hour {
			s.Fatalf("%s: never happened\n%v", what, s.logs.All())
		}
	}
}

// trigger asks for a pass.
func (s *serving) trigger() {
	s.Helper()
	s.want("trigger", s.web.Control.RunNow(), nil)
}

// pass makes a pass, and returns what is shown of it when it is over.
func (s *serving) pass() admin.Ended {
	s.Helper()
	before := len(s.status().Passes)
	s.trigger()
	s.until("the pass has ended", func() bool { return len(s.status().Passes) == before+1 })
	return s.status().Passes[0]
}

// shows wants a line of the metrics to be there, or not.
func (s *serving) shows(line string, want bool) {
	s.Helper()
	if page := s.metrics(); strings.Contains(page, "\n"+line) != want {
		s.Errorf("%q is shown: %v, want %v", line, !want, want)
	}
}

func (tr *trial) path(name string) string { return filepath.Join(tr.dir, name) }

// write writes a file and returns its path. The file looks as if it was left alone for a
// while, as a protect list must be.
func (tr *trial) write(name, text string) string {
	tr.Helper()
	then := time.Now().Add(-time.Hour)
	if err := errors.Join(os.WriteFile(tr.path(name), []byte(text), 0o600), os.Chtimes(tr.path(name), then, then)); err != nil {
		tr.Fatal(err)
	}
	return tr.path(name)
}

// ids are n task IDs, the same ones in every test.
func ids(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%032x", uint64(i+1)*0x9e3779b97f4a7c15)
	}
	return all
}

// spool leaves n task IDs in the spool.
func (tr *trial) spool(n int) { tr.write("spool/tasks.txt", strings.Join(ids(n), "\n")+"\n") }

// there wants a file to be there, or not.
func (tr *trial) there(name string, want bool) {
	tr.Helper()
	_, err := os.Stat(tr.path(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		tr.Error(err)
	}
	tr.want(name+" is there", err == nil, want)
}

// logged reports whether a line of the log begins so.
func (tr *trial) logged(message string) bool {
	return slices.ContainsFunc(tr.logs.All(), func(e observer.LoggedEntry) bool { return strings.HasPrefix(e.Message, message) })
}

// loads puts IDs into the ledger.
func (tr *trial) loads(ids []string) {
	tr.Helper()
	q, err := assemble.Ledger(tr.cfg).Open(tr.Context(), ledger.Options{})
	if err != nil {
		tr.Fatal(err)
	}
	if err := errors.Join(load(tr.Context(), q, ids), q.Close()); err != nil {
		tr.Fatal(err)
	}
}

func (tr *trial) want(what string, got, want any) {
	tr.Helper()
	if got != want {
		tr.Errorf("%s = %v, want %v", what, got, want)
	}
}
