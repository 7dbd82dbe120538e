package sim

import (
	"sync"
	"sync/atomic"
	"testing"
)

// The scene that a client's renewal of tokens is tested in: many workers meet
// the same revoked token at once. A client that renews once is seen to log in
// once, and one that renews for each refusal is seen to do that.
func TestRevocationStorm(t *testing.T) {
	const workers = 16
	for _, row := range []struct {
		name   string
		shared bool
		logins int64
	}{
		{"renewed once", true, 1},
		{"renewed for each refusal", false, workers},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := serve(t, account())
			var token atomic.Value
			token.Store(g.token())
			g.Revoke()
			renew := func() { token.Store(g.token()) }
			once := sync.OnceFunc(renew)
			var refused sync.WaitGroup
			refused.Add(workers)
			gather(workers, func(i int) {
				if got := g.del(id(i), "X-Auth-Token", token.Load().(string)); got.code() != codeExpired {
					t.Errorf("revoked token: %v", got)
				}
				refused.Done()
				refused.Wait() // all have been refused before one renews
				if row.shared {
					once()
				} else {
					renew()
				}
				if got := g.del(id(i), "X-Auth-Token", token.Load().(string)); got.String() != "200" {
					t.Errorf("new token: %v", got)
				}
			})
			got := g.Truth()
			if got.Logins != 1+row.logins || got.Effects != workers || got.Deletes != 2*workers {
				t.Errorf("truth is %+v", got)
			}
			if got.MaxConcurrent > workers {
				t.Errorf("%d at once by %d workers", got.MaxConcurrent, workers)
			}
		})
	}
}
