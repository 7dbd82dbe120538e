package pass

import (
	"testing"
	"time"

	"cleaner/internal/iam"
	"cleaner/internal/secret"
	"cleaner/internal/sim"
)

// TestChangedPasswordIsSeen: passes of one process send a wrong password once, and the
// file of the password is read again, at most once a second.
func TestChangedPasswordIsSeen(t *testing.T) {
	over(t, sim.Options{}, 10, func(w *world) {
		p, err := iam.NewPassword(iam.PasswordOptions{
			Server: iam.Server{Endpoint: "https://iam.example", Transport: w.sim.RoundTripper()},
			Domain: "account", User: "operator", Project: "cn-north-4",
			Password: secret.FileAt("auth.password.password_file", w.write("password", "wrong")),
		})
		if err != nil {
			t.Fatal(err)
		}
		w.signIn(p, p.Logins)
		for range 10 {
			w.rejected(10)
		}
		w.want("failed logins of ten passes", w.sim.Truth().FailedLogins, int64(1))
		w.write("password", thePassword)
		time.Sleep(1100 * time.Millisecond)
		w.want("deleted", w.pass(w.Context()).Deleted, int64(10))
		w.want("failed logins", w.sim.Truth().FailedLogins, int64(1))
		w.want("logins", w.sim.Truth().Logins, int64(1))
	})
}
