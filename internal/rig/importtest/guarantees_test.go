package importtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every test that docs/guarantees.md names exists, and every scenario too.
func TestGuaranteesNameTests(t *testing.T) {
	text, err := os.ReadFile("../../../docs/guarantees.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := testNames(t)
	named := regexp.MustCompile("`(Test[A-Za-z0-9]+)`").FindAllSubmatch(text, -1)
	if len(named) < 30 {
		t.Errorf("only %d tests are named", len(named))
	}
	for _, m := range named {
		if !tests[string(m[1])] {
			t.Errorf("docs/guarantees.md names %s, which does not exist", m[1])
		}
	}
}

// Every scenario of the torture that the page names exists.
func TestGuaranteesNameScenarios(t *testing.T) {
	text, err := os.ReadFile("../../../docs/guarantees.md")
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile("../torture/scenario.go")
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for _, list := range regexp.MustCompile("torture ((?:`[a-z -]+`(?:, )?)+)").FindAllStringSubmatch(string(text), -1) {
		for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(list[1], -1) {
			named++
			if !strings.Contains(string(code), `{"`+m[1]+`",`) {
				t.Errorf("docs/guarantees.md names the scenario %q, which does not exist", m[1])
			}
		}
	}
	if named < 10 {
		t.Errorf("only %d scenarios are named", named)
	}
}

// testNames is the set of test functions of the whole module.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := filepath.WalkDir("../../..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Test") {
				names[fn.Name.Name] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// docs/architecture.md has a paragraph for each room of the product, and CONTRIBUTING.md
// says of each package what the rules say.
func TestPagesShowTheRooms(t *testing.T) {
	architecture := read(t, "../../../docs/architecture.md")
	contributing := read(t, "../../../CONTRIBUTING.md")
	for pkg, may := range drawing.may {
		parent := regexp.MustCompile(`^(internal/queue)/.*`).ReplaceAllString(pkg, "$1")
		if !strings.HasPrefix(pkg, "internal/rig/") && !strings.Contains(architecture, "**`"+parent+"`**") {
			t.Errorf("docs/architecture.md has no paragraph on %s", pkg)
		}
		row := regexp.MustCompile("\\| `" + regexp.QuoteMeta(pkg) + "` \\| .* \\| (.*) \\|").FindStringSubmatch(contributing)
		if pkg != parent || pkg == "cmd/cleaner" {
			continue // described with its parent; the command may import all
		}
		want := strings.ReplaceAll(strings.ReplaceAll(may, "internal/", ""), " ", ", ")
		if want == "" {
			want = "none"
		}
		if row == nil || row[1] != want {
			t.Errorf("CONTRIBUTING.md says of %s %q, the rules say %q", pkg, row, want)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
