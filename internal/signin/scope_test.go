package signin

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/config"
	"cleaner/internal/knowledge"
)

// What the ledger keeps something by is read as what it is. The keys are an interface:
// ledgers hold them.
func TestScopeIsReadAsWritten(t *testing.T) {
	service := config.Service{Endpoint: "https://check.example", IAMEndpoint: "https://iam.example"}
	for _, row := range []struct {
		name string
		auth config.Auth
		key  string
		want knowledge.Scope
	}{
		{
			"password",
			config.Auth{Password: &config.Password{Domain: "account", User: "operator", Project: "cn-north-4"}},
			"https://check.example|password|account|operator|cn-north-4",
			knowledge.Scope{Endpoint: "https://check.example", Credential: "password", Account: "account", User: "operator", Project: "cn-north-4"},
		},
		{
			"access key",
			config.Auth{AccessKey: &config.AccessKey{ID: "AKPLANTED", ProjectID: "0123"}},
			"https://check.example|access_key||f88134ba|0123",
			knowledge.Scope{Endpoint: "https://check.example", Credential: "access_key", User: knowledge.KeyMark("AKPLANTED"), Project: "0123"},
		},
		{
			"token file",
			config.Auth{TokenFile: "/t"},
			"https://check.example|token_file",
			knowledge.Scope{Endpoint: "https://check.example", Credential: "token_file"},
		},
		{
			"environment",
			config.Auth{},
			"https://check.example|token_file",
			knowledge.Scope{Endpoint: "https://check.example", Credential: "token_file"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			scope, err := ScopeOf(&config.Config{Service: service, Auth: row.auth})
			if err != nil || scope.Key() != row.key {
				t.Fatalf("got %s, %v, want %s", scope.Key(), err, row.key)
			}
			if diff := cmp.Diff(row.want, knowledge.ParseScope(row.key)); diff != "" {
				t.Errorf("%q (-want +got):\n%s", row.key, diff)
			}
		})
	}
}
