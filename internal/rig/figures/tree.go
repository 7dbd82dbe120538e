package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// source is one Go file that is no test.
type source struct {
	path  string // from the root, with slashes
	lines int    // as wc -l counts them
	ast   *ast.File
}

// folder is the path of the package that s belongs to.
func (s source) folder() string { return path.Dir(s.path) }

// product reports whether s is part of the product: no rig, and no suite of tests.
func (s source) product() bool {
	return !strings.HasPrefix(s.path, "internal/rig/") && !strings.HasSuffix(s.folder(), "test")
}

// tree is all Go files of a module that are no tests, in the order of their paths.
type tree struct {
	files []source
	fset  *token.FileSet
}

// readTree parses the module whose root is the folder root.
func readTree(root string) (*tree, error) {
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		return nil, fmt.Errorf("%s is not the root of a module: %w", root, err)
	}
	t := &tree{fset: token.NewFileSet()}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		switch name := d.Name(); {
		case err != nil:
			return err
		case d.IsDir() && file != root && (name == "testdata" || strings.HasPrefix(name, ".")):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		return t.add(root, file)
	})
	return t, err
}

// add parses one file.
func (t *tree) add(root, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	rel, err := filepath.Rel(root, file)
	if err != nil {
		return err
	}
	s := source{path: filepath.ToSlash(rel), lines: bytes.Count(text, []byte("\n"))}
	s.ast, err = parser.ParseFile(t.fset, s.path, text, parser.SkipObjectResolution)
	t.files = append(t.files, s)
	return err
}

// inspect calls see with every node of the product's files, parents first, and goes
// below a node when see returns true.
func (t *tree) inspect(see func(s source, n ast.Node) bool) {
	for _, s := range t.files {
		if s.product() {
			ast.Inspect(s.ast, func(n ast.Node) bool { return n != nil && see(s, n) })
		}
	}
}

// at is the file and the line of a node.
func (t *tree) at(n ast.Node) string {
	p := t.fset.Position(n.Pos())
	return fmt.Sprintf("%s:%d", p.Filename, p.Line)
}
