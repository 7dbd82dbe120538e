package worker

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

// StopKinds leaves out no kind that is declared.
func TestStopKinds(t *testing.T) {
	code, err := os.ReadFile("stop.go")
	if err != nil {
		t.Fatal(err)
	}
	var declared []StopKind
	for _, m := range regexp.MustCompile(`StopKind = "(\w+)"`).FindAllSubmatch(code, -1) {
		declared = append(declared, StopKind(m[1]))
	}
	if !slices.Equal(StopKinds(), declared) || len(declared) < 12 {
		t.Errorf("StopKinds is %q, declared are %q", StopKinds(), declared)
	}
}
