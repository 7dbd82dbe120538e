package iam

import (
	"errors"
	"net/http"
	"testing"

	"go.uber.org/goleak"

	"cleaner/internal/answer"
	"cleaner/internal/api"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// All of them are credentials for the service.
var _ = []api.Credentials{(*Password)(nil), (*AccessKey)(nil), (*TokenFile)(nil)}

// rejectedWith is an answer that rejects the credential of a generation.
func rejectedWith(generation uint64) answer.Answer {
	return answer.Answer{Status: http.StatusUnauthorized, Codes: []string{"APIGW.0301"}, Body: answer.BodyCoded, Message: "signature does not match", Credential: generation}
}

// failure returns err as an *answer.Error, and fails for any other.
func failure(t testing.TB, err error) *answer.Error {
	t.Helper()
	e, ok := errors.AsType[*answer.Error](err)
	if !ok {
		t.Fatalf("error is %T (%v)", err, err)
	}
	return e
}

// newClient returns a client of the service at url with these credentials.
func newClient(t testing.TB, url string, c api.Credentials) *api.Client {
	t.Helper()
	client, err := api.New(api.Options{Endpoint: url, Credentials: c})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}
