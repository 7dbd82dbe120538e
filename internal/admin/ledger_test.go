package admin

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestAnotherLedger: a client that means another ledger changes nothing and learns nothing,
// and knows that nobody serves its own. One that means this ledger by another name, none,
// or one that is not there, is answered.
func TestAnotherLedger(t *testing.T) {
	dir := t.TempDir()
	ours, theirs, link := filepath.Join(dir, "a.db"), filepath.Join(dir, "b.db"), filepath.Join(dir, "link.db")
	write(t, ours, "")
	write(t, theirs, "")
	if err := os.Symlink(ours, link); err != nil {
		t.Fatal(err)
	}
	d := &fakeControl{}
	o := d.options(t)
	o.Ledger = ours
	s := start(t, o)
	for way, at := range map[string]Listeners{"socket": {Socket: o.Socket}, "address": {Address: s.Addr()}} {
		at.Ledger = theirs
		c := Client{Listeners: at, Token: token}
		_, err := c.Control(t.Context(), "/control/run", nil)
		if none, ok := errors.AsType[*NoAnswerError](err); !ok || !none.Nobody() || !strings.Contains(err.Error(), "another ledger") {
			t.Errorf("%s: another ledger: %v", way, err)
		}
		if _, err := c.Status(t.Context()); !errors.Is(err, errOtherLedger) {
			t.Errorf("%s: the status for another ledger: %v", way, err)
		}
		if asked := d.took(); len(asked) > 0 {
			t.Errorf("%s: for another ledger it has done %q", way, asked)
		}
		for _, meant := range []string{ours, link, "", filepath.Join(dir, "none.db")} {
			c.Ledger = meant
			_, err := c.Control(t.Context(), "/control/run", nil)
			if asked := d.took(); err != nil || !slices.Equal(asked, []string{"run"}) {
				t.Errorf("%s: %q: %v, and it has done %q", way, meant, err, asked)
			}
		}
	}
	if g := send(t, client(t, ""), "GET", "http://"+s.Addr()+"/status", nil); g.code != http.StatusOK {
		t.Errorf("a browser is answered %d", g.code)
	}
}
