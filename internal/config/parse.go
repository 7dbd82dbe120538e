package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Fault is one thing wrong with a configuration.
type Fault struct {
	// Line is where in the file, counted from 1; 0 when the key is absent.
	Line int
	// From is the variable or flag that sets the key; empty when the file does, or nobody.
	From string
	// Path is the key, e.g. limits.rate; empty for the file as a whole.
	Path string
	// Problem says what is wrong and what to do.
	Problem string
}

// Error is every fault of one configuration, in the order of the file.
type Error struct {
	Name   string // the file's name
	Faults []Fault
}

// Error lists the faults, one to a line, as file:line: key: problem.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "configuration %s has %d fault(s):", e.Name, len(e.Faults))
	for _, f := range e.Faults {
		b.WriteString("\n  " + cmp.Or(f.From, e.Name))
		if f.Line > 0 && f.From == "" {
			fmt.Fprintf(&b, ":%d", f.Line)
		}
		if f.Path != "" {
			b.WriteString(": " + f.Path)
		}
		b.WriteString(": " + f.Problem)
	}
	return b.String()
}

// Rule checks what only another part of the program can judge, an endpoint or a
// row of the verdict table, and reports each fault with its key's path.
type Rule func(c *Config, report func(path string, err error))

func (l Layers) parse(rules []Rule) (*Config, error) {
	doc, err := l.document()
	if err != nil {
		return nil, &Error{Name: l.Name, Faults: yamlFaults(err)}
	}
	r := &reader{lines: map[string]int{}}
	c := Default()
	c.from = origins{l.Name, r.lines, map[string]string{}}
	for _, s := range l.Settings {
		c.from.set[s.Path] = s.From
	}
	if doc != nil {
		r.walk(doc, reflect.TypeFor[Config](), "")
		if err := doc.Decode(c); err != nil {
			r.faults = append(r.faults, yamlFaults(err)...)
		}
	}
	c.oldKeys, c.strays = r.old, append(slices.Clone(l.Strays), l.elsewhere(c)...)
	if len(r.faults) == 0 {
		r.judge(c, rules)
	}
	if len(r.faults) > 0 {
		for i := range r.faults {
			r.faults[i].From = c.from.setter(r.faults[i].Path)
		}
		slices.SortStableFunc(r.faults, func(a, b Fault) int { return a.Line - b.Line })
		return nil, &Error{Name: l.Name, Faults: r.faults}
	}
	return c, nil
}

// elsewhere warns of a ledger that is another one in each folder.
func (l Layers) elsewhere(c *Config) []string {
	path, file := strings.CutPrefix(c.Queue.URL, "sqlite:")
	if !l.Shared || !file || path == "" || filepath.IsAbs(path) {
		return nil
	}
	return []string{"queue.url: the path is relative, and " + l.Name + " is found from every folder: each folder has a ledger of its own; make it absolute"}
}

// document returns the root of the one YAML document in data; nil when there is
// none, or when it is null.
func document(data []byte) (*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, second yaml.Node
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return nil, err
	}
	if err := dec.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, errors.New("holds more than one YAML document: keep one")
	}
	root := doc.Content[0]
	if root.Tag == nullTag {
		return nil, nil
	}
	return root, nil
}

// yamlError is how the YAML library says where: "line 3: cannot unmarshal ...".
var yamlError = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)

// yamlFaults turns the YAML library's errors into faults with lines.
func yamlFaults(err error) []Fault {
	problems := []string{strings.TrimPrefix(err.Error(), "yaml: ")}
	if typed, ok := errors.AsType[*yaml.TypeError](err); ok {
		problems = typed.Errors
	}
	faults := make([]Fault, 0, len(problems))
	for _, p := range problems {
		p = withoutValues(p)
		f := Fault{Problem: p}
		if m := yamlError.FindStringSubmatch(p); m != nil {
			f.Line, _ = strconv.Atoi(m[1])
			f.Problem = m[2]
		}
		faults = append(faults, f)
	}
	return faults
}
