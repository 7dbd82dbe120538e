package doctest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// sandbox is a folder in which the commands of one page run, one block after the
// other, as if it were the machine: what stands for /etc/cleaner, /var/lib/cleaner
// and /run/cleaner is in it, and every page has ports of its own.
type sandbox struct {
	*testing.T
	dir   string
	there *strings.Replacer // from what a page says to what is in the sandbox
	back  *strings.Replacer
	serve *process // nil when none is under way
}

// process is a command that goes on until it is told to stop.
type process struct {
	cmd  *exec.Cmd
	out  *output
	done chan struct{} // closed when it has ended
}

// output can be looked at while a process writes into it.
type output struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// programs is the folder of the binaries that the pages run.
var programs string

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

// testMain builds the programs, and has the tests run with them.
func testMain(m *testing.M) (code int) {
	folder, err := os.MkdirTemp("", "doc-")
	if err == nil {
		programs = folder
		defer os.RemoveAll(folder)
		cmd := exec.Command("go", "build", "-o", folder, "./cmd/cleaner", "./internal/demo")
		cmd.Dir, cmd.Stderr = root, os.Stderr
		err = cmd.Run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "build what the pages run:", err)
		return 1
	}
	return m.Run()
}

// newSandbox makes a folder with what a checkout has, as far as pages use it.
func newSandbox(t *testing.T) *sandbox {
	t.Helper()
	dir, err := os.MkdirTemp("", "doc-") // shorter than t.TempDir: paths of sockets have a limit
	if err != nil {
		t.Fatal(err)
	}
	s := &sandbox{T: t, dir: dir}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	for _, folder := range []string{"etc/cleaner", "var/lib/cleaner/spool", "run/cleaner"} {
		s.check(os.MkdirAll(filepath.Join(dir, folder), 0o700))
	}
	checkout, err := filepath.Abs(root)
	s.check(err)
	s.check(os.Symlink(filepath.Join(checkout, "configs"), filepath.Join(dir, "configs")))
	s.check(os.Symlink(programs, filepath.Join(dir, "bin")))
	s.stand(s.freePort(), s.freePort())
	return s
}

// stand says what in the sandbox stands for what a page says. Where a page writes
// the operator's own region, the simulated service stands for the cloud.
func (s *sandbox) stand(service, admin string) {
	pairs := []string{
		"127.0.0.1:8080", service, "127.0.0.1:9464", admin,
		"region: cn-north-4 # yours", fmt.Sprintf("region: cn-north-4\n  endpoint: http://%s\n  iam_endpoint: http://%[1]s", service),
		"cleaner sim", "cleaner sim --listen " + service,
		"make demo", "demo -n 500 -cleaner bin/cleaner",
	}
	for _, folder := range []string{"/etc/cleaner", "/var/lib/cleaner", "/run/cleaner"} {
		pairs = append(pairs, folder, s.dir+folder)
	}
	s.there = strings.NewReplacer(pairs...)
	for i := 0; i < len(pairs); i += 2 {
		pairs[i], pairs[i+1] = pairs[i+1], pairs[i]
	}
	s.back = strings.NewReplacer(pairs...)
}

func (s *sandbox) check(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// freePort is an address of this machine at which nobody listens.
func (s *sandbox) freePort() string {
	l, err := new(net.ListenConfig).Listen(s.Context(), "tcp", "127.0.0.1:0")
	s.check(err)
	s.check(l.Close())
	return l.Addr().String()
}

// write writes a file that a page shows or speaks of.
func (s *sandbox) write(path, text string) {
	s.Helper()
	path = s.there.Replace(path)
	if !filepath.IsAbs(path) {
		path = filepath.Join(s.dir, path)
	}
	s.check(os.WriteFile(path, []byte(s.there.Replace(text)), 0o600))
}

// patience bounds each command; none of a page should take long.
const patience = 30 * time.Second

func (s *sandbox) command(ctx context.Context, script string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", s.there.Replace(script))
	cmd.Dir = s.dir
	cmd.Env = []string{
		"PATH=" + programs + ":" + os.Getenv("PATH"), "HOME=" + s.dir, "TZ=UTC", "LANG=C.UTF-8",
		"HTTPS_PROXY=http://127.0.0.1:1", // nobody is there: nothing leaves this machine
	}
	cmd.WaitDelay = time.Second
	return cmd
}

// run runs commands and returns what they print, both streams, and the exit code.
func (s *sandbox) run(script string) (printed string, code int) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), patience)
	defer cancel()
	out, err := s.command(ctx, script).CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && ctx.Err() == nil {
		code = exit.ExitCode()
	} else if err != nil {
		s.Fatalf("%s: %v\n%s", script, err, out)
	}
	return s.back.Replace(string(out)), code
}

