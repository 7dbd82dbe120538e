package config

import (
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// nullTag marks a key without a value, which keeps its default.
const nullTag = "!!null"

// reader walks a document beside the struct it is for.
type reader struct {
	faults []Fault
	lines  map[string]int // where each key stands
	old    []string       // sentences on keys that stand under their old names
}

// walk notes the line of every key below n, and reports those t does not know and
// values of another type. What it reports becomes null, so that nobody tells of it
// again.
func (r *reader) walk(n *yaml.Node, t reflect.Type, path string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	place := n // an alias is made null itself: what it stands for may be right elsewhere
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	ok := true
	switch {
	case n.ShortTag() == nullTag:
	case t.Kind() == reflect.Slice && n.Kind == yaml.SequenceNode:
		for i, item := range n.Content {
			r.lines[index(path, i)] = item.Line
			r.walk(item, t.Elem(), index(path, i))
		}
	case t.Kind() == reflect.Struct && n.Kind == yaml.MappingNode:
		r.walkStruct(n, t, path)
	case t.Kind() == reflect.Struct:
		r.faults = append(r.faults, Fault{Line: place.Line, Path: path, Problem: noSection(path, fields(t))})
		ok = false
	default:
		ok = r.checkValue(n, t, path)
	}
	if !ok {
		*place = yaml.Node{Kind: yaml.ScalarNode, Tag: nullTag, Line: place.Line}
	}
}

// judge applies rules to c and gives each fault the line of its key, or of the
// nearest section above it.
func (r *reader) judge(c *Config, rules []Rule) {
	report := func(path string, err error) {
		line, at := 0, path
		for line == 0 && at != "" {
			line = r.lines[at]
			at = at[:max(0, strings.LastIndexAny(at, ".["))]
		}
		r.faults = append(r.faults, Fault{Line: line, Path: path, Problem: err.Error()})
	}
	for _, rule := range rules {
		rule(c, report)
	}
}

func (r *reader) walkStruct(n *yaml.Node, t reflect.Type, path string) {
	r.rename(n, path)
	known := fields(t)
	for key, value := range pairs(n) {
		at := join(path, key.Value)
		r.lines[at] = key.Line
		field, ok := known[key.Value]
		if !ok {
			r.faults = append(r.faults, unknownKey(key.Line, path, key.Value, known))
			continue
		}
		r.walk(value, field, at)
	}
}

// pairs are the keys of a section, each with its value.
func pairs(section *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(key, value *yaml.Node) bool) {
		for pair := range slices.Chunk(section.Content, 2) {
			if !yield(pair[0], pair[1]) {
				return
			}
		}
	}
}

// fields maps the YAML keys of a struct to their types.
func fields(t reflect.Type) map[string]reflect.Type {
	known := make(map[string]reflect.Type, t.NumField())
	for f := range t.Fields() {
		if f.IsExported() {
			known[f.Tag.Get("yaml")] = f.Type
		}
	}
	return known
}

// Paths lists every key of the configuration, sections included, sorted.
func Paths() []string {
	var paths []string
	var add func(t reflect.Type, path string)
	add = func(t reflect.Type, path string) {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		if path != "" {
			paths = append(paths, path)
		}
		if t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Duration]() {
			return
		}
		for f := range t.Fields() {
			if !f.IsExported() {
				continue
			}
			add(f.Type, join(path, f.Tag.Get("yaml")))
		}
	}
	add(reflect.TypeFor[Config](), "")
	slices.Sort(paths)
	return paths
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func index(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }
