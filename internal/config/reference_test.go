package config

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "write the reference into docs/configure.md")

const referencePath = "../../docs/configure.md"

// generated stands in the page above what this test writes.
const generated = "<!-- From here on the page is made by `make docs` from configs/cleaner.example.yaml and internal/config. -->\n"

// TestReference holds the reference to the struct, its defaults, and what the
// example says of each key.
func TestReference(t *testing.T) {
	text, err := os.ReadFile(referencePath)
	if err != nil {
		t.Fatal(err)
	}
	prose, was, found := strings.Cut(string(text), generated)
	if !found {
		t.Fatalf("%s has lost the line %q", referencePath, generated)
	}
	want := reference(t)
	if *update {
		if err := os.WriteFile(referencePath, []byte(prose+generated+want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, was); diff != "" {
		t.Errorf("%s is stale, run make docs (-want +got):\n%s", referencePath, diff)
	}
}

// reference is a section for each section of the configuration, with a table of its
// keys.
func reference(t *testing.T) string {
	t.Helper()
	r := referrer{meanings: map[string]string{}}
	r.read(t, exampleNode(t), "")
	defaults := reflect.ValueOf(*Default())
	for i := range defaults.NumField() {
		if !defaults.Type().Field(i).IsExported() {
			continue
		}
		r.section(t, defaults.Type().Field(i).Tag.Get("yaml"), defaults.Field(i))
	}
	return r.text.String()
}

// referrer writes the reference.
type referrer struct {
	meanings map[string]string // by key: what the example says of it
	text     strings.Builder
}

// read notes what the example says of each key below n.
func (r *referrer) read(t *testing.T, n *yaml.Node, path string) {
	for _, item := range n.Content {
		if n.Kind == yaml.SequenceNode {
			r.read(t, item, path)
		}
	}
	if n.Kind != yaml.MappingNode {
		return
	}
	for key, value := range pairs(n) {
		at, words := join(path, key.Value), key.HeadComment
		if words == "" && key == n.Content[0] {
			words = n.HeadComment // what stands above the first key of an item is the item's
		}
		r.meanings[at] = strings.TrimSpace(strings.TrimPrefix(strings.ReplaceAll(words, "\n#", ""), "#"))
		r.read(t, value, at)
	}
}

// section writes a section and then those in it.
func (r *referrer) section(t *testing.T, path string, value reflect.Value) {
	t.Helper()
	list := value.Kind() == reflect.Slice
	if list {
		value = reflect.Zero(value.Type().Elem())
	}
	if value.Kind() == reflect.Pointer {
		value = reflect.Zero(value.Type().Elem())
	}
	fmt.Fprintf(&r.text, "\n## %s\n\n%s\n\n", path, r.words(t, path))
	if list {
		r.text.WriteString("A list; each item has these keys.\n\n")
	}
	r.text.WriteString("| key | type | default | meaning |\n| --- | --- | --- | --- |\n")
	type inner struct {
		path  string
		value reflect.Value
	}
	var sections []inner
	for i := range value.NumField() {
		at, v := join(path, value.Type().Field(i).Tag.Get("yaml")), value.Field(i)
		if v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct {
			sections = append(sections, inner{at, v})
			fmt.Fprintf(&r.text, "| `%s` | section | | see [%s](#%s) |\n", at, at, strings.ReplaceAll(at, ".", ""))
			continue
		}
		fmt.Fprintf(&r.text, "| `%s` | %s | %s | %s |\n", at, typeName(t, v), shown(v), strings.ReplaceAll(r.words(t, at), "|", `\|`))
	}
	for _, s := range sections {
		r.section(t, s.path, s.value)
	}
}

// words are what the example says of a key. Each has its own.
func (r *referrer) words(t *testing.T, path string) string {
	t.Helper()
	if r.meanings[path] == "" {
		t.Errorf("the example says nothing of %s", path)
	}
	return r.meanings[path]
}

func typeName(t *testing.T, v reflect.Value) string {
	t.Helper()
	switch {
	case v.Type() == reflect.TypeFor[time.Duration]():
		return "duration"
	case v.Type() == reflect.TypeFor[[]string]():
		return "list of strings"
	}
	name, ok := map[reflect.Kind]string{
		reflect.String: "string", reflect.Bool: "true or false", reflect.Float64: "number",
		reflect.Int: "whole number", reflect.Int64: "whole number",
	}[v.Kind()]
	if !ok {
		t.Errorf("the reference has no name for the type %v", v.Type())
	}
	return name
}

// shown is a default as the file would say it.
func shown(v reflect.Value) string {
	text, err := yaml.Marshal(v.Interface())
	if err != nil {
		panic(err) // a type that the configuration does not have
	}
	whole := strings.TrimSpace(string(text))
	for _, zero := range []string{"m0s", "h0m"} { // 1h0m0s is 1h
		if strings.HasSuffix(whole, zero) {
			whole = strings.TrimSuffix(whole, zero[1:])
		}
	}
	return "`" + whole + "`"
}
