package prompt

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
)

// Said is what a command has done: a sentence for people, and facts for programs.
type Said struct {
	Text  string
	Facts map[string]any
}

// Write writes the sentence, or as JSON one object with the facts, and the sentence as
// its message.
func (s Said) Write(w io.Writer, asJSON bool) error {
	if !asJSON {
		_, err := fmt.Fprintln(w, s.Text)
		return err
	}
	all := map[string]any{"message": s.Text}
	maps.Copy(all, s.Facts)
	return json.NewEncoder(w).Encode(all)
}

// Told is an output that keeps its first error: cobra does not look whether the help that it
// writes arrives.
type Told struct {
	io.Writer
	Err error
}

// Write writes what is told.
func (t *Told) Write(p []byte) (int, error) {
	n, err := t.Writer.Write(p)
	t.Err = cmp.Or(t.Err, err)
	return n, err
}

// Answered is what a running serve has answered to a request: an object with a message. What
// is none is a message as it stands.
func Answered(text string) Said {
	var facts map[string]any
	if json.Unmarshal([]byte(text), &facts) == nil {
		if message, ok := facts["message"].(string); ok {
			return Said{message, facts}
		}
	}
	return Said{Text: text}
}
