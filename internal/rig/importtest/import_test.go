// Package importtest keeps the packages apart: it reads the imports of each one and
// fails when one reaches where the drawing has no arrow.
package importtest

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const module = "cleaner/"

// TestPackagesKeepApart holds the imports of this module to the drawing.
func TestPackagesKeepApart(t *testing.T) {
	imports := importsOf(t, "../../..")
	for _, pkg := range []string{"cmd/cleaner", "internal/queue/sqlite", "internal/rig/demo"} {
		if len(imports[pkg]) == 0 {
			t.Errorf("%s has no imports: the test looks in the wrong place", pkg)
		}
	}
	for _, fault := range drawing.faults(imports) {
		t.Error(fault)
	}
}

// TestProductLinksNoRig: the tables look at all files, whatever their build tags. What is
// linked without tags holds no rig, and nothing that only rigs use.
func TestProductLinksNoRig(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "cleaner/cmd/cleaner").Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	if !slices.Contains(deps, "cleaner/internal/worker") {
		t.Errorf("internal/worker is not in it: %q", deps)
	}
	for _, dep := range deps {
		for _, rig := range []string{module + "internal/rig", "github.com/spf13/cobra/doc", "github.com/cpuguy83/go-md2man/v2"} {
			if within(dep, rig) {
				t.Errorf("it links %s", dep)
			}
		}
	}
}

// TestRulesHold: what each table forbids is found, and what it allows is not.
func TestRulesHold(t *testing.T) {
	r := rules{
		may:   map[string]string{"cmd/x": "internal/a internal/c", "internal/a": "internal/b", "internal/b": "", "internal/c": "internal/b", "internal/later": "internal/b"},
		only:  map[string]string{"example.org/flags": "cmd/x", "cleaner/internal/c": "cmd/x"},
		never: map[string]string{"internal/a": "net/http os", "internal/later": "os"},
	}
	good := map[string][]string{
		"cmd/x":      {"example.org/flags", "example.org/flags/doc", "cleaner/internal/a", "cleaner/internal/c", "os"},
		"internal/a": {"cleaner/internal/b", "net/url", "osm"},
		"internal/b": {"example.org/flagship"},
		"internal/c": {"cleaner/internal/b", "net/http", "os"},
	}
	if faults := r.faults(good); len(faults) > 0 {
		t.Errorf("faults in what is allowed: %q", faults)
	}
	for _, row := range []struct {
		name, pkg, imports string
		want               []string
	}{
		{"no arrow", "internal/b", "cleaner/internal/a", []string{"internal/b imports internal/a: there is no such arrow"}},
		{"no arrow below one that is allowed", "internal/a", "cleaner/internal/b/below", []string{"internal/a imports internal/b/below: there is no such arrow"}},
		{"an unknown package", "internal/new", "fmt", []string{"internal/new is not in the drawing: give it a line in the table may"}},
		{"the wrong importer", "internal/b", "example.org/flags/doc", []string{"internal/b imports example.org/flags/doc, which only cmd/x may"}},
		{"never", "internal/a", "os", []string{"internal/a imports os, which it must not see"}},
		{"below never", "internal/a", "os/exec", []string{"internal/a imports os/exec, which it must not see"}},
		{"never, through another", "internal/b", "os", []string{"internal/a imports os through internal/b, which it must not see"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			bad := maps.Clone(good)
			bad[row.pkg] = append(slices.Clone(bad[row.pkg]), row.imports)
			if diff := cmp.Diff(row.want, r.faults(bad)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// faults returns what the imports of all packages do against the rules, sorted.
func (r rules) faults(imports map[string][]string) (faults []string) {
	for pkg, paths := range imports {
		list, known := r.may[pkg]
		if !known {
			faults = append(faults, pkg+" is not in the drawing: give it a line in the table may")
			continue
		}
		for _, path := range paths {
			if to, ours := strings.CutPrefix(path, module); ours && !slices.Contains(strings.Fields(list), to) {
				faults = append(faults, fmt.Sprintf("%s imports %s: there is no such arrow", pkg, to))
			}
			for limited, importers := range r.only {
				if within(path, limited) && !slices.Contains(strings.Fields(importers), pkg) {
					faults = append(faults, fmt.Sprintf("%s imports %s, which only %s may", pkg, path, importers))
				}
			}
		}
	}
	for pkg, list := range r.never {
		for path, through := range reached(imports, pkg) {
			if slices.ContainsFunc(strings.Fields(list), func(never string) bool { return within(path, never) }) {
				faults = append(faults, fmt.Sprintf("%s imports %s%s, which it must not see", pkg, path, through))
			}
		}
	}
	slices.Sort(faults)
	return slices.Compact(faults)
}

// within reports whether path is pkg, or lies below it.
func within(path, pkg string) bool { return path == pkg || strings.HasPrefix(path, pkg+"/") }

// reached returns what pkg imports, itself and through packages of ours. With each
// import comes the way to it: empty when it is pkg's own.
func reached(imports map[string][]string, pkg string) map[string]string {
	all := map[string]string{}
	ways := map[string]string{pkg: ""}
	for next := []string{pkg}; len(next) > 0; next = next[1:] {
		way := ways[next[0]]
		for _, path := range imports[next[0]] {
			if _, seen := all[path]; !seen {
				all[path] = way
			}
			to, ours := strings.CutPrefix(path, module)
			if _, seen := ways[to]; ours && !seen {
				ways[to] = " through " + to
				next = append(next, to)
			}
		}
	}
	return all
}

// importsOf maps each package below root to what its files import, tests left out.
func importsOf(t *testing.T, root string) map[string][]string {
	t.Helper()
	imports := map[string][]string{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); name == "testdata" || name != ".." && strings.HasPrefix(name, ".") {
				return filepath.SkipDir // no packages of this module
			}
			return nil
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		paths, err := pathsIn(file)
		pkg := path.Dir(filepath.ToSlash(rel))
		imports[pkg] = append(imports[pkg], paths...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return imports
}

// pathsIn returns what one file imports.
func pathsIn(file string) (paths []string, err error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	for _, s := range parsed.Imports {
		p, err := strconv.Unquote(s.Path.Value)
		if err != nil {
			return nil, err
		}
		paths = append(paths, p)
	}
	return paths, nil
}
