package config

import (
	"reflect"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// secretKeys are keys people try first; they get a better answer than a guess.
var secretKeys = []string{"password", "secret", "secret_key", "security_token", "token"}

// unknown says that key is not known, and which one was probably meant. It
// never repeats the key's value: it may be a secret.
func unknown(key string, known map[string]reflect.Type) string {
	names := make([]string, 0, len(known))
	for name := range known {
		names = append(names, name)
	}
	slices.Sort(names)
	if slices.Contains(secretKeys, key) && slices.Contains(names, key+"_file") {
		return "secrets do not belong in this file: put it in a file of its own and name that by " + key + "_file"
	}
	if best := nearest(key, names); best != "" {
		return "unknown key; did you mean " + best + "?"
	}
	return "unknown key; known here: " + strings.Join(names, ", ")
}

// nearest returns the name most like key, or "" when none is close.
func nearest(key string, names []string) string {
	best, least := "", max(2, len(key)/3)+1
	for _, name := range names {
		if d := levenshtein.ComputeDistance(strings.ToLower(key), name); d < least {
			best, least = name, d
		}
	}
	return best
}
