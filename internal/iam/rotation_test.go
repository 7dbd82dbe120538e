package iam

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/api"
	"cleaner/internal/rig/peertest"
	"cleaner/internal/secret"
)

// rotations are the two kinds of credentials that are read, each with one source.
var rotations = map[string]func(secret.Source) (api.Credentials, error){
	"token file": func(s secret.Source) (api.Credentials, error) { return NewTokenFile(s, 0) },
	"access key": func(s secret.Source) (api.Credentials, error) {
		return NewAccessKey(AccessKeyOptions{ID: "a", Secret: s})
	},
}

// read is credentials of a test that may change their source.
type read struct {
	*testing.T
	api.Credentials
	source *counted
}

// eachRotation runs f in a bubble for each kind.
func eachRotation(t *testing.T, f func(read)) {
	for name, build := range rotations {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				source := &counted{text: "one"}
				c, err := build(source.read)
				if err != nil {
					t.Fatal(err)
				}
				f(read{t, c, source})
			})
		})
	}
}

// renews wants a fault of Renew, and what the service answered in its error.
func (r read) renews(generation uint64, want answer.Fault) told {
	r.Helper()
	err := r.Renew(r.Context(), rejectedWith(generation))
	if err == nil {
		if want != answer.FaultNone {
			r.Errorf("renewed, want %s", want)
		}
		return told{}
	}
	e := failure(r.T, err)
	if peertest.Fault(r.T, err) != want || (want == answer.FaultLogin) != (e.Answer.RetryAfter > 0) {
		r.Errorf("got %#v, want %q", err, want)
	}
	if !strings.Contains(err.Error(), "HTTP 401 APIGW.0301 signature does not match") {
		r.Errorf("the error does not say what the service answered: %v", err)
	}
	return told{err.Error(), e.Answer.RetryAfter}
}

// told is an error, and the wait in it.
type told struct {
	text string
	wait time.Duration
}

// carries wants a request to carry the content of a generation; 0 is none, with a
// fault.
func (r read) carries(generation uint64, want answer.Fault) {
	r.Helper()
	g, err := r.Authorize(r.Context(), newRequest(r.T))
	got := answer.FaultNone
	if err != nil {
		got = peertest.Fault(r.T, err)
	}
	if g != generation || got != want {
		r.Errorf("carries generation %d, %v, want %d, %q", g, err, generation, want)
	}
}

// worked has the service accept a request.
func (r read) worked(generation uint64) { r.Accepted(generation) }

// One that never worked is tried for some seconds, for the service may not know it
// yet, and is then refused for good. It is not sent again.
func TestNeverWorked(t *testing.T) {
	eachRotation(t, func(r read) {
		for range youth / youngPause {
			r.carries(1, answer.FaultNone)
			if e := r.renews(1, answer.FaultLogin); e.wait != youngPause {
				r.Errorf("wait %v", e.wait)
			}
			time.Sleep(youngPause)
		}
		r.carries(1, answer.FaultNone)
		r.renews(1, answer.FaultRefused)
		r.renews(1, answer.FaultRefused) // of another worker
		r.carries(0, answer.FaultRefused)
		r.source.text = "two"
		time.Sleep(lookEvery)
		r.carries(2, answer.FaultNone)
	})
}

// One that has worked is waited for, as long as the patience is, and is not sent
// again before it has changed.
func TestWorkedBefore(t *testing.T) {
	eachRotation(t, func(r read) {
		r.worked(1)
		time.Sleep(time.Hour)
		e := r.renews(1, answer.FaultLogin)
		if e.wait != refusedPause || !strings.Contains(e.text, "waiting until 2000-01-01T01:15:00Z") {
			r.Errorf("got %v", e)
		}
		for range 10 {
			time.Sleep(time.Minute - time.Second)
			r.carries(0, answer.FaultLogin)
		}
		r.source.text = "two"
		time.Sleep(lookEvery)
		r.carries(2, answer.FaultNone)
		r.renews(1, answer.FaultNone) // a straggler
		// The next one is left for too long.
		r.worked(2)
		time.Sleep(time.Hour)
		r.renews(2, answer.FaultLogin)
		for range Patience / refusedPause {
			r.carries(0, answer.FaultLogin)
			time.Sleep(refusedPause)
		}
		r.carries(0, answer.FaultRefused)
		r.renews(2, answer.FaultRefused)
		// Another pass, much later, may try it once.
		time.Sleep(time.Hour)
		r.carries(2, answer.FaultNone)
		r.renews(2, answer.FaultLogin)
		r.carries(0, answer.FaultLogin)
	})
}

