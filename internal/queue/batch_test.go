package queue

import "testing"

// TestNoBatch: the error names what was meant, if that can be guessed, and otherwise the
// latest.
func TestNoBatch(t *testing.T) {
	all := []string{"tasks.txt-1", "b-2", "c-3", "d-4", "tasks.txt-5", "e-6", "f-7"}
	for _, row := range []struct {
		name string
		all  []string
		want string
	}{
		{"x", nil, `the ledger has no batch "x": it has none`},
		{"y", all[:2], `the ledger has no batch "y"; it has b-2, tasks.txt-1`},
		{"tasks.txt", all, `the ledger has no batch "tasks.txt"; it has tasks.txt-5, tasks.txt-1, f-7, e-6, d-4, and more: "cleaner batches" lists them`},
	} {
		if got := NoBatch(row.name, row.all).Error(); got != row.want {
			t.Errorf("%q of %v:\n%s\nwant\n%s", row.name, row.all, got, row.want)
		}
	}
}
