package terminal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"cleaner/internal/worker"
)

// Yes is the only answer that agrees.
const Yes = "yes"

// Question is what a person is to agree to.
type Question struct {
	// Action is what is to be done, as a sentence without its full stop.
	Action string
	// Facts are shown before it, a row each.
	Facts []Fact
}

// Fact is a row of a question. One without a value is left out.
type Fact struct{ Name, Value string }

// text is the question as it is shown.
func (q *Question) text() string {
	width := 0
	for _, f := range q.Facts {
		width = max(width, len(f.Name))
	}
	var b strings.Builder
	for _, f := range q.Facts {
		if f.Value != "" {
			fmt.Fprintf(&b, "  %-*s  %s\n", width, f.Name, f.Value)
		}
	}
	return fmt.Sprintf("%s%s. Type %s to go on: ", b.String(), q.Action, Yes)
}

// IsTerminal reports whether r is a terminal: whoever types there can be asked.
func IsTerminal(r io.Reader) bool {
	f, ok := r.(*os.File)
	return ok && f != nil && term.IsTerminal(int(f.Fd()))
}

// Attended reports whether a person sits there: reads the screen, and types at in.
func (s *Screen) Attended(in io.Reader) bool { return s.IsTerminal() && IsTerminal(in) }

// Ask asks the person on the screen who types at in, and returns nil for a yes. Any other
// answer, an end of the input and the end of ctx are a *worker.Stop of the kind
// declined. Where no person sits it asks nobody, and returns nil.
func (s *Screen) Ask(ctx context.Context, in io.Reader, q *Question) error {
	if !s.Attended(in) {
		return nil
	}
	f := in.(*os.File)
	// What was typed before the question was shown is no answer to it.
	if err := flushTyped(int(f.Fd())); err != nil {
		return fmt.Errorf("clear what was typed before the question: %w", err)
	}
	if _, err := io.WriteString(s, q.text()); err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	said, err := answerOf(ctx, f)
	if err != nil {
		_, _ = io.WriteString(s, "\n") // the cursor is behind the question
	}
	switch {
	case errors.Is(err, io.EOF):
		return Declined("the answer was the end of the input (Ctrl-D)")
	case err != nil && ctx.Err() != nil:
		return Declined("the question was interrupted")
	case err != nil:
		return fmt.Errorf("read the answer: %w", err)
	case said != Yes:
		return Declined(fmt.Sprintf("the answer was not %s", Yes))
	}
	return nil
}

// Declined is the stop of what a person has not agreed to. why says how.
func Declined(why string) *worker.Stop {
	return &worker.Stop{Kind: worker.StopDeclined, Why: why + ": nothing was changed and nothing was sent"}
}

// answerOf reads one line. It returns when ctx ends, although a read may go on then.
func answerOf(ctx context.Context, in io.Reader) (string, error) {
	type line struct {
		text string
		err  error
	}
	read := make(chan line, 1)
	go func() {
		text, err := bufio.NewReader(in).ReadString('\n')
		read <- line{text, err}
	}()
	select {
	case l := <-read:
		return strings.TrimSpace(l.text), l.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
