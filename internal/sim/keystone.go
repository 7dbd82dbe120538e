package sim

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// IAM says how IAM answers logins, and what its tokens are good for. The zero
// value answers completely, and its tokens are good from the first to the last
// moment.
type IAM struct {
	// NoProject and NoUser leave that block out of the answer to a login.
	NoProject, NoUser bool
	// NeedDomain refuses, as Keystone does, a scope that names its project by name
	// and not the account that the project belongs to.
	NeedDomain bool
	// Starts is how long it takes until the gateway knows a new token.
	Starts time.Duration
	// Dies is how long after its login a token is refused by the service, with 401
	// and CC.00000003, whatever its expires_at says; 0 is never.
	Dies time.Duration
}

// validate refuses negative times.
func (i IAM) validate() error {
	if i.Starts < 0 || i.Dies < 0 {
		return fmt.Errorf("token starts after %s and dies after %s, of which one is negative", i.Starts, i.Dies)
	}
	return nil
}

// scopeJSON is the project that a login asks for.
type scopeJSON struct {
	namedJSON
	Domain namedJSON `json:"domain"`
}

// judgeScope is the refusal of a scope, and whether there is one. A project's
// name is unique within its account only, and so has to come with that; its ID
// stands alone.
func (i *iam) judgeScope(p scopeJSON) (rep reply, refused bool) {
	if p.ID != "" {
		if accepts(i.opt.ProjectID, p.ID) {
			return reply{}, false
		}
		return noSuchProject(), true
	}
	if i.opt.IAM.NeedDomain && p.Domain == (namedJSON{}) {
		return keystoneError(http.StatusBadRequest, "Expecting to find domain in project. The server could not comply with the "+
			"request since it is either malformed or otherwise incorrect. The client is assumed to be in error."), true
	}
	if !accepts(i.opt.Project, p.Name) || p.Domain.Name != "" && !accepts(i.opt.Domain, p.Domain.Name) {
		return noSuchProject(), true
	}
	return reply{}, false
}

// noSuchProject is the answer to a scope that there is not. Its status is an
// assumption.
func noSuchProject() reply { return keystoneError(http.StatusNotFound, "Could not find the project.") }

// projectJSON is an entry of IAM's list of projects (API Reference of IAM,
// "Querying Project Information").
type projectJSON struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	DomainID string `json:"domain_id"`
	ParentID string `json:"parent_id"`
	Enabled  bool   `json:"enabled"`
	IsDomain bool   `json:"is_domain"`
}

// listProjects answers GET /v3/projects with the one project there is, unless the
// query names another. The name of a region's own project is the region's ID.
func (i *iam) listProjects(x *exchange) reply {
	name := x.r.URL.Query().Get("name")
	list := []projectJSON{}
	if name == "" || accepts(i.opt.Project, name) {
		name = cmp.Or(name, i.opt.Project, "project")
		domain := idOf(i.accountName())
		list = append(list, projectJSON{ID: cmp.Or(i.opt.ProjectID, idOf(name)), Name: name, DomainID: domain, ParentID: domain, Enabled: true})
	}
	return reply{status: http.StatusOK, body: encode(map[string]any{"projects": list, "links": map[string]any{}})}
}

// listDomains answers GET /v3/auth/domains with the account.
func (i *iam) listDomains(*exchange) reply {
	return reply{status: http.StatusOK, body: encode(map[string]any{
		"domains": []map[string]any{{"id": idOf(i.accountName()), "name": i.accountName(), "enabled": true}},
		"links":   map[string]any{},
	})}
}

// accountName is the name of the account that an access key belongs to.
func (i *iam) accountName() string { return cmp.Or(i.opt.TokenDomain, i.opt.Domain, "account") }

// idOf makes an ID of a name, the same one each time.
func idOf(name string) string { return refOf("id of " + name).key.text() }

// keyLockTime is how long an access key stays locked (FAQ on APIG.0301).
const keyLockTime = 5 * time.Minute

// errKeyLocked refuses every signature while the access key is locked. The wording
// is an assumption.
var errKeyLocked = errors.New("verify aksk signature fail, the ak is locked")

// judgeSignature is verify, and counts wrong signatures against the lock. Other
// faults, as an unknown key or a clock that is off, do not count.
func (i *iam) judgeSignature(r *http.Request) error {
	err := i.verify(r)
	if i.opt.LockKeyAfter <= 0 || err != nil && !errors.Is(err, errSignature) {
		return err
	}
	if i.keyLock.locked(i.opt.now(), err == nil, i.opt.LockKeyAfter) {
		return errKeyLocked
	}
	return err
}
