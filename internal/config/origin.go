package config

import (
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

// Origins says of each key, in the order of the file, where its value is from: flag,
// environment, file or default.
func (c *Config) Origins() map[string]string {
	all := make(map[string]string)
	for _, k := range settable() {
		all[k.path] = c.from.of(k.path)
	}
	return all
}

// Show writes the configuration as it would stand in a file, with where each value is
// from in a comment beside it. It names secrets by file and holds none; the ID of an
// access key is cut all the same, see KeyID.
func (c *Config) Show(w io.Writer) error {
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
