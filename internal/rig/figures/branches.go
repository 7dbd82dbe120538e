package main

import (
	"go/ast"
	"go/token"
	"path"
	"regexp"
)

var (
	// dryRunWord is what identifiers of the dry run are made of.
	dryRunWord = regexp.MustCompile(`(?i)dryrun|rehears`)
	// dryRunFile is what files that are about the dry run are called.
	dryRunFile = regexp.MustCompile(`^(dryrun|rehears)[^/]*\.go$`)
)

// dryRunBranches are the places outside the files of the dry run where the way goes
// on by an identifier of the dry run: the condition of an if, the value or a case of a
// switch, and both sides of && and ||. Of conditions within each other the outermost
// counts.
func (t *tree) dryRunBranches(limit int) figure {
	f := figure{name: "branches for the dry run outside its files", limit: limit}
	counted := map[ast.Node]bool{}
	t.inspect(func(s source, n ast.Node) bool {
		if dryRunFile.MatchString(path.Base(s.path)) {
			return false
		}
		for _, c := range conditions(n) {
			if counted[c] || !mentions(c, dryRunWord) {
				continue
			}
			f.where = append(f.where, t.at(c))
			ast.Inspect(c, func(n ast.Node) bool {
				counted[n] = true
				return true
			})
		}
		return true
	})
	f.value = len(f.where)
	return f
}

// conditions are what n decides by; none for most nodes.
func conditions(n ast.Node) []ast.Node {
	switch n := n.(type) {
	case *ast.IfStmt:
		return []ast.Node{n.Cond}
	case *ast.SwitchStmt:
		if n.Tag != nil {
			return []ast.Node{n.Tag}
		}
	case *ast.CaseClause:
		cases := make([]ast.Node, len(n.List))
		for i, c := range n.List {
			cases[i] = c
		}
		return cases
	case *ast.BinaryExpr:
		if n.Op == token.LAND || n.Op == token.LOR {
			return []ast.Node{n}
		}
	}
	return nil
}

// mentions reports whether n holds an identifier with the word in it.
func mentions(n ast.Node, word *regexp.Regexp) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && word.MatchString(id.Name) {
			found = true
		}
		return !found
	})
	return found
}
