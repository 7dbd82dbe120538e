package config

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// origins say where the values of a configuration are from. The zero value knows of
// defaults alone.
type origins struct {
	file  string            // its name
	lines map[string]int    // where each key stands in the file, sections included
	set   map[string]string // by key: the variable or flag that sets it
}

// of says where the value of a key is from: a flag, a variable, a line of the file, or
// nowhere.
func (o origins) of(path string) string {
	from, line := o.set[path], o.lines[path]
	switch {
	case strings.HasPrefix(from, "--"):
		return "flag " + from
	case from != "":
		return "environment " + from
	case line > 0:
		return fmt.Sprintf("file %s:%d", o.file, line)
	}
	return "default"
}

// setter is the variable or flag that sets a key, or the list that it is in; empty when
// none does.
func (o origins) setter(path string) string {
	path, _, _ = strings.Cut(path, "[")
	return o.set[path]
}

// has reports whether the value of a key is not that of the defaults.
func (o origins) has(path string) bool { return o.set[path] != "" || o.lines[path] > 0 }

// Shown is a key with its value, and where that is from: a flag, the environment, the file
// or the default.
type Shown struct {
	Key    string `json:"key"`
	Value  any    `json:"value"`
	Origin string `json:"origin"`
}

// Keys returns all keys of c in the order of the file. The value of one whose section is absent
// is nil.
func Keys(c *Config) ([]Shown, error) {
	var root yaml.Node
	if err := root.Encode(c); err != nil {
		return nil, fmt.Errorf("show configuration: %w", err)
	}
	var all []Shown
	for _, k := range settable() {
		s := Shown{Key: k.path, Origin: c.from.of(k.path)}
		if n := at(&root, strings.Split(k.path, ".")); n != nil {
			if err := n.Decode(&s.Value); err != nil {
				return nil, fmt.Errorf("show configuration: %s: %w", k.path, err)
			}
		}
		all = append(all, s)
	}
	return all, nil
}

// at is the value at a path below a section; nil when a section on the way is absent.
func at(section *yaml.Node, path []string) *yaml.Node {
	for _, key := range path {
		i := indexOf(section, key)
		if i < 0 {
			return nil
		}
		section = section.Content[i+1]
	}
	return section
}

// Show writes c as it would stand in a file, with where each value is
// from in a comment beside it. It names secrets by file and holds none; the ID of an
// access key is cut all the same, see KeyID. As JSON it is one object with all Keys.
func Show(w io.Writer, c *Config, asJSON bool) error {
	if asJSON {
		keys, err := Keys(c)
		if err != nil {
			return err
		}
		return json.NewEncoder(w).Encode(map[string]any{"keys": keys})
	}
	var root yaml.Node
	if err := root.Encode(c); err != nil {
		return fmt.Errorf("show configuration: %w", err)
	}
	c.from.comment(&root, "")
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	if err := enc.Encode(&root); err != nil {
		return fmt.Errorf("show configuration: %w", err)
	}
	return enc.Close()
}

// comment says beside each value of a section where it is from. A list has it above.
func (o origins) comment(section *yaml.Node, path string) {
	for i := 0; i+1 < len(section.Content); i += 2 {
		key, value := section.Content[i], section.Content[i+1]
		at := join(path, key.Value)
		switch {
		case value.Kind == yaml.MappingNode:
			o.comment(value, at)
		case value.Kind == yaml.SequenceNode && len(value.Content) > 0:
			key.HeadComment = o.of(at)
		default:
			value.LineComment = o.of(at)
		}
	}
}
