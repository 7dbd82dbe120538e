package report

import (
	"encoding/json"
	"os"
)

// Replaces reports whether path may take the report of a pass that could not read its
// configuration, and so does not know what else may lie there: only an earlier report is
// replaced.
func Replaces(path string) bool {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return true // nothing is lost there
	}
	text, err := os.ReadFile(path)
	var earlier struct {
		ExitCode *int `json:"exit_code"`
	}
	return err == nil && (len(text) == 0 || json.Unmarshal(text, &earlier) == nil && earlier.ExitCode != nil)
}
