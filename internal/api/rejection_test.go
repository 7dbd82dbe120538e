package api

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/answer"
	"cleaner/internal/iam"
	"cleaner/internal/rig/peertest"
)

// What the service answers shows whether the credential has worked.
func TestAnswersProve(t *testing.T) {
	for _, row := range []struct {
		name            string
		a               answer.Answer
		proves, rejects bool
	}{
		{"null", answer.Answer{Status: 200, Body: answer.BodyNull}, true, false},
		{"a task", answer.Answer{Status: 200, Body: answer.BodyTask}, true, false},
		{"a page", answer.Answer{Status: 200, Body: answer.BodyHTML}, false, false},
		{"code of the service", answer.Answer{Status: 200, Body: answer.BodyCoded, Codes: []string{"CC.00050013"}}, true, false},
		{"rejected under 200", answer.Answer{Status: 200, Body: answer.BodyCoded, Codes: []string{"CC.00050007"}}, false, true},
		{"rejected inside", answer.Answer{Status: 400, Body: answer.BodyCoded, Codes: []string{"CC.00050006", "CC.00050007.401"}}, false, true},
		{"expired", answer.Answer{Status: 401, Body: answer.BodyCoded, Codes: []string{"CC.00000003"}}, false, true},
		{"plain 401", answer.Answer{Status: 401, Body: answer.BodyEmpty}, false, true},
		{"0307 under 403", answer.Answer{Status: 403, Body: answer.BodyCoded, Codes: []string{"APIGW.0307"}}, false, true},
		{"0301 of a customer's gateway", answer.Answer{Status: 401, Body: answer.BodyCoded, Codes: []string{"APIG.0301"}}, false, true},
		{"no permission", answer.Answer{Status: 403, Body: answer.BodyCoded, Codes: []string{"CC.00050010"}}, true, true},
		{"throttled", answer.Answer{Status: 429, Body: answer.BodyCoded, Codes: []string{"APIGW.0308"}}, false, false},
		{"unavailable", answer.Answer{Status: 503, Body: answer.BodyEmpty}, false, false},
		{"a longer number", answer.Answer{Status: 400, Body: answer.BodyCoded, Codes: []string{"APIGW.03071"}}, false, false},
	} {
		if proves(row.a) != row.proves || rejects(row.a) != row.rejects {
			t.Errorf("%s: proves %v, rejects %v, want %v, %v", row.name, proves(row.a), rejects(row.a), row.proves, row.rejects)
		}
	}
}

// acceptance is credentials that keep what was accepted.
type acceptance struct {
	anyone
	generation uint64
}

func (a *acceptance) Accepted(generation uint64) { a.generation = generation }

// A client tells its credentials when one of them has worked.
func TestClientProves(t *testing.T) {
	status := http.StatusUnauthorized
	s := peertest.Serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
	accepted := new(acceptance)
	c := newTestClient(t, s.URL, func(o *Options) { o.Credentials = accepted })
	for _, want := range []uint64{0, 7} {
		if _, err := c.DeleteTask(t.Context(), peertest.TaskID); err != nil {
			t.Fatal(err)
		}
		if accepted.generation != want {
			t.Errorf("after %d: generation %d was accepted, want %d", status, accepted.generation, want)
		}
		status = http.StatusNoContent
	}
}

// A clock that is off is named, with the difference, where a credential is rejected.
func TestClockIsNamed(t *testing.T) {
	off := time.Duration(0)
	s := peertest.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(off).UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"error_code":"APIGW.0301","error_msg":"signature expired"}`))
	})
	c := newTestClient(t, s.URL, nil)
	for _, row := range []struct {
		off  time.Duration
		want string
	}{
		{0, ""},
		{-50 * time.Second, ""},
		{20 * time.Minute, " (this machine's clock is 20m0s behind the server's)"},
		{-3 * time.Hour, " (this machine's clock is 3h0m0s ahead of the server's)"},
	} {
		off = row.off
		a, err := c.DeleteTask(t.Context(), peertest.TaskID)
		if about := strings.NewReplacer("19m59s", "20m0s", "20m1s", "20m0s", "3h0m1s", "3h0m0s"); err != nil || about.Replace(a.Message) != "signature expired"+row.want {
			t.Errorf("%v: %q, %v", row.off, a.Message, err)
		}
		if err := newPassword(t, iam.Server{Endpoint: s.URL}).Ready(t.Context()); (row.want != "") != strings.Contains(err.Error(), "this machine's clock is") {
			t.Errorf("login, %v: %v", row.off, err)
		}
	}
}

// renewal is credentials that keep the answer they were told to renew after.
type renewal struct {
	anyone
	rejected answer.Answer
}

func (r *renewal) Renew(_ context.Context, rejected answer.Answer) error {
	r.rejected = rejected
	return nil
}

// Credentials are renewed with the answer that rejected the same generation, and with
// the generation alone where there was none.
func TestClientRenews(t *testing.T) {
	s := peertest.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"error_code":"APIGW.0301","error_msg":"signature expired"}`))
	})
	r := new(renewal)
	c := newTestClient(t, s.URL, func(o *Options) { o.Credentials = r })
	got, err := c.DeleteTask(t.Context(), peertest.TaskID)
	if err != nil {
		t.Fatal(err)
	}
	for generation, want := range map[uint64]answer.Answer{7: got, 8: {Credential: 8}} {
		if err := c.Renew(t.Context(), generation); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want, r.rejected); diff != "" {
			t.Errorf("generation %d (-want +got):\n%s", generation, diff)
		}
	}
}
