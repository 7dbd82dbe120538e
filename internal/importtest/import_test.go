// Package importtest keeps the rooms apart: it reads the imports of every
// package and fails when one reaches where the drawing has no arrow.
package importtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "cleaner/"

// allowed says which rooms of ours each room may import. A room that is not
// listed here does not exist; cmd/cleaner may import all.
var allowed = map[string][]string{
	"internal/api":      {},
	"internal/config":   {},
	"internal/policy":   {},
	"internal/queue":    {},
	"internal/sim":      {},
	"internal/source":   {},
	"internal/worker":   {"internal/policy", "internal/queue"},
	"internal/report":   {"internal/queue", "internal/worker"},
	"internal/metrics":  {"internal/policy", "internal/queue", "internal/worker"},
	"internal/trace":    {"internal/policy", "internal/worker"},
	"internal/schedule": {},
	"internal/daemon":   {},
	// This test, and programs that measure and show the others from outside.
	"internal/importtest":  {},
	"internal/doctest":     {},
	"internal/bench":       {"internal/sim"},
	"internal/demo":        {"internal/sim"},
	"internal/torture":     {"internal/sim"},
	"internal/observetest": {"internal/sim"},
}

// forbidden names packages a room must never see, whoever wrote them.
var forbidden = map[string][]string{
	"internal/policy": {"net/http", "os", "database/sql"},
	"internal/queue":  {"net/http"},
	"internal/worker": {"net/http", "os", "database/sql"},
}

func TestRoomsKeepApart(t *testing.T) {
	imports := importsOf(t, "../..")
	if len(imports) < 5 {
		t.Fatalf("found %d rooms only: the test looks in the wrong place", len(imports))
	}
	for room, paths := range imports {
		if room == "cmd/cleaner" {
			continue
		}
		may, known := allowed[room]
		if !known {
			t.Errorf("%s is not in the drawing: add it to the table with what it may import", room)
		}
		for _, path := range paths {
			if slices.Contains(forbidden[room], path) {
				t.Errorf("%s imports %s, which it must not see", room, path)
			}
			if to, ours := strings.CutPrefix(path, module); ours && roomOf(to) != room && !slices.Contains(may, roomOf(to)) {
				t.Errorf("%s imports %s: there is no such arrow", room, to)
			}
		}
	}
}

// importsOf maps each room below root to what its packages import, tests left out.
func importsOf(t *testing.T, root string) map[string][]string {
	t.Helper()
	imports := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == ".ci" {
			return filepath.SkipDir // tools of other modules
		}
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		room := roomOf(filepath.ToSlash(rel))
		imports[room] = append(imports[room], pathsOf(file.Imports)...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return imports
}

// roomOf is the first two elements of a package's path.
func roomOf(pkg string) string {
	parts := strings.SplitN(pkg, "/", 3)
	return strings.Join(parts[:min(2, len(parts))], "/")
}

func pathsOf(specs []*ast.ImportSpec) []string {
	paths := make([]string, 0, len(specs))
	for _, s := range specs {
		path, err := strconv.Unquote(s.Path.Value)
		if err != nil {
			panic(err) // the parser has accepted it
		}
		paths = append(paths, path)
	}
	return paths
}
