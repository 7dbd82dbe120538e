package main

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// count is how many parts something has.
type count struct {
	name  string
	parts int
}

// types are the types of the product.
type types struct {
	// actors counts the fields of each struct that holds state and acts, and records those
	// of each other one. A name counts one, an embedded type too.
	actors, records []count
	// methods counts those of each type, on itself and on its pointer.
	methods []count
	// pieces counts the methods that each named interface declares itself. What it
	// embeds counts nothing.
	pieces []count
	// counters are the structs with at least three whole numbers that are named after
	// states of a task ID.
	counters []string
}

// fewestMethods is from how many methods on a type acts.
const fewestMethods = 3

// holder is a struct with its fields, before its methods are known.
type holder struct {
	count
	private bool // a field is not exported
}

// types reads them from the product's files. A type is called by its package and its
// name, a struct without a name by its place.
//
// A struct that holds state and acts has a field that is not exported and at least
// fewestMethods methods. All others are records: options, rows of a table, what is read and
// written as JSON, rulings, results. A record may be as long as what it describes, because
// whoever reads it sees all of it; so records are only listed.
func (t *tree) types() types {
	var all types
	methods := map[string]int{}
	named := map[ast.Expr]string{}
	var structs []holder
	t.inspect(func(s source, n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Recv != nil {
				methods[s.folder()+"."+receiver(n.Recv.List[0].Type)]++
			}
		case *ast.TypeSpec:
			named[n.Type] = s.folder() + "." + n.Name.Name
			if i, ok := n.Type.(*ast.InterfaceType); ok {
				all.pieces = append(all.pieces, count{named[i], declared(i)})
			}
		case *ast.StructType:
			name := named[n]
			if name == "" {
				name = "struct at " + t.at(n)
			}
			structs = append(structs, holder{count{name, n.Fields.NumFields()}, hides(n)})
			if states := countedStates(n); len(states) >= 3 {
				all.counters = append(all.counters, fmt.Sprintf("%s (%s) at %s", name, strings.Join(states, ", "), t.at(n)))
			}
		}
		return true
	})
	for _, s := range structs {
		if s.private && methods[s.name] >= fewestMethods {
			all.actors = append(all.actors, s.count)
		} else {
			all.records = append(all.records, s.count)
		}
	}
	for name, n := range methods {
		all.methods = append(all.methods, count{name, n})
	}
	return all
}

// hides reports whether a field of s is not exported.
func hides(s *ast.StructType) bool {
	for _, f := range s.Fields.List {
		names := f.Names
		if len(names) == 0 {
			names = []*ast.Ident{ast.NewIdent(receiver(f.Type))}
		}
		if slices.ContainsFunc(names, func(n *ast.Ident) bool { return !n.IsExported() }) {
			return true
		}
	}
	return false
}

// receiver is the name of the type that a method belongs to, or that is embedded.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.ParenExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.Ident:
		return e.Name
	}
	return "?"
}

// declared counts the methods that an interface declares itself.
func declared(i *ast.InterfaceType) (n int) {
	for _, m := range i.Methods.List {
		if _, ok := m.Type.(*ast.FuncType); ok {
			n += len(m.Names)
		}
	}
	return n
}

// countedStates are the fields of a struct that are whole numbers, also atomic ones,
// and named after a state.
func countedStates(s *ast.StructType) (names []string) {
	for _, f := range s.Fields.List {
		if !wholeNumber(f.Type) {
			continue
		}
		for _, n := range f.Names {
			if slices.Contains([]string{"pending", "deleted", "gone", "protected", "withdrawn", "dead"}, strings.ToLower(n.Name)) {
				names = append(names, n.Name)
			}
		}
	}
	return names
}

// wholeNumber reports whether a type is one of Go's integers, or an atomic one.
func wholeNumber(e ast.Expr) bool {
	name := ""
	switch e := e.(type) {
	case *ast.Ident:
		name = e.Name
	case *ast.SelectorExpr:
		if pkg, ok := e.X.(*ast.Ident); ok && pkg.Name == "atomic" {
			name = strings.ToLower(e.Sel.Name)
		}
	}
	name = strings.TrimPrefix(name, "u")
	return slices.Contains([]string{"int", "int8", "int16", "int32", "int64"}, name)
}

// largest is the figure of the greatest count. It names all that exceed the limit, the
// greatest first.
func largest(name string, limit int, all []count) figure {
	slices.SortFunc(all, func(a, b count) int {
		if a.parts != b.parts {
			return b.parts - a.parts
		}
		return strings.Compare(a.name, b.name)
	})
	f := figure{name: "largest " + name, limit: limit}
	for _, c := range all {
		f.value = max(f.value, c.parts)
		if c.parts > limit {
			f.where = append(f.where, fmt.Sprintf("%s, %d", c.name, c.parts))
		}
	}
	return f
}
