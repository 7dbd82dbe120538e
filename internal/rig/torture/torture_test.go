package main

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if code, done := enterPrivate(); done {
		os.Exit(code)
	}
	goleak.VerifyTestMain(m)
}

// TestScenarios runs each scenario in its short size against the real binary.
func TestScenarios(t *testing.T) {
	binary := build(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d\n%s", seed, tableHead)
	l, err := newLab(t.Context(), binary, t.TempDir(), seed, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range scenarios() {
		if s.longOnly {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			l.random = rand.New(rand.NewPCG(seed, 0))
			sum, err := s.run(t.Context(), l)
			t.Log("\n" + sum.line(s.name, err))
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// build builds the binary, with the Makefile's flags so that the two share what
// is compiled.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "cleaner")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "cleaner/cmd/cleaner")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build cleaner: %v\n%s", err, out)
	}
	return binary
}
