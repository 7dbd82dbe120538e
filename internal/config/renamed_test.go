package config

import (
	"strings"
	"testing"
)

// TestOldNamesWork: a key under its old name counts, is warned of, and must not contradict
// the new one.
func TestOldNamesWork(t *testing.T) {
	for _, tt := range []struct {
		name, safety string
		want         int64
		fault        string
	}{
		{"new", "{refuse_above: 7}", 7, ""},
		{"old", "{max_deletes: 7}", 7, ""},
		{"both, the same", "{max_deletes: 1_000, refuse_above: 1000}", 1000, ""},
		{"both, the same, the old one last", "{refuse_above: 1000, max_deletes: 1000}", 1000, ""},
		{"both, different", "{max_deletes: 7, refuse_above: 8}", 0, ":1: safety.max_deletes: is the old name of safety.refuse_above, which line 1 sets to something else: keep that alone"},
		{"the old one wrong", "{max_deletes: -1}", 0, ":1: safety.refuse_above: must be 0 (no cap) or more, got -1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Layers{Name: "f", Data: []byte("safety: " + tt.safety + "\nqueue: {url: 'sqlite:/tmp/x'}\n")}.ParseLocal()
			if tt.fault != "" {
				if err == nil || !strings.Contains(err.Error(), tt.fault) {
					t.Fatalf("error %v, want %q", err, tt.fault)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if c.Safety.RefuseAbove != tt.want {
				t.Errorf("refuse_above %d, want %d", c.Safety.RefuseAbove, tt.want)
			}
			warned := strings.Contains(strings.Join(c.Outdated(), "\n"), "safety.max_deletes is the old name of safety.refuse_above: rename it")
			if want := strings.Contains(tt.safety, "max_deletes"); warned != want {
				t.Errorf("warned %t, want %t: %q", warned, want, c.Outdated())
			}
		})
	}
}
