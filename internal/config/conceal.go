package config

import "regexp"

// quotedValues is where the YAML library's messages repeat the file: values in
// backquotes, keys in quotes, and what * or ! makes an anchor or a tag of. A
// password may begin with any of them, and hold any of them.
var quotedValues = []struct {
	found *regexp.Regexp
	shown string
}{
	{regexp.MustCompile("(?s) ?`.*`"), ""},
	{regexp.MustCompile(`(?s)".*"`), "in this place"},
	{regexp.MustCompile(`(?s)\banchor '.*'`), "anchor"},
	{regexp.MustCompile(`(^|\s)![^!\s]\S*`), "${1}a tag"},
}

// withoutValues strips a message of the YAML library of all that it repeats
// from the file: it may be a secret in the wrong place.
func withoutValues(problem string) string {
	for _, q := range quotedValues {
		problem = q.found.ReplaceAllString(problem, q.shown)
	}
	return problem
}
