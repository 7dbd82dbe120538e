package admin

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"syscall"
)

// ledgerHeader carries which ledger a client means.
const ledgerHeader = "Cleaner-Ledger"

// errOtherLedger says that the serve that listens is that of another configuration.
var errOtherLedger = errors.New("the serve that listens there works with another ledger than queue.url: give its configuration, or each of the two a listener of its own")

// ledgerAt tells the ledger at a path from all others of this machine, by whatever name it
// is known; empty when there is none.
func ledgerAt(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%d:%d", s.Dev, s.Ino)
}

// withLedger refuses who means another ledger than the one of this serve, before anything
// is changed or told: two configurations may name the same listener. Who names none, as a
// browser, means this one.
func (e *endpoint) withLedger(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if meant := r.Header.Get(ledgerHeader); meant != "" && e.o.Ledger != "" && meant != ledgerAt(e.o.Ledger) {
			writeJSON(w, http.StatusPreconditionFailed, map[string]string{"error": errOtherLedger.Error()})
			return
		}
		next.ServeHTTP(w, r)
	})
}
