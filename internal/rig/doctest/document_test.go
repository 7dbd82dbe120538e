package doctest

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// root is the folder of the project, seen from this package.
const root = "../../.."

// document is a page, and what of it this package looks at.
type document struct {
	path     string // from the root, with slashes
	blocks   []block
	indented []int    // lines with code that is indented and not fenced
	spans    []span   // inline code
	links    []span   // destinations
	anchors  []string // of the headings
}

// block is a fenced block of code.
type block struct {
	line     int               // of the first line of its text
	language string            // the first word behind the fence
	words    map[string]string // the others: word or word=value
	text     string
}

// span is a short piece of a page.
type span struct {
	line int
	text string
}

// documents reads all pages that people read: those of the root, docs and deploy.
func documents(t *testing.T) []document {
	t.Helper()
	paths := []string{"README.md", "CONTRIBUTING.md"}
	for _, folder := range []string{"docs", "deploy"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() && strings.HasSuffix(path, ".md") {
				rel, err := filepath.Rel(root, path)
				paths = append(paths, filepath.ToSlash(rel))
				return err
			}
			if os.IsNotExist(err) {
				return nil
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var all []document
	for _, path := range paths {
		source, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, parse(path, source))
	}
	return all
}

// parse reads one page.
func parse(path string, source []byte) document {
	d := document{path: path}
	md := goldmark.New(goldmark.WithExtensions(extension.GFM))
	line := 1 // of what was met last: inline nodes have no place of their own
	_ = ast.Walk(md.Parser().Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		if n.Type() == ast.TypeBlock && n.Lines() != nil && n.Lines().Len() > 0 {
			line = 1 + bytes.Count(source[:n.Lines().At(0).Start], []byte("\n"))
		}
		d.add(n, source, line)
		return ast.WalkContinue, nil
	})
	return d
}

// add notes what n is, if it is something to look at.
func (d *document) add(n ast.Node, source []byte, line int) {
	switch n := n.(type) {
	case *ast.FencedCodeBlock:
		d.blocks = append(d.blocks, newBlock(n, source, line))
	case *ast.CodeBlock:
		d.indented = append(d.indented, line)
	case *ast.CodeSpan:
		var b strings.Builder
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			b.Write(c.(*ast.Text).Value(source))
		}
		d.spans = append(d.spans, span{line, strings.ReplaceAll(b.String(), "\n", " ")})
	case *ast.Link:
		d.links = append(d.links, span{line, string(n.Destination)})
	case *ast.Image:
		d.links = append(d.links, span{line, string(n.Destination)})
	case *ast.Heading:
		d.anchors = append(d.anchors, anchor(string(n.Lines().Value(source))))
	}
}

// anchor is the place of a heading, as GitHub names it.
func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, strings.TrimSpace(heading))
}

func newBlock(n *ast.FencedCodeBlock, source []byte, line int) block {
	b := block{line: line, words: map[string]string{}, text: string(n.Lines().Value(source))}
	if n.Info != nil {
		for i, word := range strings.Fields(string(n.Info.Value(source))) {
			if i == 0 {
				b.language = word
				continue
			}
			key, value, _ := strings.Cut(word, "=")
			b.words[key] = value
		}
	}
	return b
}

// shell reports whether the block holds commands.
func (b block) shell() bool { return b.language == "sh" || b.language == "bash" || b.session() }

// session reports whether the block holds commands and what they print.
func (b block) session() bool { return b.language == "console" }

// has reports whether a word stands behind the fence.
func (b block) has(word string) bool { _, ok := b.words[word]; return ok }
