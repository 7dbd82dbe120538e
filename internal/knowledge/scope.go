package knowledge

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Scope is whom the service answers: what is learned with one scope holds for no
// other. It holds no secret. What the kind of credential does not tell is empty.
type Scope struct {
	Endpoint   string `json:"endpoint"`
	Credential string `json:"credential"` // its kind, as in the section auth
	Account    string `json:"account"`
	User       string `json:"user"` // of an access key, what stands for the key
	Project    string `json:"project"`
}

// tokenFile is the kind of credential that tells neither account, user nor project.
const tokenFile = "token_file"

// TokenFile is the scope of an endpoint to which a token from a file is sent.
func TokenFile(endpoint string) Scope { return Scope{Endpoint: endpoint, Credential: tokenFile} }

// Key is what the ledger keeps something by.
func (s Scope) Key() string {
	if s.Credential == tokenFile {
		return s.Endpoint + "|" + tokenFile
	}
	return strings.Join([]string{s.Endpoint, s.Credential, s.Account, s.User, s.Project}, "|")
}

// ParseScope reads what Key returned.
func ParseScope(key string) Scope {
	parts := strings.Split(key, "|")
	s := Scope{Endpoint: parts[0]}
	if len(parts) > 1 {
		s.Credential = parts[1]
	}
	switch rest := parts[min(len(parts), 2):]; {
	case len(rest) >= 3:
		s.Account, s.User, s.Project = rest[0], rest[1], strings.Join(rest[2:], "|")
	default:
		s.Project = strings.Join(rest, "|")
	}
	return s
}

// KeyMark stands for an access key, which is not shown: the same for the same key, and
// empty for an empty one.
func KeyMark(id string) string {
	if id == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:4])
}
