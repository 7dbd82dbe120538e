package source

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

// errStopped is why the tests here stop.
var errStopped = errors.New("stopped by the test")

// stops reads path until the context is stopped, a moment later, and wants reading to
// end with it.
func stops(t *testing.T, path string, o Options) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	begun := time.Now()
	time.AfterFunc(100*time.Millisecond, func() { cancel(errStopped) })
	s, err := Open(ctx, path, o)
	if err != nil {
		t.Fatal(err)
	}
	var last error
	for _, err := range s.IDs() {
		last = err
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if !errors.Is(last, errStopped) || MachineFault(last) {
		t.Errorf("it ended with %v", last)
	}
	if took := time.Since(begun); took > 30*time.Second { // far from what a stop takes, on any machine
		t.Errorf("it took %v", took)
	}
}

// endless yields its text for ever.
type endless struct{ text string }

func (e endless) Read(p []byte) (n int, err error) {
	for n < len(p) {
		n += copy(p[n:], e.text)
	}
	return n, nil
}

// TestStopsAtOnce: whatever the input is, reading ends with the context.
func TestStopsAtOnce(t *testing.T) {
	for name, text := range map[string]string{
		"blank lines": "\n", "blank lines of spaces": " \r\n", "comments": "#\n", "one line": "a", "IDs": "a1\n",
		"a list": "[[[[", "white space in JSON": " \t", "one cell": "id,\"\n",
	} {
		t.Run(name, func(t *testing.T) {
			if name == "a list" || name == "one cell" {
				got := readPath(t, Stdin, Options{Stdin: endless{text}})
				if got.err == nil { // it is refused before
					t.Error("it was read")
				}
				return
			}
			stops(t, Stdin, Options{Stdin: endless{text}})
		})
	}
	t.Run("a device", func(t *testing.T) {
		if got := readPath(t, "/dev/zero", Options{}); !errors.Is(got.err, errNUL) {
			t.Errorf("it ended with %v", got.err)
		}
	})
	t.Run("a pipe without a writer", func(t *testing.T) {
		defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
		stops(t, fifoAt(t), Options{})
	})
	t.Run("a pipe whose writer is silent", func(t *testing.T) {
		defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
		path := fifoAt(t)
		w, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.WriteString("a1\nb"); err != nil {
			t.Fatal(err)
		}
		stops(t, path, Options{})
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
}

func fifoAt(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestPipe: a named pipe is read from its first writer to its last, however late they
// come.
func TestPipe(t *testing.T) {
	path := fifoAt(t)
	go func() {
		time.Sleep(50 * time.Millisecond)
		w, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			t.Error(err)
			return
		}
		for _, part := range []string{"a", "1\n", "b2\n"} {
			time.Sleep(20 * time.Millisecond)
			if _, err := w.WriteString(part); err != nil {
				t.Error(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}()
	got := readPath(t, path, Options{Check: checkHex})
	if got.err != nil || !cmp.Equal(got.ids, []string{"a1", "b2"}) {
		t.Errorf("IDs %v, error %v", got.ids, got.err)
	}
}

// TestNamelessPipe: what comes by /dev/fd has had its writer, and may be empty.
func TestNamelessPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("/dev/fd", strconv.Itoa(int(r.Fd())))
	if got := readPath(t, path, Options{}); got.err != nil || got.stats != (Stats{}) {
		t.Errorf("%+v", got)
	}
}

// terminal gives its lines, and after each end, typed once, goes on to wait.
type terminal struct {
	parts []string // an empty one is an end
	t     *testing.T
}

func (k *terminal) Read(p []byte) (int, error) {
	if len(k.parts) == 0 {
		k.t.Error("it was read again behind its end")
		return 0, io.EOF
	}
	part := k.parts[0]
	k.parts = k.parts[1:]
	if part == "" {
		return 0, io.EOF
	}
	return copy(p, part), nil
}

// TestEndIsTypedOnce: whatever is typed, the first end is the end.
func TestEndIsTypedOnce(t *testing.T) {
	for _, text := range []string{"a1\n", "a1\nb2\n", "id\na1\n", "\"a1\"\n", "[\"a1\"]\n", "#\n", ""} {
		parts := append(strings.SplitAfter(text, "\n"), "")
		if text != "" {
			parts = append(parts[:len(parts)-2], "")
		} else {
			parts = []string{""}
		}
		got := readPath(t, Stdin, Options{Stdin: &terminal{parts, t}, Check: checkHex})
		if got.err != nil {
			t.Errorf("%q: %v", text, got.err)
		}
	}
}