// The old content serves until the new one works: a new one that is rejected is
// tried again ever more rarely meanwhile.
func TestOldServesUntilNewWorks(t *testing.T) {
	eachRotation(t, func(r read) {
		r.worked(1)
		time.Sleep(time.Hour)
		r.source.text = "two"
		time.Sleep(lookEvery)
		tries := 0
		for began := time.Now(); time.Since(began) < 10*time.Minute; time.Sleep(time.Second) {
			g, err := r.Authorize(r.Context(), newRequest(r.T))
			if err != nil {
				r.Fatal(err)
			}
			if g == 2 {
				tries++
				r.renews(2, answer.FaultNone)
				r.carries(1, answer.FaultNone)
			}
		}
		if tries < 5 || tries > 9 {
			r.Errorf("the new one was tried %d times in ten minutes", tries)
		}
		time.Sleep(longestRest)
		r.carries(2, answer.FaultNone)
		r.worked(2)
		r.carries(2, answer.FaultNone)
		time.Sleep(time.Minute)
		r.renews(2, answer.FaultLogin) // the old one serves no more
		r.carries(0, answer.FaultLogin)
	})
}

// A file that goes back to the content that works has one that has worked.
func TestBackToTheOld(t *testing.T) {
	eachRotation(t, func(r read) {
		r.worked(1)
		time.Sleep(time.Hour)
		r.source.text = "two"
		time.Sleep(lookEvery)
		r.renews(2, answer.FaultNone)
		r.source.text = "one"
		time.Sleep(lookEvery)
		r.carries(3, answer.FaultNone)
		time.Sleep(youth)
		r.renews(3, answer.FaultLogin)
		r.carries(0, answer.FaultLogin)
	})
}

// When the old content is rejected too, the new one is tried at once.
func TestOldEndsBeforeNewWorks(t *testing.T) {
	eachRotation(t, func(r read) {
		r.worked(1)
		time.Sleep(time.Hour)
		r.source.text = "two"
		time.Sleep(lookEvery)
		r.renews(2, answer.FaultNone)
		r.carries(1, answer.FaultNone)
		r.renews(1, answer.FaultNone)
		r.carries(2, answer.FaultNone)
		r.renews(2, answer.FaultLogin) // it is young
		time.Sleep(youth)
		r.carries(2, answer.FaultNone)
		r.renews(2, answer.FaultRefused)
	})
}

// A source that cannot be read is waited for: it is perhaps being replaced.
func TestRefusedAndUnreadable(t *testing.T) {
	eachRotation(t, func(r read) {
		time.Sleep(time.Hour)
		r.carries(1, answer.FaultNone)
		r.source.text = ""
		e := r.renews(1, answer.FaultLogin)
		if !strings.Contains(e.text, "gone") {
			r.Errorf("got %v", e)
		}
		time.Sleep(lookEvery)
		r.source.text = "one"
		time.Sleep(lookEvery)
		r.carries(0, answer.FaultRefused)
	})
}

// Files are read once a second however often they are used, and a source that fails
// in between does no harm.
func TestFilesAreReadOnceASecond(t *testing.T) {
	eachRotation(t, func(r read) {
		for range 200 {
			r.carries(1, answer.FaultNone)
		}
		if r.source.reads != 1 {
			r.Errorf("%d reads within a second", r.source.reads)
		}
		for _, step := range []struct {
			text string
			want uint64
		}{{"one", 1}, {"", 1}, {"two", 2}, {"one", 3}} {
			r.source.text = step.text
			time.Sleep(lookEvery)
			r.carries(step.want, answer.FaultNone)
		}
	})
}
