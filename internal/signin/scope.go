package signin

import (
	"cleaner/internal/config"
	"cleaner/internal/knowledge"
)

// ScopeOf is whom the service answers when cfg is used. It holds no secret. An access
// key of the environment alone goes under token_file: so ledgers have it.
func ScopeOf(cfg *config.Config) (knowledge.Scope, error) {
	service, _, err := cfg.Service.Endpoints()
	if err != nil {
		return knowledge.Scope{}, err
	}
	set := cfg.Auth.Methods()
	for _, m := range methods {
		if len(set) == 0 || set[0] != m.section || m.identity == nil {
			continue
		}
		who := m.identity(cfg)
		return knowledge.Scope{Endpoint: service, Credential: m.section, Account: who[0], User: who[1], Project: who[2]}, nil
	}
	return knowledge.TokenFile(service), nil
}
