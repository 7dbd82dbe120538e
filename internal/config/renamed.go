package config

import (
	"fmt"
	"reflect"

	"go.yaml.in/yaml/v3"
)

// renamed maps old names of keys, in their sections, to the new ones. Old names work.
var renamed = map[string]string{"safety.max_deletes": "refuse_above"}

// rename gives the keys of a section that stand under old names their new ones. A key that
// stands under both names with different values is a fault.
func (r *reader) rename(section *yaml.Node, path string) {
	for i := 0; i+1 < len(section.Content); i += 2 {
		key := section.Content[i]
		old := join(path, key.Value)
		name, ok := renamed[old]
		if !ok {
			continue
		}
		now := join(path, name)
		r.old = append(r.old, fmt.Sprintf("%s is the old name of %s: rename it", old, now))
		at := indexOf(section, name)
		if at < 0 {
			key.Value = name
			continue
		}
		if !alike(section.Content[i+1], section.Content[at+1]) {
			r.faults = append(r.faults, Fault{Line: key.Line, Path: old, Problem: fmt.Sprintf(
				"is the old name of %s, which line %d sets to something else: keep that alone", now, section.Content[at].Line)})
		}
		section.Content = append(section.Content[:i:i], section.Content[i+2:]...)
		i -= 2
	}
}

// indexOf is where a key stands in a section; -1 when it does not.
func indexOf(section *yaml.Node, name string) int {
	for i := 0; i+1 < len(section.Content); i += 2 {
		if section.Content[i].Value == name {
			return i
		}
	}
	return -1
}

// alike reports whether two values are the same, however they are written.
func alike(a, b *yaml.Node) bool {
	var x, y any
	return a.Decode(&x) == nil && b.Decode(&y) == nil && reflect.DeepEqual(x, y)
}
