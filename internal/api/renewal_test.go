package api

import (
	"testing"
	"testing/synctest"
	"time"
)

// renewals are the two kinds of credentials that are read, each with one source.
var renewals = map[string]func(Source) (Credentials, error){
	"token file": func(s Source) (Credentials, error) { return NewTokenFile(s) },
	"access key": func(s Source) (Credentials, error) { return NewAccessKey(AccessKeyOptions{ID: "a", Secret: s}) },
}

// eachRenewal runs f in a bubble for each kind, over a source that f may change.
func eachRenewal(t *testing.T, f func(t *testing.T, c Credentials, source *counted)) {
	for name, build := range renewals {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				source := &counted{text: "one"}
				c, err := build(source.read)
				if err != nil {
					t.Fatal(err)
				}
				f(t, c, source)
			})
		})
	}
}

// renews wants a fault of Renew, and with FaultLogin the wait until it is worth
// trying again.
func renews(t *testing.T, c Credentials, generation uint64, want Fault) {
	t.Helper()
	err := c.Renew(t.Context(), generation)
	if err == nil {
		if want != FaultNone {
			t.Errorf("renewed, want %s", want)
		}
		return
	}
	wait := time.Duration(0)
	if want == FaultLogin {
		wait = renewalPause
	}
	if got := fault(t, err); got != want || asError(t.Context(), "", err).Answer.RetryAfter != wait {
		t.Errorf("got %#v, want %q with a wait of %v", err, want, wait)
	}
}

// A rejected content is refused only when it has stayed for ten seconds; until
// then the source is read each time, and requests carry what there is.
func TestRenewalGrace(t *testing.T) {
	eachRenewal(t, func(t *testing.T, c Credentials, source *counted) {
		for range renewalGrace / renewalPause {
			before := source.reads
			renews(t, c, 1, FaultLogin)
			renews(t, c, 1, FaultLogin) // of another worker
			if source.reads != before+2 {
				t.Errorf("%d reads, want 2", source.reads-before)
			}
			if g, err := c.Authorize(t.Context(), newRequest(t)); g != 1 || err != nil {
				t.Errorf("authorize: generation %d, %v", g, err)
			}
			time.Sleep(renewalPause)
		}
		renews(t, c, 1, FaultRefused)
	})
}

// A content that is replaced in time renews at once, and has ten seconds of its
// own when it is rejected too.
func TestRenewalInTime(t *testing.T) {
	eachRenewal(t, func(t *testing.T, c Credentials, source *counted) {
		renews(t, c, 1, FaultLogin)
		time.Sleep(renewalGrace - 1)
		renews(t, c, 1, FaultLogin)
		source.text = "two"
		renews(t, c, 1, FaultNone)
		renews(t, c, 2, FaultLogin)
		time.Sleep(renewalGrace - 1)
		renews(t, c, 2, FaultLogin)
		renews(t, c, 1, FaultNone) // a straggler
		time.Sleep(time.Nanosecond)
		renews(t, c, 2, FaultRefused)
	})
}

// A source that cannot be read is never refused: it is perhaps being replaced.
func TestRenewalUnreadable(t *testing.T) {
	eachRenewal(t, func(t *testing.T, c Credentials, source *counted) {
		source.text = ""
		renews(t, c, 1, FaultLogin)
		time.Sleep(2 * renewalGrace)
		renews(t, c, 1, FaultLogin)
		source.text = "one"
		renews(t, c, 1, FaultRefused)
	})
}

// A single rejection that the service made by mistake does not use up the grace
// of the one at the end of the credential's life.
func TestRenewalAfterQuiet(t *testing.T) {
	eachRenewal(t, func(t *testing.T, c Credentials, _ *counted) {
		renews(t, c, 1, FaultLogin)
		time.Sleep(time.Hour)
		renews(t, c, 1, FaultLogin)
		time.Sleep(renewalGrace)
		renews(t, c, 1, FaultRefused)
	})
}
