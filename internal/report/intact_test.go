package report

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cleaner/internal/queue"
)

// TestResultsAreTouched: a file that somebody removes, replaces, cuts or writes to is told
// by the next Write, or by Close if none comes, and Restore makes it whole. One that was moved
// to another name has all lines there.
func TestResultsAreTouched(t *testing.T) {
	remove := func(path string) error { return os.Remove(path) }
	cut := func(path string) error { return os.Truncate(path, 0) }
	for _, tt := range []struct {
		name  string
		touch func(path string) error
		says  string // empty: it is no fault
	}{
		{"removed", remove, "it was removed or replaced"},
		{"replaced", func(path string) error {
			return errors.Join(os.WriteFile(path+".new", nil, 0o600), os.Rename(path+".new", path))
		}, "it was removed or replaced"},
		{"cut", cut, "it was cut, or written to by somebody else"},
		{"copied and cut", func(path string) error {
			text, err := os.ReadFile(path)
			return errors.Join(err, os.WriteFile(path+".1", text, 0o600), cut(path))
		}, "it was cut, or written to by somebody else"},
		{"written to", func(path string) error {
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteString("# a note\n")
			return errors.Join(err, f.Close())
		}, "it was cut, or written to by somebody else"},
		{"moved", func(path string) error { return os.Rename(path, path+".1") }, ""},
	} {
		for _, last := range []bool{false, true} { // no Write follows
			t.Run(tt.name, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "results")
				outcomes := outcomesOf(0, 3)
				settled := outcomes[:2]
				if err := interrupted(path, outcomes, last, tt.touch); tt.says == "" && err != nil ||
					tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), path)) {
					t.Errorf("error %v, want %q", err, tt.says)
				}
				if tt.name == "written to" {
					return // OpenResults refuses it: TestAnotherFileIsLeftAlone
				}
				if !last {
					settled = outcomes
				}
				if tt.says == "" {
					path += ".1"
				}
				added, err := Restore(path, settledOf(settled))
				if err != nil || tt.says == "" && added != 0 {
					t.Errorf("%d lines restored, %v", added, err)
				}
				text := read(t, path)
				for _, o := range settled {
					if n := strings.Count(text, `"id":"`+o.Delivery.ID+`"`); n != 1 {
						t.Errorf("%d lines of %s in\n%s", n, o.Delivery.ID, text)
					}
				}
				if a := verify(t, text, Noted{}); !a.Whole() {
					t.Errorf("%+v", a)
				}
			})
		}
	}
}

// interrupted writes two outcomes to the file, touches it, and writes a third one unless
// the second was the last.
func interrupted(path string, outcomes []queue.Outcome, last bool, touch func(string) error) error {
	r, err := OpenResults(path)
	if err != nil {
		return err
	}
	err = errors.Join(r.Write(outcomes[0]), r.Write(outcomes[1]), touch(path))
	if err == nil && !last {
		err = r.Write(outcomes[2])
	}
	return errors.Join(err, r.Close())
}

// TestPipesAreNotMeasured: what is no regular file has no size that could be wrong.
func TestPipesAreNotMeasured(t *testing.T) {
	r, err := OpenResults(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.Write(outcome), r.Write(outcome), r.Close()); err != nil {
		t.Error(err)
	}
}
