package source

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestRejectsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rejects.jsonl")
	r := NewRejects(path)
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is a file before the first line: %v", err)
	}
	for range 2 { // it is opened again, and appended to
		if err := r.Put(Reject{Source: "a.txt", Line: 7, Text: "x\"y", Reason: "bad"}); err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Repeat(`{"source":"a.txt","line":7,"text":"x\"y","reason":"bad"}`+"\n", 2); string(text) != want {
		t.Errorf("the file has %s", text)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %o", info.Mode().Perm())
	}
}

func TestRejectsFollowNoLink(t *testing.T) {
	dir := t.TempDir()
	victim, link := filepath.Join(dir, "victim"), filepath.Join(dir, "rejects")
	if err := os.Symlink(victim, link); err != nil {
		t.Fatal(err)
	}
	if err := NewRejects(link).Put(Reject{}); err == nil {
		t.Error("a symbolic link was followed")
	}
	if _, err := os.Lstat(victim); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file behind it was made: %v", err)
	}
}

func TestRejectsShared(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rejects.jsonl")
	r := NewRejects(path)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if err := r.Put(Reject{Text: strings.Repeat("x", 100)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(string(text), "\"}\n"); got != 400 {
		t.Errorf("the file has %d lines", got)
	}
}

// FuzzPrintable checks that nothing dangerous reaches a terminal.
func FuzzPrintable(f *testing.F) {
	f.Add([]byte("\x1b]0;title\x07"))
	f.Add([]byte(strings.Repeat("\xff", 300)))
	f.Add([]byte(strings.Repeat("é", 150)))
	f.Fuzz(func(t *testing.T, text []byte) {
		s := printable(text)
		if len(s) > maxReject || !utf8.ValidString(s) {
			t.Errorf("%d bytes: %q", len(s), s)
		}
		for _, c := range s {
			if !unicode.IsPrint(c) && c != unicode.ReplacementChar {
				t.Errorf("%q has %q", s, c)
			}
		}
	})
}
