package doctest

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
)

// tabs are lines at whose end the Tab key is pressed, with what must be offered, and what must
// not: a folder has the files zzlist.txt and zzconfig.yaml.
var tabs = []struct {
	typed  string
	offers []string
	not    []string
	loose  bool // fish offers more: it cannot choose files by their endings
}{
	{"cleaner dead ", []string{"drop", "list", "requeue", "show"}, []string{"zzlist"}, false},
	{"cleaner run --log-level ", []string{"debug", "error"}, []string{"zzlist"}, false},
	{"cleaner dead list --sort ", []string{"newest", "attempts"}, []string{"zzlist"}, false},
	{"cleaner load zz", []string{"zzlist.txt", "zzconfig.yaml"}, nil, false},
	{"cleaner run --ids zz", []string{"zzlist.txt", "zzconfig.yaml"}, nil, false},
	{"cleaner run --config zz", []string{"zzconfig.yaml"}, []string{"zzlist"}, true},
	{"cleaner status z", nil, []string{"zzlist", "zzconfig"}, false},
}

// TestCompletionInShells presses the Tab key in real shells.
func TestCompletionInShells(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"zzlist.txt", "zzconfig.yaml"} {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for shell, setup := range map[string]string{
		"bash --norc --noprofile -i": "bind 'set show-all-if-ambiguous on'; bind 'set bell-style none'; bind 'set enable-bracketed-paste off'; PS1=; . /usr/share/bash-completion/bash_completion; . <(cleaner completion bash)",
		"zsh -f -i":                  "PS1=; unsetopt beep; unsetopt zle_bracketed_paste; autoload -Uz compinit; compinit -u -D; . <(cleaner completion zsh); compdef _cleaner cleaner",
	} {
		t.Run(strings.Fields(shell)[0], func(t *testing.T) {
			t.Parallel()
			s := startShell(t, folder, strings.Fields(shell)...)
			s.types(setup + "; echo zq''8\r")
			s.until("zq8")
			for _, tab := range tabs {
				s.mu.Lock()
				s.said.Reset()
				s.mu.Unlock()
				s.types(tab.typed + "\t\t")
				s.until(tab.offers...)
				s.types("\x15echo zq''9\r") // clears the line; keys are read in turn, so by then the offers are shown
				said := s.until("zq9")
				for _, no := range tab.not {
					if strings.Contains(said, no) {
						t.Errorf("%q: offers %s:\n%s", tab.typed, no, said)
					}
				}
			}
		})
	}
	// fish says itself what it would offer.
	t.Run("fish", func(t *testing.T) {
		t.Parallel()
		for _, tab := range tabs {
			cmd := exec.CommandContext(t.Context(), "fish", "--no-config", "-c", "cleaner completion fish | source; complete -C '"+tab.typed+"'")
			cmd.Dir, cmd.Env = folder, shellEnv(folder)
			said, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v: %s", err, said)
			}
			for _, want := range tab.offers {
				if !strings.Contains(string(said), want) {
					t.Errorf("%q does not offer %s:\n%s", tab.typed, want, said)
				}
			}
			for _, no := range tab.not {
				if !tab.loose && strings.Contains(string(said), no) {
					t.Errorf("%q: offers %s:\n%s", tab.typed, no, said)
				}
			}
		}
	})
}

func shellEnv(folder string) []string {
	return []string{"PATH=" + programs + ":" + os.Getenv("PATH"), "HOME=" + folder, "TERM=xterm", "LC_ALL=C"}
}

// shell is a shell at a terminal.
type shell struct {
	t   *testing.T
	tty *os.File

	mu   sync.Mutex
	said bytes.Buffer // since the last until
}

func startShell(t *testing.T, folder string, args ...string) *shell {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Dir, cmd.Env = folder, shellEnv(folder)
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 50, Cols: 200})
	if err != nil {
		t.Fatal(err)
	}
	s := &shell{t: t, tty: tty}
	read := make(chan struct{})
	go func() {
		defer close(read)
		part := make([]byte, 4096)
		for {
			n, err := tty.Read(part)
			s.mu.Lock()
			s.said.Write(part[:n])
			s.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = tty.Close()
		<-read
	})
	return s
}

func (s *shell) types(keys string) {
	s.t.Helper()
	if _, err := io.WriteString(s.tty, keys); err != nil {
		s.t.Fatal(err)
	}
}

// until waits until the shell has said all words since the last call, and returns what it has
// said.
func (s *shell) until(words ...string) string {
	s.t.Helper()
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(10 * time.Millisecond) {
		s.mu.Lock()
		said := s.said.String()
		s.mu.Unlock()
		missing := ""
		for _, w := range words {
			if !strings.Contains(said, w) {
				missing = w
			}
		}
		if missing == "" {
			return said
		}
		if time.Now().After(end) {
			s.t.Fatalf("no %q in\n%s", missing, said)
		}
	}
}
