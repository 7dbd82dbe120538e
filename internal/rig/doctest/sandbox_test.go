package doctest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cleaner/internal/rig/freeport"
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

// programs is the folder of the binaries that the pages run.
var programs string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "doc-")
	if err == nil {
		programs = folder
		cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", folder, "./cmd/cleaner", "./internal/rig/demo", "./internal/rig/fakekafka")
		cmd.Dir, cmd.Stderr = root, os.Stderr
		err = errors.Join(cmd.Run(), os.WriteFile(filepath.Join(folder, "rabbitmq-server"), []byte(rabbitMQ), 0o700)) //nolint:gosec // it is run
	}
	code := 1
	if err == nil {
		code = m.Run()
	}
	if err = errors.Join(err, os.RemoveAll(folder)); err != nil {
		fmt.Fprintln(os.Stderr, "build what the pages run, or remove it:", err)
		code = 1
	}
	os.Exit(code)
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
		"go run ./internal/rig/fakekafka", "fakekafka",
		"make demo", "demo -n 1500 -profile default -cleaner bin/cleaner",
	}
	for _, port := range []string{"16379", "5672", "15672", "19092"} { // of brokers
		_, own, err := net.SplitHostPort(s.freePort())
		s.check(err)
		for _, before := range []string{"127.0.0.1:", "port ", "port=", "-p "} { // and not within a task ID
			pairs = append(pairs, before+port, before+own)
		}
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
	address, err := freeport.Address(s.Context())
	s.check(err)
	return address
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

// patience bounds each command, on a machine that has much else to do; none of a page
// should take long.
const patience = 2 * time.Minute

func (s *sandbox) command(ctx context.Context, script string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", s.there.Replace(script))
	cmd.Dir = s.dir
	cmd.Env = []string{
		"PATH=" + programs + ":" + os.Getenv("PATH"), "HOME=" + s.dir, "TZ=UTC", "LANG=C.UTF-8",
		"HTTPS_PROXY=http://127.0.0.1:1", // nobody is there: nothing leaves this machine
		"RABBITMQ_PORTS=" + strings.ReplaceAll(s.there.Replace("port 5672 port 15672"), "port ", ""),
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
