package config

import (
	"fmt"
	"reflect"
	"regexp"
	"time"

	"go.yaml.in/yaml/v3"
)

// checkValue reports a value that is not of its key's type. The YAML library is
// asked last, for it would take 0.9 for the whole number 0, which means "no cap" or
// "no canary", and 010 for 8.
func (r *reader) checkValue(n *yaml.Node, t reflect.Type, path string) (ok bool) {
	want, strict := kindOf(t)
	if strict(n) && n.Decode(reflect.New(t).Interface()) == nil {
		return true
	}
	r.faults = append(r.faults, Fault{Line: n.Line, Path: path, Problem: fmt.Sprintf("must be %s, got %s", want, got(n, t))})
	return false
}

// kindOf says in words what a value of type t is, and what it must be before the
// YAML library may decode it.
func kindOf(t reflect.Type) (want string, strict func(*yaml.Node) bool) {
	if t == reflect.TypeFor[time.Duration]() {
		return "a duration such as 10s, 5m or 24h", func(n *yaml.Node) bool { return n.ShortTag() == "!!str" }
	}
	switch t.Kind() {
	case reflect.Int, reflect.Int64:
		return "a whole number such as 10, in decimal digits", isWhole
	case reflect.Float64:
		return "a number such as 10 or 0.5, in decimal digits", func(n *yaml.Node) bool { return n.ShortTag() == "!!float" || isWhole(n) }
	case reflect.Bool:
		return "true or false", scalar
	case reflect.Slice:
		return "a list", func(n *yaml.Node) bool { return n.Kind == yaml.SequenceNode }
	default:
		return "text", scalar
	}
}

func scalar(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode }

// decimal is a whole number that reads alike to everybody. With a leading zero it
// would be octal.
var decimal = regexp.MustCompile(`^[-+]?(0|[1-9][0-9_]*)$`)

func isWhole(n *yaml.Node) bool { return n.ShortTag() == "!!int" && decimal.MatchString(n.Value) }

// number is what may be repeated where a number or a duration belongs: no more of a
// secret would fit in.
var number = regexp.MustCompile(`^[-+]?[0-9._]{1,12}$`)

// got says what stands in the place of a value of type t. It repeats nothing but a
// short number where one belongs: all else may be a secret.
func got(n *yaml.Node, t reflect.Type) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a section"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		return "text in quotes"
	case (n.ShortTag() == "!!int" || n.ShortTag() == "!!float") && numeric(t) && number.MatchString(n.Value):
		return n.Value
	case n.ShortTag() == "!!int" || n.ShortTag() == "!!float":
		return "a number"
	case n.ShortTag() == "!!bool":
		return "true or false"
	default:
		return "text"
	}
}

func numeric(t reflect.Type) bool {
	return t.Kind() == reflect.Int || t.Kind() == reflect.Int64 || t.Kind() == reflect.Float64
}