// start starts a command that goes on, and waits until it is at work: a serve when
// it says that it is ready, anything else when it has said something.
func (s *sandbox) start(script string) *process {
	s.Helper()
	p := &process{cmd: s.command(context.WithoutCancel(s.Context()), "exec "+strings.TrimSpace(script)), out: &output{}, done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	s.check(p.cmd.Start())
	go func() { _ = p.cmd.Wait(); close(p.done) }()
	s.Cleanup(func() { s.stop(p) })
	atWork := func() bool { return p.out.String() != "" }
	if strings.Contains(script, "cleaner serve") {
		probe := strings.Replace(script, "cleaner serve", "cleaner health --ready", 1)
		atWork = func() bool { return s.command(s.Context(), probe).Run() == nil }
	}
	for end := time.Now().Add(patience); time.Now().Before(end); {
		select {
		case <-p.done:
			s.Fatalf("%s ended at once:\n%s", script, p.out)
		case <-time.After(20 * time.Millisecond):
		}
		if atWork() {
			return p
		}
	}
	s.Fatalf("%s is not ready:\n%s", script, p.out)
	return nil
}

// stop stops a process in order. It must end well.
func (s *sandbox) stop(p *process) {
	select {
	case <-p.done:
		return // stopped before, or it has failed the test at its start
	default:
	}
	s.check(p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-p.done:
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		s.Errorf("%v does not stop:\n%s", p.cmd.Args, p.out)
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		s.Errorf("%v ended with exit code %d:\n%s", p.cmd.Args, code, p.out)
	}
}

// The configuration of the machine on which the pages for operators are written:
// everything of the example that has a place on the disk is in it.
const installed = `service: {region: cn-north-4, endpoint: "http://127.0.0.1:8080", iam_endpoint: "http://127.0.0.1:8080"}
auth: {password: {domain: my-account, user: cleaner, password_file: /etc/cleaner/password}}
queue: {url: "sqlite:/var/lib/cleaner/queue.db"}
limits: {workers: 8, rate: 1000, burst: 50, grace: 5s}
retry: {attempts: 3, initial: 20ms, max: 200ms}
safety: {protect_file: /etc/cleaner/protect.txt}
schedule: [{cron: "0 2 * * *", timezone: Asia/Shanghai}]
inputs: {spool: /var/lib/cleaner/spool}
output: {results: /var/lib/cleaner/results.jsonl, report: /var/lib/cleaner/report.json}
listen: {address: "127.0.0.1:9464", socket: /run/cleaner/control}
log: {level: warn}
`

// install makes the sandbox a machine on which cleaner has been at work: against a
// simulated service that refuses some IDs for good, it has made a pass, which left
// dead letters, and a serve is under way.
func (s *sandbox) install() {
	s.Helper()
	s.write("/etc/cleaner/cleaner.yaml", installed)
	s.write("/etc/cleaner/password", "rehearsal\n")
	s.write("/etc/cleaner/protect.txt", taskIDs(1, 2))
	s.write("yesterday.txt", taskIDs(1, 60))
	s.write("tasks.txt", taskIDs(61, 100))
	s.start("cleaner sim --fault parameters-200:0.1")
	if out, code := s.run("cleaner run --config /etc/cleaner/cleaner.yaml --ids yesterday.txt"); code != 3 {
		s.Fatalf("the first pass ended with exit code %d, and not with dead letters\n%s", code, out)
	}
	s.startServe()
}

// startServe has the daemon of an installed machine serve.
func (s *sandbox) startServe() {
	s.Helper()
	s.serve = s.start("cleaner serve --config /etc/cleaner/cleaner.yaml")
}

// taskIDs are well-formed IDs, one a line.
func taskIDs(first, last int) string {
	var b strings.Builder
	for i := first; i <= last; i++ {
		fmt.Fprintf(&b, "%032x\n", uint64(i)*0x9e3779b97f4a7c15)
	}
	return b.String()
}
