package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFigures: every figure of a small tree is the one that was counted by hand.
func TestFigures(t *testing.T) {
	tree, err := readTree("testdata/tree")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, f := range tree.figures() {
		got[f.name] = f.value
	}
	want := map[string]int{
		"cmd/cleaner, lines": 11,
		"cmd/cleaner, files": 2,
		"packages that import queue/sqlite, beside ledger": 2,
		"largest struct, fields":                           6,
		"largest record, fields":                           5,
		"largest type, methods":                            3,
		"largest interface piece, methods":                 2,
		"structs that count states":                        3,
		"branches for the dry run outside its files":       5,
		"files that a sign-in method touches":              2,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestPlaces: a figure names the places that it counts.
func TestPlaces(t *testing.T) {
	tree, err := readTree("testdata/tree")
	if err != nil {
		t.Fatal(err)
	}
	types := tree.types()
	for _, row := range []struct {
		name      string
		got, want []string
	}{
		{"importers", tree.ledgerImporters(0).where, []string{"cmd/cleaner, 2 files", "internal/rig/bench, 1 files"}},
		{"fields", largest("", 3, types.actors).where, []string{"internal/thing.Large, 6"}},
		{"records", largest("", 3, types.records).where, []string{
			"internal/thing.Public, 5", "internal/thing.twoStates, 5", "internal/thing.running, 4",
		}},
		{"methods", largest("", 0, types.methods).where, []string{"internal/thing.Large, 3", "internal/thing.Public, 3", "internal/thing.Small, 3", "internal/thing.Of, 1"}},
		{"interfaces", largest("", 0, types.pieces).where, []string{"internal/thing.Piece, 2", "internal/thing.Whole, 1"}},
		{"states", types.counters, []string{
			"internal/thing.Counts (Pending, Deleted, Dead) at internal/thing/types.go:50",
			"internal/thing.running (gone, protected, PENDING) at internal/thing/types.go:56",
			"struct at internal/thing/types.go:71 (Gone, Dead, Deleted) at internal/thing/types.go:71",
		}},
		{"branches", tree.dryRunBranches(0).where, []string{
			"internal/thing/branches.go:5", "internal/thing/branches.go:10", "internal/thing/branches.go:15",
			"internal/thing/branches.go:17", "internal/thing/branches.go:21",
		}},
		{"methods of signing in", tree.methodPlaces(0).where, []string{
			"internal/config/auth.go, 1 mentions", "internal/signin/accesskey.go, 2 mentions",
		}},
	} {
		if diff := cmp.Diff(row.want, row.got); diff != "" {
			t.Errorf("%s: %s", row.name, diff)
		}
	}
}

// TestLimits: the exit code is 1 only when a limit is exceeded and -limits is given.
func TestLimits(t *testing.T) {
	for _, row := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"without -limits", []string{"testdata/tree"}, 0, "exceeded"},
		{"with -limits", []string{"-limits", "testdata/tree"}, 1, "\npackages that import queue/sqlite, beside ledger:\n  cmd/cleaner, 2 files\n"},
		{"no limit exceeded", []string{"-limits", small(t)}, 0, "limit"},
		{"no module", []string{"testdata"}, 2, "not the root of a module"},
		{"two folders", []string{"a", "b"}, 2, ""},
		{"unknown flag", []string{"-x"}, 2, "-x"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var out strings.Builder
			if code := run(row.args, &out, &out); code != row.code {
				t.Errorf("exit code %d, want %d", code, row.code)
			}
			if !strings.Contains(out.String(), row.says) {
				t.Errorf("%q is not in:\n%s", row.says, out.String())
			}
		})
	}
}

// small is a module with nothing in it that any limit forbids.
func small(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module small\n", "a.go": "package a\n\ntype a struct{ b int }\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// TestLimitsHold: the product keeps its limits.
func TestLimitsHold(t *testing.T) {
	var out strings.Builder
	if code := run([]string{"-limits", "../../.."}, &out, os.Stderr); code != 0 {
		t.Errorf("exit code %d:\n%s", code, out.String())
	}
}
