package admin

import (
	"fmt"

	"github.com/dustin/go-humanize"
)

// The page asks before a button that leads to deletions. The script reads the question
// from the button.

// AskRun is the question before a pass is started.
func (v view) AskRun() string {
	return fmt.Sprintf("Start a pass now?\n\nIt loads what the inputs hold, and deletes for good what is pending: %s task IDs by now. "+
		"What the protect list names stays. Deletions cannot be undone.\n\nTarget: %v", humanize.Comma(v.Ledger.Pending), v.Target)
}

// AskRequeue is the question before n dead letters are made pending again. code is
// theirs; empty is all.
func (v view) AskRequeue(n int64, code string) string {
	which := ""
	if code != "" {
		which = " with code " + code
	}
	return fmt.Sprintf("Make %s dead letters%s pending again?\n\nPasses delete their tasks for good, the one under way too. "+
		"Deletions cannot be undone.\n\nTarget: %v", humanize.Comma(n), which, v.Target)
}
