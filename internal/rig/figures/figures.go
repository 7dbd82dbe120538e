package main

import (
	"fmt"
	"go/ast"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// figure is one number with the most that it may be.
type figure struct {
	name         string
	value, limit int
	// where are the places to look at when the limit is exceeded, or there is none.
	where []string
}

// unlimited is the limit of a figure that is printed for information.
const unlimited = -1

func (f figure) exceeded() bool { return f.limit != unlimited && f.value > f.limit }

// unlimited is f without its limit. Its places stay.
func (f figure) unlimited() figure {
	f.limit = unlimited
	return f
}

// mostFields is the most fields that a struct may have. Longer records are listed.
const mostFields = 10

// figures measures all figures, in the order in which they are printed.
func (t *tree) figures() []figure {
	types := t.types()
	return []figure{
		t.commandLines(2000),
		t.commandFiles(24),
		t.ledgerImporters(0),
		largest("struct, fields", mostFields, types.actors),
		largest("type, methods", 15, types.methods),
		largest("interface piece, methods", 5, types.pieces),
		{"structs that count states", len(types.counters), 3, types.counters},
		t.dryRunBranches(0),
		t.methodPlaces(3),
		largest("record, fields", mostFields, types.records).unlimited(),
	}
}

// command is the package that is to own flags, terminal and exit codes alone.
const command = "cmd/cleaner"

// commandLines are the lines of cmd/cleaner without its tests, counted as wc -l does.
func (t *tree) commandLines(limit int) figure {
	f := figure{name: "cmd/cleaner, lines", limit: limit}
	for _, s := range t.files {
		if s.folder() == command {
			f.value += s.lines
		}
	}
	return f
}

// commandFiles are the files of cmd/cleaner without its tests.
func (t *tree) commandFiles(limit int) figure {
	f := figure{name: "cmd/cleaner, files", limit: limit}
	for _, s := range t.files {
		if s.folder() == command {
			f.value++
		}
	}
	return f
}

// ledgerImporters are the packages, rigs among them, that import queue/sqlite, but for
// internal/ledger, which is there to do it. Files of tests do not count.
func (t *tree) ledgerImporters(limit int) figure {
	files := map[string]int{}
	for _, s := range t.files {
		for _, i := range s.ast.Imports {
			if p, _ := strconv.Unquote(i.Path.Value); strings.HasSuffix(p, "internal/queue/sqlite") && s.folder() != "internal/ledger" {
				files[s.folder()]++
			}
		}
	}
	f := figure{name: "packages that import queue/sqlite, beside ledger", value: len(files), limit: limit}
	for pkg, n := range files {
		f.where = append(f.where, fmt.Sprintf("%s, %d files", pkg, n))
	}
	slices.Sort(f.where)
	return f
}

// methodWord is the word of one sign-in method, the one with an access key: of the
// methods' names it is the only one that is not also used for something else.
var methodWord = regexp.MustCompile(`(?i)access_?key`)

// methodPlaces are the files that a sign-in method touches: those of the product that
// mention the method with an access key, in an identifier or in a string, in any
// spelling (AccessKey, accessKey, access_key, ACCESS_KEY). Comments do not count. Nor do
// the simulated service with the command that serves it, which plays the other side, and
// the defaults and documentation of the configuration (internal/config's files that are
// named after them).
func (t *tree) methodPlaces(limit int) figure {
	f := figure{name: "files that a sign-in method touches", limit: limit}
	mentions := map[string]int{}
	t.inspect(func(s source, n ast.Node) bool {
		text := ""
		switch n := n.(type) {
		case *ast.Ident:
			text = n.Name
		case *ast.BasicLit:
			text = n.Value
		}
		if methodWord.MatchString(text) && !notATouch.MatchString(s.path) {
			mentions[s.path]++
		}
		return true
	})
	f.value = len(mentions)
	for file, n := range mentions {
		f.where = append(f.where, fmt.Sprintf("%s, %d mentions", file, n))
	}
	slices.Sort(f.where)
	return f
}

// notATouch are files that know a method without being changed for a new one.
var notATouch = regexp.MustCompile(`^internal/sim/|^cmd/cleaner/sim\.go$|^internal/config/(defaults?|docs?|reference)[^/]*\.go$`)
