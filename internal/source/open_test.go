package source

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOpenFaults(t *testing.T) {
	dir := t.TempDir()
	for _, row := range []struct{ name, path, want string }{
		{"nothing there", filepath.Join(dir, "none"), "no such file"},
		{"a directory", dir, "is a directory"},
		{"no standard input", "-", "no standard input"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if s, err := Open(t.Context(), row.path, Options{}); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("Open = %v, %v, want %q", s, err, row.want)
			} else if MachineFault(err) {
				t.Error("it is taken for a fault of the machine")
			}
		})
	}
}

func TestStdin(t *testing.T) {
	got := readPath(t, Stdin, Options{Stdin: strings.NewReader("task_id,x\na1,\n"), Check: checkHex})
	if got.err != nil || !cmp.Equal(got.ids, []string{"a1"}) {
		t.Errorf("IDs %v, error %v", got.ids, got.err)
	}
}

// broken fails after its text.
type broken struct{ text io.Reader }

func (b broken) Read(p []byte) (int, error) {
	if n, err := b.text.Read(p); err == nil {
		return n, nil
	}
	return 0, errors.New("the pipe broke")
}

// A line that is cut off by an error is no ID: it could be the beginning of one.
func TestBrokenInput(t *testing.T) {
	got := readPath(t, Stdin, Options{Stdin: broken{strings.NewReader("a1\nb2")}, Check: checkHex})
	if !cmp.Equal(got.ids, []string{"a1"}) || got.err == nil || !strings.Contains(got.err.Error(), "the pipe broke") {
		t.Errorf("IDs %v, error %v", got.ids, got.err)
	}
}

// Reading may stop, and then the share of invalid lines is nobody's business.
func TestStop(t *testing.T) {
	s, err := Open(t.Context(), Stdin, Options{Stdin: strings.NewReader("xyz\na1\nb2\n"), Check: checkHex})
	if err != nil {
		t.Fatal(err)
	}
	for id, err := range s.IDs() {
		if id != "a1" || err != nil {
			t.Errorf("first is %q, %v", id, err)
		}
		break
	}
	for id, err := range s.IDs() {
		if err == nil || !strings.Contains(err.Error(), "only once") {
			t.Errorf("a second reading gives %q, %v", id, err)
		}
	}
	if got, want := s.Stats(), (Stats{Lines: 2, Valid: 1, Rejected: 1}); got != want {
		t.Errorf("stats are %+v, want %+v", got, want)
	}
}

// Rejected lines that cannot be kept are a fault of the machine, and the source is
// not to be believed then.
func TestRejectsNotKept(t *testing.T) {
	got := readPath(t, Stdin, Options{
		Stdin: strings.NewReader("a1\nxyz\nb2\n"), Check: checkHex, InvalidShare: 1, Rejects: t.TempDir(),
	})
	if !cmp.Equal(got.ids, []string{"a1", "b2"}) || got.err == nil {
		t.Errorf("IDs %v, error %v", got.ids, got.err)
	}
	if _, ok := errors.AsType[*KeepError](got.err); !ok || !MachineFault(got.err) {
		t.Errorf("%v is taken for a fault of the source", got.err)
	}
}

func TestMachineFault(t *testing.T) {
	system := func(errno syscall.Errno) error { return &fs.PathError{Op: "open", Path: "a.txt", Err: errno} }
	for _, row := range []struct {
		name string
		err  error
		want bool
	}{
		{"no error", nil, false},
		{"nothing there", system(syscall.ENOENT), false},
		{"not permitted", system(syscall.EACCES), false},
		{"below a file", system(syscall.ENOTDIR), false},
		{"no descriptors left", system(syscall.EMFILE), true},
		{"a broken disk", fmt.Errorf("read a.txt: %w", system(syscall.EIO)), true},
		{"a format", errNUL, false},
		{"a short gzip", io.ErrUnexpectedEOF, false},
		{"too many invalid lines", &RefusedError{}, false},
		{"rejects that may not be written", &KeepError{Err: system(syscall.EACCES)}, true},
	} {
		if got := MachineFault(row.err); got != row.want {
			t.Errorf("%s: %v, want %v", row.name, got, row.want)
		}
	}
}
