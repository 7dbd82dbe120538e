package protect

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// protectList returns a guard over a list and the list's path.
func protectList(t *testing.T, text string) (*File, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "protect")
	rewrite(t, path, text)
	return Open(path), path
}

// rewrite truncates the file and writes it anew, as cp and > do.
func rewrite(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Error(err)
	}
}

// age makes the file look as if it was changed that long ago.
func age(t *testing.T, path string, d time.Duration) {
	t.Helper()
	then := time.Now().Add(-d)
	if err := os.Chtimes(path, then, then); err != nil {
		t.Fatal(err)
	}
}

// TestProtectListIsNeverReadHalf has a writer truncate and rewrite the list
// again and again, with the protected ID as its last line.
func TestProtectListIsNeverReadHalf(t *testing.T) {
	const id = "0123456789abcdef0123456789abcdef"
	other := strings.Repeat("another\n", 2000)
	p, path := protectList(t, other+id+"\n")
	age(t, path, time.Minute)
	if _, _, err := p.Protects(id); err != nil {
		t.Fatal(err)
	}
	done, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		for n := 0; ; n++ {
			rewrite(t, path, "")
			<-time.After(2 * time.Millisecond)
			rewrite(t, path, other+id[:16])
			<-time.After(2 * time.Millisecond)
			rewrite(t, path, other+id+"\n")
			pause := time.Millisecond
			if n%50 == 0 {
				pause = 2 * quiet // long enough to be read
			}
			select {
			case <-done:
				return
			case <-time.After(pause):
			}
		}
	}()
	asked := 0
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end); asked++ {
		_, protected, err := p.Protects(id)
		if err != nil {
			p.failed = nil // it stopped the pass; ask on
		} else if !protected {
			t.Fatalf("not protected when asked for the %d. time", asked+1)
		}
	}
	close(done)
	<-gone
	if asked == 0 {
		t.Error("never asked")
	}
}

func TestProtectListChanges(t *testing.T) {
	tests := []struct {
		name, before, after string
		wait                time.Duration // how long ago the change was
		want                string        // part of the error; empty: the new list counts
	}{
		{"a rule more", "a1\n", "a1\na2\n", 0, ""},
		{"emptied", "a1\n", "", 0, "no rule"},
		{"emptied long ago", "a1\n", "", time.Hour, "no rule"},
		{"comments alone", "a1\n", "# none\n", 0, "no rule"},
		{"the last line is cut", "a1\n", "a1\na2", 0, "no end"},
		{"the last line never had an end", "a1\n", "a1\na2", time.Minute, ""},
		{"a bad line", "a1\n", "re:(\n", 0, "bad line"},
		{"a time in the future", "a1\n", "a1\na2\n", -time.Hour, "future"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, path := protectList(t, tt.before)
			age(t, path, 2*time.Hour)
			if _, _, err := p.Protects("a2"); err != nil {
				t.Fatal(err)
			}
			rewrite(t, path, tt.after)
			if tt.wait != 0 {
				age(t, path, tt.wait)
			}
			_, protected, err := p.Protects("a2")
			switch {
			case tt.want == "" && (err != nil || !protected):
				t.Errorf("protected %v, error %v", protected, err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

// TestProtectListAtFirst: what a change may not be, the first list may, but for one
// without a rule.
func TestProtectListAtFirst(t *testing.T) {
	for _, text := range []string{"a1", "a1\n"} {
		p, _ := protectList(t, text)
		if _, protected, err := p.Protects("a1"); err != nil || !protected {
			t.Errorf("%q: protected %v, error %v", text, protected, err)
		}
	}
	for _, text := range []string{"", "\n", "# none\n"} {
		p, path := protectList(t, text)
		age(t, path, time.Hour)
		if _, _, err := p.Protects("a1"); !errors.Is(err, errNoRule) {
			t.Errorf("%q: error %v, want %v", text, err, errNoRule)
		}
	}
}

// TestProtectListIsWaitedFor: the first list may be caught truncated, and is not
// taken for an empty one while its writer goes on.
func TestProtectListIsWaitedFor(t *testing.T) {
	p, path := protectList(t, "")
	written := make(chan struct{})
	go func() {
		defer close(written)
		<-time.After(2 * quiet)
		rewrite(t, path, "a1\n")
	}()
	if _, protected, err := p.Protects("a1"); err != nil || !protected {
		t.Errorf("protected %v, error %v", protected, err)
	}
	<-written
}

// TestSameSizeAndTimeInAnotherFile: a file renamed over the list is another one.
func TestSameSizeAndTimeInAnotherFile(t *testing.T) {
	p, path := protectList(t, "a1\n")
	then := time.Now().Add(-time.Minute).Truncate(time.Second)
	next := path + ".new"
	rewrite(t, next, "a2\n")
	for _, name := range []string{path, next} {
		if err := os.Chtimes(name, then, then); err != nil {
			t.Fatal(err)
		}
	}
	if _, protected, err := p.Protects("a1"); err != nil || !protected {
		t.Fatalf("protected %v, error %v", protected, err)
	}
	if err := os.Rename(next, path); err != nil {
		t.Fatal(err)
	}
	if _, protected, err := p.Protects("a2"); err != nil || !protected {
		t.Errorf("protected %v, error %v", protected, err)
	}
}

// TestUnreadableListStaysSo: the guard does not make up its mind again while
// the pass it has stopped drains.
func TestUnreadableListStaysSo(t *testing.T) {
	p, path := protectList(t, "re:(\n")
	age(t, path, time.Minute)
	_, _, first := p.Protects("a1")
	rewrite(t, path, "a2\n")
	age(t, path, time.Minute)
	if _, _, err := p.Protects("a1"); first == nil || err == nil {
		t.Errorf("errors %v, then %v", first, err)
	}
}

// TestListThatNeverEnds: a pipe is no list, and nobody waits for its writer, neither at the
// beginning nor when one takes the place of the list.
func TestListThatNeverEnds(t *testing.T) {
	asked := func(p *File) error {
		t.Helper()
		answer := make(chan error, 1)
		go func() {
			_, _, err := p.Protects("a1")
			answer <- err
		}()
		select {
		case err := <-answer:
			return err
		case <-time.After(20 * time.Second):
			t.Fatal("there is no answer")
			return nil
		}
	}
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, "/dev/zero", "/dev/null"} {
		if err := asked(Open(path)); err == nil || !strings.Contains(err.Error(), path+": it is no regular file") {
			t.Errorf("%s: error %v", path, err)
		}
		if list, err := Read(path); list != nil || err == nil {
			t.Errorf("%s is read: %v", path, err)
		}
	}
	p, path := protectList(t, "a1\n")
	if err := asked(p); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(pipe, path); err != nil {
		t.Fatal(err)
	}
	if err := asked(p); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("a pipe in the place of the list: error %v", err)
	}
}

// TestProtectListStaysOpen: a list that a process has open for writing may not be whole, also
// when nothing is written just then: what protects an ID may be still to come.
func TestProtectListStaysOpen(t *testing.T) {
	p, path := protectList(t, "a1\n")
	age(t, path, time.Minute)
	w, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Protects("a2"); err == nil || !strings.Contains(err.Error(), "open for writing") {
		t.Errorf("error is %v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, protected, err := Open(path).Protects("a1"); err != nil || !protected {
		t.Errorf("when it is closed: protected %v, error %v", protected, err)
	}
}
