package config

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// secretKeys are keys people try first; they get a better answer than a guess.
var secretKeys = []string{"password", "secret", "secret_key", "security_token", "token"}

// unknownKey says that key below path is not known, and which one was probably
// meant. It never repeats the key's value: it may be a secret. Below auth a key
// that is like none known is not repeated either: it may be the secret itself.
func unknownKey(line int, path, key string, known map[string]reflect.Type) Fault {
	f := Fault{Line: line, Path: join(path, key)}
	names := namesOf(known)
	best := Nearest(key, names)
	switch {
	case slices.Contains(secretKeys, key) && slices.Contains(names, key+"_file"):
		f.Problem = noSecrets + key + "_file"
	case best != "":
		f.Problem = "unknown key; did you mean " + best + "?"
	default:
		f.Problem = "unknown key; known here: " + strings.Join(names, ", ")
		if path == "auth" || strings.HasPrefix(path, "auth.") {
			f.Path = path
		}
	}
	return f
}

// noSecrets goes before the key that names a secret's file.
const noSecrets = "secrets do not belong in this file: put it in a file of its own and name that by "

// noSection says that a section was expected at path, and something else is there.
func noSection(path string, known map[string]reflect.Type) string {
	names := namesOf(known)
	key := path[strings.LastIndex(path, ".")+1:]
	if slices.Contains(names, key+"_file") {
		return noSecrets + path + "." + key + "_file"
	}
	if i := slices.IndexFunc(names, func(name string) bool { return strings.HasPrefix(name, "secret") }); i >= 0 {
		return noSecrets + path + "." + names[i]
	}
	return "must be a section, of these keys: " + strings.Join(names, ", ")
}

func namesOf(known map[string]reflect.Type) []string { return slices.Sorted(maps.Keys(known)) }

// Nearest returns the name most like what was typed; empty when none is close.
func Nearest(typed string, names []string) string {
	best, least := "", max(2, len(typed)/3)+1
	for _, name := range names {
		if d := levenshtein.ComputeDistance(strings.ToLower(typed), name); d < least {
			best, least = name, d
		}
	}
	return best
}
