package pass

import (
	"context"
	"iter"
	"strings"

	"go.uber.org/zap"

	"cleaner/internal/queue"
)

// WarnStillNamed warns of the inputs, which every pass reads, that name dead letters
// chosen by f: dropped, they are loaded anew.
func WarnStillNamed(ctx context.Context, q queue.LetterReader, f queue.Filter, inputs []Source, log *zap.Logger) error {
	chosen := letterSet{}
	for d, err := range q.Dead(ctx, f) {
		if err != nil {
			return err
		}
		chosen[strings.ToLower(d.ID)] = true
	}
	if len(chosen) == 0 {
		return nil
	}
	for _, s := range inputs {
		l, err := s.Load(ctx, chosen)
		switch {
		case err != nil:
			log.Warn("it is not known whether an input that every pass reads names dead letters that are dropped", zap.String("source", s.Name()), zap.Error(err))
		case l.Duplicates > 0:
			log.Warn("an input that every pass reads names dead letters that are dropped: the next pass loads and sends them again; take them out of it, or it out of inputs.files and inputs.urls",
				zap.String("source", s.Name()), zap.Int64("ids", l.Duplicates))
		}
	}
	return nil
}

// letterSet are the IDs of dead letters in lower case, as a loader that keeps nothing:
// it knows which IDs are among them.
type letterSet map[string]bool

// Load counts the IDs that are among the letters as duplicates.
func (s letterSet) Load(_ context.Context, _ queue.Batch, ids iter.Seq2[string, error]) (l queue.Loaded, err error) {
	seen := map[string]bool{}
	for id, err := range ids {
		if err != nil {
			return queue.Loaded{}, err
		}
		if id = strings.ToLower(id); s[id] && !seen[id] {
			seen[id] = true
			l.Duplicates++
		}
	}
	return l, nil
}
