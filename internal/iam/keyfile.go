package iam

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// part is one of the parts of a credential that a text may hold, in the words of errors.
type part string

// variablePrefixes go before a part's name in environment variables.
var variablePrefixes = []string{"huaweicloudsdk", "huaweicloud", "cloudsdk", "cleaner", "hw"}

// readParts reads the parts of a credential out of one text: a JSON object, in which they
// may stand one level down under credential or credentials, or lines of KEY=VALUE. names
// has the names of each part, in lower case and without marks between the words. Other
// names are left alone. Errors repeat nothing of the text.
func readParts(text string, names map[string]part) (found map[part]string, err error) {
	found = map[part]string{}
	text = string(bare([]byte(text)))
	err = parseLines(text, names, found)
	if strings.HasPrefix(text, "{") {
		err = parseJSON([]byte(text), names, found)
	}
	return found, err
}

func parseJSON(text []byte, names map[string]part, found map[part]string) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return errors.New("it begins as JSON and is none: it may be half written")
	}
	for name, raw := range fields {
		switch plain := plainName(name); {
		case plain == "credential" || plain == "credentials":
			if err := parseJSON(raw, names, found); err != nil {
				return err
			}
		case names[plain] != "":
			var value *string
			if json.Unmarshal(raw, &value) != nil {
				return fmt.Errorf("the %s in it is no text", names[plain])
			}
			if value == nil {
				continue
			}
			if err := put(found, names[plain], *value); err != nil {
				return err
			}
		}
	}
	return nil
}

func parseLines(text string, names map[string]part, found map[part]string) error {
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		if !ok || strings.HasPrefix(name, "#") {
			continue
		}
		plain := plainName(name)
		for _, prefix := range variablePrefixes {
			if rest, found := strings.CutPrefix(plain, prefix); found {
				plain = rest
				break
			}
		}
		if names[plain] == "" {
			continue
		}
		if err := put(found, names[plain], unquoted(strings.TrimSpace(value))); err != nil {
			return err
		}
	}
	return nil
}

// put notes a part. Two that differ are refused: nobody could tell which counts.
func put(found map[part]string, p part, value string) error {
	if before := found[p]; before != "" && before != value {
		return fmt.Errorf("it holds more than one %s", p)
	}
	found[p] = value
	return nil
}

// plainName is a name in lower case, without marks.
func plainName(name string) string {
	return strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(name))
}

// unquoted is a value without the quotes around it.
func unquoted(value string) string {
	for _, quote := range []string{`"`, `'`} {
		if len(value) >= 2 && strings.HasPrefix(value, quote) && strings.HasSuffix(value, quote) {
			return value[1 : len(value)-1]
		}
	}
	return value
}
