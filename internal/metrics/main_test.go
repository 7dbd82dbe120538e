package metrics

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"
	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is a moment for tests, on a whole second.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// golden compares got with a file in testdata, or writes it under -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got), run with -update if that is meant:\n%s", file, diff)
	}
}

// rendered is what a scrape of our own metrics shows, the version of Go apart.
func rendered(t *testing.T, m *Metrics) string {
	t.Helper()
	gathered, err := m.own.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	for _, f := range gathered {
		if _, err := expfmt.MetricFamilyToText(&text, f); err != nil {
			t.Fatal(err)
		}
	}
	return strings.ReplaceAll(text.String(), runtime.Version(), "go")
}

// shows fails the test unless the metrics that lines have show just that.
func shows(t *testing.T, m *Metrics, lines string) {
	t.Helper()
	want := strings.TrimSpace(lines)
	names := map[string]bool{}
	for line := range strings.Lines(want) {
		name, _, _ := strings.Cut(line, " ")
		name, _, _ = strings.Cut(name, "{")
		names[name] = true
	}
	var got []string
	for line := range strings.Lines(rendered(t, m)) {
		name, _, _ := strings.Cut(line, " ")
		name, _, _ = strings.Cut(name, "{")
		if names[name] && !strings.HasSuffix(line, " 0\n") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	if diff := cmp.Diff(want, strings.Join(got, "\n")); diff != "" {
		t.Errorf("what is shown and not zero differs (-want +got):\n%s", diff)
	}
}

// lacks fails the test if there is any series of these names.
func lacks(t *testing.T, m *Metrics, names ...string) {
	t.Helper()
	for _, name := range names {
		if n, err := testutil.GatherAndCount(m.own, name); n != 0 || err != nil {
			t.Errorf("%s has %d series (%v), want none", name, n, err)
		}
	}
}
