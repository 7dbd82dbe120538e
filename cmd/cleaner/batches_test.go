package main

import (
	"strings"
	"testing"

	"cleaner/internal/sim"
)

// wantNoBatch has each command that takes a batch refuse the name of one that does not exist,
// and say which batches there are.
func (st *stage) wantNoBatch(which string) {
	for _, command := range [][]string{
		{"dead", "list"}, {"dead", "requeue"}, {"dead", "drop"}, {"run"}, {"run", "--dry-run"},
	} {
		st.wantMisuse(append(command, "--batch", "nosuch"), which)
	}
	st.wantMisuse([]string{"withdraw", "--reason", "x", "nosuch"}, which)
	st.wantMisuse([]string{"release", "--reason", "x", "nosuch"}, which)
}

func (st *stage) wantMisuse(command []string, which string) {
	code, _, stderr := st.cleaner(command...)
	if code != exitUsage || !strings.Contains(stderr, "the ledger has no batch \"nosuch\"") || !strings.Contains(stderr, which) {
		st.Errorf("%v: exit code %d, %s", command, code, stderr)
	}
}

// TestNoBatch: a ledger that was never made has no batch either.
func TestNoBatch(t *testing.T) {
	newStage(t, sim.Options{}).wantNoBatch("it has none")
}
