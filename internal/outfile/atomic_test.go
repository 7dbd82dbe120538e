package outfile

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// text writes text.
func text(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

// put makes a file with this text and mode.
func put(t *testing.T, path, text string, mode fs.FileMode) {
	t.Helper()
	if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chmod(path, mode)); err != nil {
		t.Fatal(err)
	}
}

// holds checks what is in a file, its mode, and that it is alone in its folder.
func holds(t *testing.T, path, text string, mode fs.FileMode) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != text {
		t.Errorf("%s holds %q, want %q (%v)", path, got, text, err)
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != mode {
		t.Errorf("%s has the mode %v, want %v (%v)", path, info.Mode(), mode, err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("the folder holds %v (%v)", left, err)
	}
}

// TestReplace: the file is new, or is replaced, and has the mode that was asked for
// whatever the umask and the old file's mode.
func TestReplace(t *testing.T) {
	for _, mask := range []int{0, 0o077} {
		old := syscall.Umask(mask)
		t.Cleanup(func() { syscall.Umask(old) })
		for _, mode := range []fs.FileMode{0o600, 0o644} {
			path := filepath.Join(t.TempDir(), "file.prom")
			for _, s := range []string{"one\n", "two, which is longer\n", ""} {
				if err := Replace(path, mode, text(s)); err != nil {
					t.Fatal(err)
				}
				holds(t, path, s, mode)
			}
			put(t, path, "public", 0o666)
			if err := Replace(path, mode, text("again")); err != nil {
				t.Fatal(err)
			}
			holds(t, path, "again", mode)
		}
	}
}

// TestReplaceFails: the old file stays as it was, and nothing is left beside it.
func TestReplaceFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	put(t, path, "old", 0o640)
	cause := errors.New("no more")
	half := func(w io.Writer) error { return errors.Join(text("half")(w), cause) }
	if err := Replace(path, 0o600, half); !errors.Is(err, cause) {
		t.Errorf("error %v", err)
	}
	holds(t, path, "old", 0o640)
	err := Write(path, half)
	if !errors.Is(err, cause) || !strings.HasPrefix(err.Error(), "write "+path+": ") {
		t.Errorf("error %v", err)
	}
	holds(t, path, "old", 0o640)
	if err := Write(filepath.Join(path, "below"), text("")); !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("error %v", err)
	}
	if err := Replace(filepath.Dir(path), 0o600, text("")); err == nil {
		t.Error("a folder is replaced")
	}
}

// TestReplaceIsWhole: what is written cannot be seen before all of it is, and stands
// beside the file meanwhile, under a name that no reader of .prom files takes.
func TestReplaceIsWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file.prom")
	put(t, path, "old", 0o600)
	if err := Replace(path, 0o600, func(w io.Writer) error {
		if err := text("half of it")(w); err != nil {
			return err
		}
		if got, err := os.ReadFile(path); string(got) != "old" {
			t.Errorf("read %q, error %v", got, err)
		}
		names, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*"))
		if err != nil || len(names) != 1 || !regexp.MustCompile(`/\.file\.prom.*[0-9]$`).MatchString(names[0]) {
			t.Errorf("beside it: %v, error %v", names, err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	holds(t, path, "half of it", 0o600)
}

// TestReplaceALink: a link is replaced by the file, and what it leads to is not touched.
func TestReplaceALink(t *testing.T) {
	victim := filepath.Join(t.TempDir(), "victim")
	for _, there := range []bool{true, false} {
		if there {
			put(t, victim, "precious", 0o644)
		} else if err := os.Remove(victim); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "file")
		if err := os.Symlink(victim, path); err != nil {
			t.Fatal(err)
		}
		if err := Write(path, text("new")); err != nil {
			t.Fatal(err)
		}
		holds(t, path, "new", 0o600)
		got, err := os.ReadFile(victim)
		if there && string(got) != "precious" || !there && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the victim holds %q, error %v", got, err)
		}
	}
}

// TestWriteIntoNoFile: a pipe stays and is written to; a link to one is refused.
func TestWriteIntoNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	pipe, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	if err := Write(path, text("into it\n")); err != nil {
		t.Fatal(err)
	}
	if got, err := bufio.NewReader(pipe).ReadString('\n'); got != "into it\n" {
		t.Errorf("the pipe got %q, error %v", got, err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if err := Write(link, text("not")); !errors.Is(err, syscall.ELOOP) || !strings.Contains(err.Error(), "write "+link) {
		t.Errorf("error %v", err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("the link is now %v, error %v", info, err)
	}
}

// TestReplaceSyncs: the file is synced before it gets its name, and the folder after it.
func TestReplaceSyncs(t *testing.T) {
	if path := os.Getenv("REPLACE"); path != "" {
		if err := Replace(path, 0o600, text("x")); err != nil {
			t.Fatal(err)
		}
		return
	}
	path, trace := filepath.Join(t.TempDir(), "file"), filepath.Join(t.TempDir(), "trace")
	cmd := exec.CommandContext(t.Context(), "strace", "-f", "-y", "-e", "trace=fsync,rename,renameat,renameat2", "-o", trace,
		os.Args[0], "-test.run", "^TestReplaceSyncs$")
	cmd.Env = append(os.Environ(), "REPLACE="+path)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	calls, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	folder := regexp.QuoteMeta(filepath.Dir(path))
	if !regexp.MustCompile(`(?s)fsync\(\d+<` + folder + `/\.file\d+>.*rename.*\.file\d+".*"` + regexp.QuoteMeta(path) + `".*fsync\(\d+<` + folder + `>`).Match(calls) {
		t.Errorf("called:\n%s", calls)
	}
}
