package config

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Prefix is what the environment variables of cleaner begin with.
const Prefix = "CLEANER_"

// key is a key that has a variable of its own.
type key struct {
	path string
	kind reflect.Type
}

// settable are the keys that have variables, in the order of the file: all but sections, and
// what is in the items of lists.
func settable() (all []key) {
	var add func(t reflect.Type, path string)
	add = func(t reflect.Type, path string) {
		for f := range t.Fields() {
			if !f.IsExported() {
				continue
			}
			at, kind := join(path, f.Tag.Get("yaml")), f.Type
			if kind.Kind() == reflect.Pointer {
				kind = kind.Elem()
			}
			if kind.Kind() == reflect.Struct && kind != reflect.TypeFor[time.Duration]() {
				add(kind, at)
				continue
			}
			all = append(all, key{at, kind})
		}
	}
	add(reflect.TypeFor[Config](), "")
	return all
}

// Variable is the environment variable of a key: CLEANER_LIMITS_RATE of limits.rate.
func Variable(path string) string {
	return Prefix + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
}

// FromEnvironment returns the keys that the environment sets. A variable that is empty
// sets nothing. Line ends behind a value, which echo makes, do not belong to it.
func FromEnvironment(env func(string) string) (set []Setting) {
	for _, k := range settable() {
		name := Variable(k.path)
		if text := strings.TrimRight(env(name), "\r\n"); text != "" {
			set = append(set, Setting{Path: k.path, Text: text, From: name})
		}
	}
	return set
}

// injected matches what Kubernetes puts into the environment of each container about a
// Service whose name begins with cleaner: CLEANER_SERVICE_HOST, CLEANER_PORT_80_TCP_ADDR.
var injected = regexp.MustCompile(`^CLEANER_([A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$`)

// Strays returns a sentence about each variable of environ, as KEY=value, that begins
// like those of cleaner and is none, neither the variable of a key nor one of others. It
// says no value: that may be a secret.
func Strays(environ []string, others ...string) (said []string) {
	known := slices.Clone(others)
	for _, k := range settable() {
		known = append(known, Variable(k.path))
	}
	for _, pair := range environ {
		name, _, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, Prefix) || slices.Contains(known, name) || injected.MatchString(name) {
			continue
		}
		said = append(said, fmt.Sprintf("the environment variable %s is not known, and nothing is done about it%s", name, suggest(name, known)))
	}
	slices.Sort(said)
	return said
}

// suggest returns the one of known that was probably meant; empty when none is similar.
func suggest(name string, known []string) string {
	lower := make([]string, len(known))
	for i, k := range known {
		lower[i] = strings.ToLower(strings.TrimPrefix(k, Prefix))
	}
	best := Nearest(strings.TrimPrefix(name, Prefix), lower)
	if best == "" {
		return ""
	}
	return "; did you mean " + Prefix + strings.ToUpper(best) + "?"
}
