package pass

import (
	"strings"
	"testing"
	"time"

	"cleaner/internal/iam"
	"cleaner/internal/secret"
	"cleaner/internal/sim"
	"cleaner/internal/worker"
)

const theSecretKey = "planted-secret-key-77c2"

// signer is a service that knows an access key, and locks it at the fifth refusal.
var signer = sim.Options{AccessKey: "AKPLANTED", SecretKey: theSecretKey, ProjectID: "p", LockKeyAfter: 5}

// signWith has the passes sign with the access key and this secret.
func (w *world) signWith(key string) {
	w.Helper()
	c, err := iam.NewAccessKey(iam.AccessKeyOptions{ID: signer.AccessKey, ProjectID: signer.ProjectID, Secret: secret.Value(key)})
	if err != nil {
		w.Fatal(err)
	}
	w.signIn(c, func() int64 { return 0 })
}

// rejected makes a pass that ends for want of a credential, with all of n IDs pending.
func (w *world) rejected(n int64) Report {
	w.Helper()
	r := w.pass(w.Context())
	w.want("stopped by", r.StoppedBy, string(worker.StopCredentials))
	w.want("pending", r.Pending, n)
	w.want("effects", w.sim.Truth().Effects, int64(0))
	return r
}

// TestRejectedKeySaysWhatWasAnswered: a wrong secret key ends the pass in seconds, with
// what the gateway said of it, and before the key is locked.
func TestRejectedKeySaysWhatWasAnswered(t *testing.T) {
	over(t, signer, 200, func(w *world) {
		w.signWith("wrong")
		began := time.Now()
		r := w.rejected(200)
		if !strings.Contains(r.Reason, "HTTP 401 APIGW.0301") {
			t.Errorf("reason: %s", r.Reason)
		}
		if n := w.sim.Truth().Requests; n == 0 || n > 4 {
			t.Errorf("%d requests were signed with it, want at most four: the fifth locks the key", n)
		}
		if took := time.Since(began); took > 45*time.Second {
			t.Errorf("it took %v", took)
		}
		w.signWith(theSecretKey)
		w.want("deleted with the right key", w.pass(w.Context()).Deleted, int64(200))
	})
}

// TestRejectedCredentialNearTheDeadline: a key or a token that is rejected ends the pass
// also where IDs may not wait as long as the credential is given.
func TestRejectedCredentialNearTheDeadline(t *testing.T) {
	for name, sign := range map[string]func(*world){
		"access key": func(w *world) { w.signWith("another") },
		"token file": func(w *world) {
			c, err := iam.NewTokenFile(secret.FileAt("auth.token_file", w.write("token", "not-a-token-of-theirs")), 0)
			if err != nil {
				w.Fatal(err)
			}
			w.signIn(c, func() int64 { return 0 })
		},
	} {
		t.Run(name, func(t *testing.T) {
			over(t, signer, 5, func(w *world) {
				sign(w)
				w.spec.Retry.Deadline = 3 * time.Second // sooner than the grace of a rejected credential
				w.rejected(5)
			})
		})
	}
}

// TestYoungTokenIsWaitedFor: a token that is rejected while it is seconds old is tried
// again, and no other is fetched. No ID pays for it.
func TestYoungTokenIsWaitedFor(t *testing.T) {
	over(t, sim.Options{Faults: []sim.Fault{fault(t, "expired-401:1:1")}}, 5, func(w *world) {
		w.spec.Safety.Canaries = 0
		began := time.Now()
		r := w.pass(w.Context())
		w.want("deleted", r.Deleted, int64(5))
		w.want("logins", r.Logins, int64(1))
		w.want("logins at IAM", w.sim.Truth().Logins, int64(1))
		w.want("it was waited for", time.Since(began) > time.Second, true)
		for id, o := range w.ends {
			if o.Attempts != 1 {
				t.Errorf("%s spent %d attempts", id, o.Attempts)
			}
		}
	})
}
