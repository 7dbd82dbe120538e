package config

import (
	"errors"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Layers are what a configuration is made of, each over the one before: the defaults, a
// file, and single keys from the environment and from flags.
type Layers struct {
	// Name is the file's name, for messages alone, and Data what it holds.
	Name string
	Data []byte
	// Settings are single keys. A later one wins.
	Settings []Setting
	// Shared says that the file was found at a place that has nothing to do with the folder one
	// is in, so that a relative path means another file in each folder.
	Shared bool
	// Strays are sentences about variables that look like keys and are none.
	Strays []string

	only []string // the sections that are read; nil is all of them
}

// Setting is the value of one key from elsewhere than the file.
type Setting struct {
	// Path is the key, as limits.rate, and Text its value as it would stand in the file.
	Path, Text string
	// From is where it stands: a variable, as CLEANER_LIMITS_RATE, or a flag, as --rate.
	From string
}

// Parse checks all of the configuration, by its own rules and the given ones. The error
// is an *Error that holds every fault.
func (l Layers) Parse(rules ...Rule) (*Config, error) {
	return l.parse(append([]Rule{remoteRules, localRules}, rules...))
}

// ParseLocal is Parse for those who contact nobody: nothing has to be said about
// service and auth, and what is said is not judged.
func (l Layers) ParseLocal(rules ...Rule) (*Config, error) {
	return l.parse(append([]Rule{localRules}, rules...))
}

// ParseSteering is ParseLocal for those who steer a running server, which goes on with an
// older configuration while the file has faults. Of such a file it reads where the server
// listens and its ledger alone, everything else is as by default, and it returns the
// faults too. The ledger must be named: that of the defaults might be another one than what
// a fault hides.
func (l Layers) ParseSteering(rules ...Rule) (c *Config, faults, err error) {
	if c, faults = l.ParseLocal(rules...); faults == nil {
		return c, nil, nil
	}
	l.only = []string{"listen", "queue"}
	if c, err = l.ParseLocal(rules...); err != nil || !c.from.has("queue.url") {
		return nil, nil, faults // which are these too
	}
	return c, faults, nil
}

// ParseListen reads the section listen alone: whoever only wants to reach a running
// server should not mind what is wrong elsewhere.
func (l Layers) ParseListen() (Listen, error) {
	doc, err := l.document()
	only := struct {
		Listen Listen `yaml:"listen"`
	}{Default().Listen}
	if err == nil && doc != nil {
		err = doc.Decode(&only)
	}
	if err != nil {
		return Listen{}, errors.New(yamlFaults(err)[0].Problem)
	}
	return only.Listen, nil
}

// document is the root of the file with the settings in it; nil when there is neither.
func (l Layers) document() (*yaml.Node, error) {
	root, err := document(l.Data)
	if err != nil {
		return nil, err
	}
	root = l.set(root)
	if l.only != nil && root != nil && root.Kind == yaml.MappingNode {
		root = narrowed(root, l.only)
	}
	return root, nil
}

// narrowed is a mapping with the keys of only alone.
func narrowed(root *yaml.Node, only []string) *yaml.Node {
	narrow := *root
	narrow.Content = nil
	for key, value := range pairs(root) {
		if slices.Contains(only, key.Value) {
			narrow.Content = append(narrow.Content, key, value)
		}
	}
	return &narrow
}

// set returns root with the settings in it.
func (l Layers) set(root *yaml.Node) *yaml.Node {
	if len(l.Settings) == 0 {
		return root
	}
	if root == nil {
		root = mapping()
	}
	types := map[string]reflect.Type{}
	for _, k := range settable() {
		types[k.path] = k.kind
	}
	for _, s := range l.Settings {
		put(root, "", strings.Split(s.Path, "."), s.node(types[s.Path]))
	}
	return root
}

// put gives a key below section a value. What stands in the place of a section and is
// none is left as it is, for walk to report.
func put(section *yaml.Node, path string, below []string, value *yaml.Node) {
	switch {
	case section.Kind == yaml.AliasNode: // what it stands for may stand elsewhere too
		*section = copied(section.Alias)
	case section.ShortTag() == nullTag:
		*section = *mapping()
	}
	if section.Kind != yaml.MappingNode {
		return
	}
	key := below[0]
	if len(below) == 1 {
		dropOld(section, path, key)
	}
	i := indexOf(section, key)
	if i < 0 {
		section.Content = append(section.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}, mapping())
		i = len(section.Content) - 2
	}
	if len(below) == 1 {
		section.Content[i+1] = value
		return
	}
	put(section.Content[i+1], join(path, key), below[1:], value)
}

// dropOld drops from a section what stands under an old name of a key that gets a value.
func dropOld(section *yaml.Node, path, key string) {
	for old, now := range renamed {
		in, name, _ := strings.Cut(old, ".")
		if in != path || now != key {
			continue
		}
		if i := indexOf(section, name); i >= 0 {
			section.Content = append(section.Content[:i:i], section.Content[i+2:]...)
		}
	}
}

func mapping() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"} }

// copied is n as a node of its own.
func copied(n *yaml.Node) yaml.Node {
	c := *n
	c.Anchor, c.Content = "", nil
	for _, child := range n.Content {
		own := copied(child)
		c.Content = append(c.Content, &own)
	}
	return c
}

// node is the value as it would stand in the file. A list is written as one, [a, b]; a
// text where a list of texts belongs is a list of one.
func (s Setting) node(t reflect.Type) *yaml.Node {
	want, _ := kindOf(t)
	switch {
	case t.Kind() == reflect.Slice:
		n, err := document([]byte(s.Text))
		if err == nil && n != nil && n.Kind == yaml.SequenceNode {
			return n
		}
		if t.Elem().Kind() == reflect.String {
			return &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: []*yaml.Node{plainText(s.Text)}}
		}
		return plainText(s.Text)
	case want == "text", strings.HasPrefix(want, "a duration"):
		return plainText(s.Text)
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Value: s.Text} // a number or a switch, as it reads
}

func plainText(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
}
