package report

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cleaner/internal/queue"
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

// written returns a results file with n lines of the IDs id-0, id-1 and so on.
func written(t *testing.T, n int) (path, text string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "results")
	write(t, path, outcomesOf(0, n)...)
	return path, read(t, path)
}

// outcomesOf returns the outcomes of the IDs from the first to before the last.
func outcomesOf(first, last int) (os []queue.Outcome) {
	for i := first; i < last; i++ {
		o := outcome
		o.Delivery.ID = fmt.Sprintf("id-%d", i)
		o.At = noon.Add(time.Duration(i) * time.Second)
		os = append(os, o)
	}
	return os
}

// write opens the file, writes the outcomes one by one, and closes it.
func write(t *testing.T, path string, outcomes ...queue.Outcome) {
	t.Helper()
	r, err := OpenResults(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range outcomes {
		if err := r.Write(o); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTornLineIsCutOff(t *testing.T) {
	_, whole := written(t, 2)
	_, long := written(t, 5_000)                                                   // longer than what is read of it
	wide := sealed(`{"id":"a1","reason":"`+strings.Repeat("x", 10_000)+`"}`, Seed) // longer than what is read first
	tests := []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"whole lines", whole, whole},
		{"a torn line", whole + `{"id":"a2","outc`, whole},
		{"a line torn at its beginning", whole + `{"`, whole},
		{"a torn line alone", `{"id":"a2"`, ""},
		{"a line without its end", whole + strings.TrimSuffix(whole, "\n")[strings.Index(whole, "\n")+1:], whole},
		{"zeros after a power cut", whole + "\x00\x00\x00", whole},
		{"a line with zeros after a power cut", whole + `{"id":"a` + "\x00\x00\x00", whole},
		{"a large file", long + `{"id":"`, long},
		{"a wide line", wide + `{"id":"`, wide},
		{"a wide torn line", whole + `{"id":"` + strings.Repeat("x", 10_000), whole},
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
			write(t, path, outcome) // and the chain goes on
			if a := verify(t, read(t, path), Noted{}); !a.Whole() {
				t.Errorf("fault %v", a.Fault)
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("mode %v, error %v", info.Mode(), err)
			}
		})
	}
}

// sealed is one line with these own bytes behind a line with the value prev.
func sealed(own, prev string) string {
	line, _ := newLinker().seal([]byte(own), 0, chain([]byte(prev)))
	return string(line)
}

// TestAnotherFileIsLeftAlone: a file named by mistake loses nothing, nor does one
// of an older cleaner.
func TestAnotherFileIsLeftAlone(t *testing.T) {
	_, whole := written(t, 2)
	older := `{"id":"a1","outcome":"gone"}` + "\n"
	for _, text := range []string{
		"0123456789abcdef", "a1\na2", "\n{}", "a1\n", "{}\n", strings.Repeat(lineHead, longest),
		older, older + `{"id":"`, whole + older, whole + "\n",
		whole[:len(whole)-10] + "xxxxxxx\"}\n",                      // no hexadecimal digits
		sealed(`{"id":"`+strings.Repeat("x", 3*longest)+`"}`, Seed), // longer than any line
	} {
		path := filepath.Join(t.TempDir(), "tasks.txt")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenResults(path); err == nil || !strings.Contains(err.Error(), "name another file") {
			t.Errorf("%.40q: error %v", text, err)
		}
		if got := read(t, path); got != text {
			t.Errorf("%.40q: %d bytes left of %d", text, len(got), len(text))
		}
	}
}

// TestOneAppenderAtATime: two would make two chains of one file.
func TestOneAppenderAtATime(t *testing.T) {
	path, _ := written(t, 1)
	r, err := OpenResults(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenResults(path); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("a second appender: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, path, outcome)
}

// BenchmarkResultsWrite writes groups as large as the ledger's.
func BenchmarkResultsWrite(b *testing.B) {
	r, err := OpenResults(filepath.Join(b.TempDir(), "results"))
	if err != nil {
		b.Fatal(err)
	}
	group := outcomesOf(0, 64)
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Write(group...); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(group)), "ns/line")
	if err := r.Close(); err != nil {
		b.Error(err)
	}
}
