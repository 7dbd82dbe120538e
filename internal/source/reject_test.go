package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// rejectsOf reads the sources of texts, by their names in order, and returns the lines
// of the file that keeps their rejected lines.
func rejectsOf(t *testing.T, path string, texts ...[2]string) []Reject {
	t.Helper()
	dir := t.TempDir()
	for _, nameText := range texts {
		name := filepath.Join(dir, nameText[0])
		if err := os.WriteFile(name, []byte(nameText[1]), 0o600); err != nil {
			t.Fatal(err)
		}
		readPath(t, name, Options{Check: checkHex, InvalidShare: 0.5, Rejects: path})
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var lines []Reject
	for line := range strings.Lines(string(text)) {
		var r Reject
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		r.Source = filepath.Base(r.Source)
		lines = append(lines, r)
	}
	return lines
}

// TestRejectsFile: the file has of each source what the last reading rejected, and
// nobody else may read it.
func TestRejectsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rejects.jsonl")
	const reason = `"x\"y" is not hexadecimal`
	got := rejectsOf(t, path, [2]string{"a.txt", "a1\nx\"y\n"}, [2]string{"b.txt", "z\n"}, [2]string{"c.txt", "a1\n"}, [2]string{"a.txt", "a1\n\nx\"y\n"})
	want := []Reject{
		{Source: "b.txt", Line: 1, Text: "z", Reason: `"z" is not hexadecimal`},
		{Source: "a.txt", Line: 3, Text: `x"y`, Reason: reason},
	}
	for i := range got {
		got[i].Reason = strings.ReplaceAll(got[i].Reason, `\"`, `"`)
	}
	want[1].Reason = strings.ReplaceAll(want[1].Reason, `\"`, `"`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %o", info.Mode().Perm())
	}
}

// TestRejectsOfNone: a source that rejects nothing makes no file, and takes its old
// lines out of one.
func TestRejectsOfNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rejects.jsonl")
	dir := t.TempDir()
	name := filepath.Join(dir, "a.txt")
	for _, text := range []string{"a1\n", "x\n", "a1\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		readPath(t, name, Options{Check: checkHex, Rejects: path})
		kept, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if (len(kept) > 0) != (text == "x\n") {
			t.Errorf("after %q it has %q", text, kept)
		}
	}
}

// TestRejectsAreBounded, of one source and of all.
func TestRejectsAreBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rejects.jsonl")
	for i := range 15 {
		many := strings.Repeat("a1\n", 1500) + strings.Repeat("x\n", 1200)
		got := rejectsOf(t, path, [2]string{fmt.Sprint(i, ".txt"), many})
		last := got[len(got)-1]
		if last.Line != 2501 || !strings.Contains(last.Reason, "200 more") {
			t.Errorf("the last line is %+v", last)
		}
		if want := min(keptOfSource*(i+1)+i+1, keptOfAll); len(got) != want {
			t.Errorf("%d lines, want %d", len(got), want)
		}
	}
}

func TestRejectsFollowNoLink(t *testing.T) {
	dir := t.TempDir()
	victim, link := filepath.Join(dir, "victim"), filepath.Join(dir, "rejects")
	if err := os.Symlink(victim, link); err != nil {
		t.Fatal(err)
	}
	if err := replaceRejects(link, "a", []Reject{{}}); err == nil {
		t.Error("a symbolic link was followed")
	}
	if _, err := os.Lstat(victim); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file behind it was made: %v", err)
	}
}

// TestHopeless: reading ends early where the rest cannot save the source.
func TestHopeless(t *testing.T) {
	good, bad := strings.Repeat("a1\n", 5000), strings.Repeat("x\n", 5000)
	for _, row := range []struct {
		name, text string
		share      float64
		lines      int
		refused    bool
	}{
		{"all bad", bad, 0.01, 1000, true},
		{"none allowed", good + bad, 0, 6000, true},
		{"bad from the middle on", good + bad, 0.01, 6000, true},
		{"bad at first", bad + strings.Repeat(good, 200), 0.01, 1000, true},
		{"half allowed", bad + good, 0.5, 10000, false},
		{"all allowed", bad + "a1\n", 1, 5001, false},
		{"all allowed and all bad", bad, 1, 5000, true},
	} {
		got := readPath(t, Stdin, Options{Stdin: strings.NewReader(row.text), Check: checkHex, InvalidShare: row.share})
		e, refused := errors.AsType[*RefusedError](got.err)
		if refused != row.refused || got.stats.Lines != row.lines {
			t.Errorf("%s: %v after %d lines", row.name, got.err, got.stats.Lines)
		}
		if refused && e.Early != (row.lines < strings.Count(row.text, "\n")) {
			t.Errorf("%s: %v", row.name, e)
		}
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

// TestRejectsOfTwoReaders: what is read at the same time by several processes loses no
// lines of each other.
func TestRejectsOfTwoReaders(t *testing.T) {
	path := filepath.Join(t.TempDir(), "not", "yet", "rejects.jsonl")
	var readers sync.WaitGroup
	for n := range 8 {
		readers.Go(func() {
			if err := replaceRejects(path, fmt.Sprint(n), []Reject{{Source: fmt.Sprint(n), Line: 1, Reason: "no"}}); err != nil {
				t.Error(err)
			}
		})
	}
	readers.Wait()
	text, err := os.ReadFile(path)
	if lines := bytes.Count(text, []byte("\n")); err != nil || lines != 8 {
		t.Errorf("%d lines, %v:\n%s", lines, err, text)
	}
	if err := replaceRejects(filepath.Join(t.TempDir(), "none", "r"), "a", nil); err != nil {
		t.Errorf("nothing to keep: %v", err)
	}
}
