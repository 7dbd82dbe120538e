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
			Project scopeJSON `json:"project"`
		} `json:"scope"`
	} `json:"auth"`
}

// namedJSON names a thing by its ID or its name.
type namedJSON struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// iam knows who may do what.
type iam struct {
	opt     *Options
	count   *counters
	tokens  tokens
	lock    lockout // of the user
	keyLock lockout // of the access key
}

// login answers POST /v3/auth/tokens.
func (i *iam) login(x *exchange) reply {
	rep := i.judgeLogin(x)
	if rep.status == http.StatusCreated {
		i.count.logins.Add(1)
	} else {
		i.count.failedLogins.Add(1)
	}
	return rep
}

// judgeLogin checks in IAM's order: the form, the lock, the password, the scope.
func (i *iam) judgeLogin(x *exchange) reply {
	var in loginJSON
	body := http.MaxBytesReader(nil, x.r.Body, maxLogin)
	if err := json.NewDecoder(body).Decode(&in); err != nil {
		return keystoneError(http.StatusBadRequest, "The request body is invalid.")
	}
	// A login without a scope would get a token for the whole account, with
	// which a regional service cannot be used: here that is an error at once.
	id, project := in.Auth.Identity, in.Auth.Scope.Project
	if len(id.Methods) != 1 || id.Methods[0] != "password" || project.namedJSON == (namedJSON{}) {
		return keystoneError(http.StatusBadRequest, "Expecting the method password and a project as scope.")
	}
	u := id.Password.User
	right := accepts(i.opt.Domain, u.Domain.Name) && accepts(i.opt.User, u.Name) && accepts(i.opt.Password, u.Password)
	if i.lock.locked(i.opt.now(), right, i.opt.LockAfter) {
		return coded(http.StatusUnauthorized, "IAM.0061", "Account locked.")
	}
	if !right {
		return keystoneError(http.StatusUnauthorized, "The username or password is wrong.")
	}
	if rep, refused := i.judgeScope(project); refused {
		return rep
	}
	return i.created(u.Name, u.Domain.Name, project.namedJSON)
}

// created is the answer that brings a new token.
func (i *iam) created(user, domain string, project namedJSON) reply {
	now := i.opt.now().UTC()
	made := token{expires: now.Add(i.opt.TokenLifetime), starts: now.Add(i.opt.IAM.Starts)}
	if i.opt.IAM.Dies > 0 {
		made.dies = now.Add(i.opt.IAM.Dies)
	}
	body := map[string]any{
		"methods":    []string{"password"},
		"issued_at":  now.Format(iamTime),
		"expires_at": made.expires.Format(iamTime),
		"roles":      []any{},
	}
	if !i.opt.IAM.NoUser {
		body["user"] = i.ownedBy(domain, "", cmp.Or(i.opt.TokenUser, user))
	}
	if !i.opt.IAM.NoProject {
		body["project"] = i.ownedBy(domain, cmp.Or(project.ID, i.opt.ProjectID), cmp.Or(i.opt.TokenProject, project.Name, i.opt.Project, "project"))
	}
	return reply{
		status: http.StatusCreated, body: encode(map[string]any{"token": body}),
		header: http.Header{"X-Subject-Token": {i.tokens.issue(made)}},
	}
}

// ownedJSON is a user or a project, with the account it belongs to.
type ownedJSON struct {
	namedJSON
	Domain namedJSON `json:"domain"`
}

// ownedBy makes an ownedJSON. IDs that are not given are made of the names.
func (i *iam) ownedBy(domain, id, name string) ownedJSON {
	domain = cmp.Or(i.opt.TokenDomain, domain)
	return ownedJSON{namedJSON{cmp.Or(id, idOf(name)), name}, namedJSON{idOf(domain), domain}}
}

// accepts compares with what is wanted; empty wants nothing in particular.
func accepts(want, got string) bool { return want == "" || want == got }

// lockout counts wrong secrets in a row.
type lockout struct {
	time  time.Duration // how long a lock lasts; set before use
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
		l.wrong, l.until = 0, now.Add(l.time)
	}
	return false
}
