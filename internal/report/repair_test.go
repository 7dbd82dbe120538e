package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestResultsSurviveTheProcess: a line is in the file when Write returns.
func TestResultsSurviveTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results")
	r, err := OpenResults(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 3; n++ {
		if err := r.Write(outcome); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if got := strings.Count(string(text), "\n"); err != nil || got != n || !strings.HasSuffix(string(text), "\n") {
			t.Errorf("%d whole lines after %d were written, error %v", got, n, err)
		}
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

func TestTornLineIsCutOff(t *testing.T) {
	whole := `{"id":"a1","outcome":"gone"}` + "\n"
	long := strings.Repeat(whole, 50_000) // longer than what is read of it
	tests := []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"whole lines", whole + whole, whole + whole},
		{"a torn line", whole + `{"id":"a2","outc`, whole},
		{"a line torn at its beginning", whole + `{"`, whole},
		{"a torn line alone", `{"id":"a2"`, ""},
		{"a line without its end", whole + `{"id":"a2","outcome":"gone"}`, whole},
		{"a large file", long + `{"id":"`, long},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "results")
			if err := os.WriteFile(path, []byte(tt.text), 0o644); err != nil { // public before, private after
				t.Fatal(err)
			}
			r, err := OpenResults(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
			got, err := os.ReadFile(path)
			if err != nil || string(got) != tt.want {
				t.Errorf("%d bytes left, want %d; error %v", len(got), len(tt.want), err)
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("mode %v, error %v", info.Mode(), err)
			}
		})
	}
}

// TestAnotherFileIsLeftAlone: a file named by mistake loses nothing.
func TestAnotherFileIsLeftAlone(t *testing.T) {
	for _, text := range []string{"0123456789abcdef", "a1\na2", "\n{}", strings.Repeat(lineHead, longest)} {
		path := filepath.Join(t.TempDir(), "tasks.txt")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenResults(path); err == nil || !strings.Contains(err.Error(), "name another file") {
			t.Errorf("error %v", err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("%d bytes left of %d, error %v", len(got), len(text), err)
		}
	}
}

func BenchmarkResultsWrite(b *testing.B) {
	r, err := OpenResults(filepath.Join(b.TempDir(), "results"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := r.Write(outcome); err != nil {
			b.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		b.Error(err)
	}
}
