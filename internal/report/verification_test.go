package report

import "testing"

// TestEffect: what is known of the effect of deletions is said as it is; nothing is
// called verified that was not.
func TestEffect(t *testing.T) {
	for _, row := range []struct {
		name string
		v    *Verification
		want string
	}{
		{"not known", nil, "not known yet"},
		{"off", &Verification{Mode: "off"}, "not looked at, as safety.canary is 0"},
		{"off, and indistinct", &Verification{Mode: "off", Words: "deleted and gone are alike"}, "not looked at, as safety.canary is 0; deleted and gone are alike"},
		{"unverified", &Verification{Mode: "unverified", Why: "looks are answered 403"}, "unverified: looks are answered 403"},
		{"unverified, in a report's words", &Verification{Mode: "unverified", Why: "looks are answered 403", Words: "unverified: looks are answered 403; alike"}, "unverified: looks are answered 403; alike"},
		{"verified", &Verification{Mode: "verified", Words: "of 500 deletions 5 were looked at"}, "of 500 deletions 5 were looked at"},
		{"nothing looked at yet", &Verification{Mode: "verified"}, "a look can tell whether they took effect; none was looked at yet"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := row.v.Effect(); got != row.want {
				t.Errorf("%q, want %q", got, row.want)
			}
		})
	}
}
