package sim

import "iter"

// Audit is a client's word held against the truth. Each list names IDs, in the
// order asked about.
type Audit struct {
	// FalseDeletes were said to be deleted, and no DELETE has deleted them.
	FalseDeletes []string
	// FalseGone were said to be gone, and are there.
	FalseGone []string
	// Hidden were said to be gone, and are there, but answered exactly like absent
	// ones, see KindForbidden. No client can do better.
	Hidden []string
	// Lost are those of which nothing was said.
	Lost []string
	// Left are of a kind that a client can delete, and are there.
	Left []string
}

// Audit holds a client's word against the truth as it is now. Said is what the
// client says became of an ID: "deleted", "gone", any other word, or "" for
// nothing.
func (a auditor) Audit(ids iter.Seq[string], said func(id string) string) Audit {
	var found Audit
	add := func(to *[]string, id string, is bool) {
		if is {
			*to = append(*to, id)
		}
	}
	for id := range ids {
		word, truth, there := said(id), a.TruthOf(id), a.Exists(id)
		hidden := truth.Kind == KindForbidden
		add(&found.FalseDeletes, id, word == "deleted" && truth.Effects == 0)
		add(&found.FalseGone, id, word == "gone" && there && !hidden)
		add(&found.Hidden, id, word == "gone" && there && hidden)
		add(&found.Lost, id, word == "")
		add(&found.Left, id, there && (truth.Kind == KindUsual || truth.Kind == KindObjectDeleted))
	}
	return found
}
