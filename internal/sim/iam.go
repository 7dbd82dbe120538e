package sim

import (
	"cmp"
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// maxLogin is how much of a login's body is read.
const maxLogin = 1 << 20

// lockTime is how long a user stays locked. The service's own figure is the
// administrator's to set.
const lockTime = 15 * time.Minute

// iamTime is the layout of IAM's times: UTC with microseconds.
const iamTime = "2006-01-02T15:04:05.000000Z"

// loginJSON is the part of a login that is looked at (API Reference of IAM,
// "Obtaining a User Token Through Password Authentication").
type loginJSON struct {
	Auth struct {
		Identity struct {
			Methods  []string `json:"methods"`
			Password struct {
				User struct {
					Name     string    `json:"name"`
					Password string    `json:"password"`
					Domain   namedJSON `json:"domain"`
				} `json:"user"`
			} `json:"password"`
		} `json:"identity"`
		Scope struct {
			Project namedJSON `json:"project"`
		} `json:"scope"`
	} `json:"auth"`
}

// namedJSON names a thing by its ID or its name.
type namedJSON struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// login answers POST /v3/auth/tokens.
func (s *Sim) login(x *exchange) reply {
	rep := s.judgeLogin(x)
	if rep.status == http.StatusCreated {
		s.count.logins.Add(1)
	} else {
		s.count.failedLogins.Add(1)
	}
	return rep
}

// judgeLogin checks in IAM's order: the form, the lock, the password, the scope.
func (s *Sim) judgeLogin(x *exchange) reply {
	var in loginJSON
	body := http.MaxBytesReader(nil, x.r.Body, maxLogin)
	if err := json.NewDecoder(body).Decode(&in); err != nil {
		return keystoneError(http.StatusBadRequest, "The request body is invalid.")
	}
	// A login without a scope would get a token for the whole account, with
	// which a regional service cannot be used: here that is an error at once.
	id, project := in.Auth.Identity, in.Auth.Scope.Project
	if len(id.Methods) != 1 || id.Methods[0] != "password" || project == (namedJSON{}) {
		return keystoneError(http.StatusBadRequest, "Expecting the method password and a project as scope.")
	}
	u := id.Password.User
	right := accepts(s.opt.Domain, u.Domain.Name) && accepts(s.opt.User, u.Name) && accepts(s.opt.Password, u.Password)
	if s.lock.locked(s.now(), right, s.opt.LockAfter) {
		return coded(http.StatusUnauthorized, "IAM.0061", "Account locked.")
	}
	if !right {
		return keystoneError(http.StatusUnauthorized, "The username or password is wrong.")
	}
	if !s.inScope(project) {
		// The status for an unknown project is an assumption.
		return keystoneError(http.StatusNotFound, "Could not find the project.")
	}
	return s.created(u.Name, u.Domain.Name, project)
}

// inScope reports whether a token can be had for p.
func (s *Sim) inScope(p namedJSON) bool {
	if p.ID != "" {
		return accepts(s.opt.ProjectID, p.ID)
	}
	return accepts(s.opt.Project, p.Name)
}

// created is the answer that brings a new token.
func (s *Sim) created(user, domain string, project namedJSON) reply {
	now := s.now().UTC()
	expires := now.Add(s.opt.TokenLifetime)
	rep := reply{status: http.StatusCreated, body: encode(map[string]any{"token": map[string]any{
		"methods":    []string{"password"},
		"issued_at":  now.Format(iamTime),
		"expires_at": expires.Format(iamTime),
		"roles":      []any{},
		"user":       s.ownedBy(domain, "", cmp.Or(s.opt.TokenUser, user)),
		"project":    s.ownedBy(domain, cmp.Or(project.ID, s.opt.ProjectID), cmp.Or(s.opt.TokenProject, project.Name, s.opt.Project, "project")),
	}})}
	rep.header = http.Header{"X-Subject-Token": {s.tokens.issue(expires)}}
	return rep
}

// ownedJSON is a user or a project, with the account it belongs to.
type ownedJSON struct {
	namedJSON
	Domain namedJSON `json:"domain"`
}

// ownedBy makes an ownedJSON. IDs that are not given are made of the names.
func (s *Sim) ownedBy(domain, id, name string) ownedJSON {
	made := func(name string) string { return refOf("id of " + name).key.text() }
	domain = cmp.Or(s.opt.TokenDomain, domain)
	return ownedJSON{namedJSON{cmp.Or(id, made(name)), name}, namedJSON{made(domain), domain}}
}

// accepts compares with what is wanted; empty wants nothing in particular.
func accepts(want, got string) bool { return want == "" || want == got }

// lockout counts wrong passwords in a row.
type lockout struct {
	mu    sync.Mutex
	wrong int
	until time.Time // locked before this
}

// locked takes one attempt at now into account and reports whether the user is
// locked for it. A limit below zero never locks.
func (l *lockout) locked(now time.Time, right bool, limit int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case now.Before(l.until):
		return true
	case right:
		l.wrong = 0
		return false
	}
	// The attempt that reaches the limit is still told that it was wrong.
	if l.wrong++; limit > 0 && l.wrong >= limit {
		l.wrong, l.until = 0, now.Add(lockTime)
	}
	return false
}
