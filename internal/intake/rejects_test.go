package intake

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A message that cannot be read is in the rejects before the broker is told, which may
// drop it then; where it cannot be kept, nothing is acknowledged.
func TestFeedKeepsRejectsFirst(t *testing.T) {
	rejects := filepath.Join(t.TempDir(), "rejects")
	var kept []string // at each acknowledgement
	running(t, func(o *Options) {
		o.Rejects = rejects
		open := o.Open
		o.Open = func(ctx context.Context) (Broker, error) {
			b, err := open(ctx)
			return watched{b, func() { text, _ := os.ReadFile(rejects); kept = append(kept, string(text)) }}, err
		}
	}, func(t *testing.T, _ *Feed, l *line, _ *books) {
		l.send("1")
		rest(time.Minute)
		if len(kept) != 1 || !strings.Contains(kept[0], `"text":"1"`) || len(l.dead) != 1 {
			t.Errorf("kept when it was acknowledged: %q; dead %q", kept, l.dead)
		}
	})
	folder := t.TempDir() // no file can be there
	running(t, func(o *Options) { o.Rejects = folder }, func(t *testing.T, f *Feed, l *line, b *books) {
		l.send("1", "a1")
		rest(10 * time.Minute)
		if len(l.acked)+len(b.ids) != 0 || !strings.Contains(f.Status().Waits, "rejected") {
			t.Errorf("acknowledged %q, the ledger has %v: %+v", l.acked, b.ids, f.Status())
		}
	})
}

// watched calls before before each acknowledgement.
type watched struct {
	Broker
	before func()
}

func (w watched) Ack(ctx context.Context, done []Message) error {
	w.before()
	return w.Broker.Ack(ctx, done)
}
