package sim

import (
	"crypto/rand"
	"encoding/base64"
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// tokenBytes makes tokens of 1,300 characters, about the size of real ones.
const tokenBytes = 975

// token is what is known of one that was given out.
type token struct {
	expires time.Time
	revoked bool
	starts  time.Time // before this the gateway does not know it
	dies    time.Time // from then on the service refuses it; zero is never
}

// tokens are all that were ever given out. Finding one takes no lock: the map
// is copied for each change, and changes are rare.
type tokens struct {
	mu  sync.Mutex // held to change
	all atomic.Pointer[map[string]token]
}

// find returns the token with that value.
func (t *tokens) find(value string) (token, bool) {
	all := t.all.Load()
	if all == nil {
		return token{}, false
	}
	found, ok := (*all)[value]
	return found, ok
}

// issue makes a new token of which made is known. The older ones stay as they are.
func (t *tokens) issue(made token) string {
	raw := make([]byte, tokenBytes)
	_, _ = rand.Read(raw) // never fails, see crypto/rand
	value := base64.URLEncoding.EncodeToString(raw)
	t.change(func(all map[string]token) { all[value] = made })
	return value
}

// revoke makes all tokens given out so far invalid and returns how many were
// not so before.
func (t *tokens) revoke() (n int) {
	t.change(func(all map[string]token) {
		for value, tok := range all {
			if !tok.revoked {
				tok.revoked = true
				all[value] = tok
				n++
			}
		}
	})
	return n
}

// change replaces the map by a changed copy.
func (t *tokens) change(f func(map[string]token)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	next := map[string]token{}
	if all := t.all.Load(); all != nil {
		next = maps.Clone(*all)
	}
	f(next)
	t.all.Store(&next)
}

// Revoke makes all tokens given out so far invalid, as a change of password or
// of permissions does, and returns how many were valid or merely expired.
func (i *iam) Revoke() int { return i.tokens.revoke() }
