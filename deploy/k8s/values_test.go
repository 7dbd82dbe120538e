package k8s_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

const (
	readmePath = "chart/README.md"
	// generated stands above what this test writes.
	generated = "<!-- From here on the page is made by `make docs` from values.yaml. -->\n"
)

// schema is what is read of the chart's schema.
type schema struct {
	Properties map[string]schema `json:"properties"`
}

// UnmarshalJSON takes true and false, too, which have no properties.
func (s *schema) UnmarshalJSON(text []byte) error {
	type plain schema
	if text[0] != '{' {
		return nil
	}
	return json.Unmarshal(text, (*plain)(s))
}

// value is one of values.yaml.
type value struct {
	path, said string
	node       *yaml.Node
	section    bool // its values follow
}

// values are all of values.yaml, in their order. The schema knows each, and no other.
func values(t *testing.T) (all []value) {
	t.Helper()
	var known schema
	var document yaml.Node
	text, err := os.ReadFile(schemaPath)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &known); err != nil {
		t.Fatal(err)
	}
	if text, err = os.ReadFile("chart/values.yaml"); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	return below(t, document.Content[0], known, "")
}

// below are the values of a section.
func below(t *testing.T, n *yaml.Node, known schema, path string) (all []value) {
	t.Helper()
	unseen := maps.Clone(known.Properties)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		v := value{path: path + key.Value, node: n.Content[i+1]}
		v.said = strings.TrimSpace(strings.ReplaceAll(strings.TrimPrefix(key.HeadComment, "#"), "\n#", ""))
		of, ok := known.Properties[key.Value]
		if !ok {
			t.Errorf("the schema does not know %s", v.path)
		}
		delete(unseen, key.Value)
		v.section = len(of.Properties) > 0
		all = append(all, v)
		if v.section {
			all = append(all, below(t, v.node, of, v.path+".")...)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(unseen)) {
		t.Errorf("values.yaml has no %s%s", path, key)
	}
	return all
}

// TestChartsPage holds the chart's own page, which is packed with it, to values.yaml:
// each value with its default and what is said above it.
func TestChartsPage(t *testing.T) {
	text, err := os.ReadFile(readmePath)
	if err != nil {
		t.Fatal(err)
	}
	prose, was, found := strings.Cut(string(text), generated)
	if !found {
		t.Fatalf("%s has lost the line %q", readmePath, generated)
	}
	want := table(t)
	if *update {
		if err := os.WriteFile(readmePath, []byte(prose+generated+want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, was); diff != "" {
		t.Errorf("%s is stale, run make docs (-want +got):\n%s", readmePath, diff)
	}
}

// table has a row for each value, and one for each section of which something is said.
func table(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("\n| value | default | meaning |\n| --- | --- | --- |\n")
	for _, v := range values(t) {
		if v.said == "" && !v.section {
			t.Errorf("values.yaml says nothing of %s", v.path)
		}
		if v.said == "" {
			continue
		}
		standard := ""
		if !v.section {
			standard = "`" + shown(t, v.node) + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", v.path, standard, strings.ReplaceAll(v.said, "|", `\|`))
	}
	return b.String()
}

// shown is a default in one line.
func shown(t *testing.T, n *yaml.Node) string {
	t.Helper()
	var v any
	if err := n.Decode(&v); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
