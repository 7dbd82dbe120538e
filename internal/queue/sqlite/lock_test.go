package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"cleaner/internal/queue"
)

func TestLock(t *testing.T) {
	path := ledgerPath(t)
	if held, err := HolderOf(path); held != nil || err != nil {
		t.Errorf("HolderOf before any ledger = %v, %v", held, err)
	}
	before := time.Now().Add(-time.Second)
	l := open(t, path, Options{Command: "run"})
	host, _ := os.Hostname()
	held, err := HolderOf(path)
	if held == nil || err != nil {
		t.Fatalf("HolderOf = %v, %v", held, err)
	}
	h := held.Holder
	if h.PID != os.Getpid() || h.Host != host || h.Command != "run" || h.Since.Before(before) {
		t.Errorf("HolderOf = %+v", h)
	}
	for _, o := range []Options{{}, {Rehearse: true}} {
		_, err = Open(t.Context(), path, o)
		if locked, ok := errors.AsType[*queue.LockedError](err); !ok || locked.Holder != h {
			t.Fatalf("the second Open = %v, want a LockedError of %+v", err, h)
		}
		for _, want := range []string{"(run)", host, h.Since.Format("2006-01-02")} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q does not say %q", err, want)
			}
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if held, err := HolderOf(path); held != nil || err != nil {
		t.Errorf("HolderOf after Close = %v, %v", held, err)
	}
	open(t, path, Options{})
}

// A holder that died leaves its name, and nobody is kept out by that.
func TestLockOfTheDead(t *testing.T) {
	path := ledgerPath(t)
	l := open(t, path, Options{})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	writeFile(t, path+".lock", `{"pid":1,"host":"elsewhere","since":"2026-01-02T03:04:05Z","command":"serve"}`)
	if held, err := HolderOf(path); held != nil || err != nil {
		t.Errorf("HolderOf = %v, %v", held, err)
	}
	open(t, path, Options{})
}

// A lock whose holder has not written its name yet, or wrote nonsense.
func TestLockWithoutName(t *testing.T) {
	path := ledgerPath(t)
	open(t, path, Options{})
	for _, text := range []string{"", "{", "null"} {
		writeFile(t, path+".lock", text)
		_, err := Open(t.Context(), path, Options{})
		if locked, ok := errors.AsType[*queue.LockedError](err); !ok || locked.Holder.PID != 0 || !strings.Contains(err.Error(), "another process") {
			t.Errorf("with %q in the lock, Open = %v", text, err)
		}
	}
}

func TestLockIsNoLink(t *testing.T) {
	path := ledgerPath(t)
	l := open(t, path, Options{})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path + ".lock"); err != nil {
		t.Fatal(err)
	}
	victim := path + ".victim"
	writeFile(t, victim, "precious")
	if err := os.Symlink(victim, path+".lock"); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path, Options{}); err == nil {
		t.Error("a lock that is a symbolic link was followed")
	}
	if text, _ := os.ReadFile(victim); string(text) != "precious" {
		t.Errorf("the file behind the link is now %q", text)
	}
}

// Looking who holds the ledger does not keep anybody from taking it.
func TestLookingDoesNotLock(t *testing.T) {
	path := ledgerPath(t)
	stop := make(chan struct{})
	var lookers sync.WaitGroup
	for range 2 {
		lookers.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(time.Millisecond):
				}
				if _, err := HolderOf(path); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 20 {
		l, err := Open(t.Context(), path, Options{})
		if err != nil {
			t.Error(err)
			break
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	lookers.Wait()
}

// A full disk is told as one wherever it shows, and so is what to do.
func TestExplainFullDisk(t *testing.T) {
	err := explain(fmt.Errorf("sign lock: %w", &fs.PathError{Op: "write", Path: "q.db.lock", Err: syscall.ENOSPC}))
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "make room") {
		t.Errorf("explained as %q", err)
	}
	if twice := explain(fmt.Errorf("open ledger: %w", err)); twice.Error() != "open ledger: "+err.Error() {
		t.Errorf("the advice is given twice: %v", twice)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%v is not known by its cause any more", err)
	}
}
