package iam

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"cleaner/internal/answer"
	"cleaner/internal/connpool"
	"cleaner/internal/httpanswer"
	"cleaner/internal/secret"
)

// projectsPath is where projects are listed by name (IAM API Reference, Querying
// Project Information).
const projectsPath = "/v3/projects"

// project is the ID of the project that signed requests are for. It is given, or
// asked of IAM once and kept. The zero value knows that there is none to be named.
type project struct {
	setting string // the key of the configuration that gives the ID, for errors
	name    string // to ask for
	id      atomic.Pointer[string]
	op      string
	url     *url.URL
	pool    *connpool.Pool
	agent   string
	gate    *gate
	flight  singleflight.Group
}

// open makes ready to ask IAM at server for the ID of the project of this name, unless
// the ID is given or there is no name.
func (p *project) open(server Server, id, name string) (err error) {
	if id != "" || name == "" {
		p.id.Store(&id)
		return nil
	}
	if p.url, p.pool, err = server.connect(); err != nil {
		return err
	}
	p.name, p.agent = name, server.userAgent()
	p.op = "ask for project " + name + " of IAM at " + p.url.Host
	p.gate = newGate(p.op, new(MemoryRefusals), 0)
	return nil
}

// known returns the ID; false before IAM has named it.
func (p *project) known() (string, bool) {
	id := p.id.Load()
	if id == nil {
		return "", false
	}
	return *id, true
}

// ask asks IAM for the ID, signed with b, together with all who ask at the same
// time. The end of ctx ends the wait alone.
func (p *project) ask(ctx context.Context, b bundle) (string, error) {
	detached := context.WithoutCancel(ctx)
	asked := p.flight.DoChan("project", func() (any, error) {
		if id, known := p.known(); known {
			return id, nil
		}
		if err := p.gate.check(time.Now()); err != nil {
			return "", err
		}
		id, err := p.find(detached, b)
		if err != nil {
			return "", p.gate.close(err, time.Now())
		}
		p.id.Store(&id)
		p.gate.open(Login{})
		return id, nil
	})
	select {
	case r := <-asked:
		if r.Err != nil {
			return "", r.Err
		}
		return r.Val.(string), nil //nolint:forcetypeassert // see above
	case <-ctx.Done():
		return "", &answer.Error{Op: "wait for IAM to name the project", Fault: answer.FaultStopped, Err: ctx.Err()}
	}
}

// find asks once.
func (p *project) find(ctx context.Context, b bundle) (string, *answer.Error) {
	target := *p.url
	target.Path, target.RawQuery = projectsPath, url.Values{"name": {p.name}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return "", &answer.Error{Op: p.op, Fault: answer.FaultLogin, Err: err}
	}
	req.Header.Set(headerContentType, "application/json")
	req.Header.Set(headerUserAgent, p.agent)
	b.sign(req, "", emptyHash, time.Now())
	secrets := append(secret.InHeader(req.Header), p.pool.Secrets()...)
	r, fault, err := p.pool.Exchange(ctx, req)
	if fault != answer.FaultNone || r.Status != http.StatusOK {
		if err != nil {
			err = secret.Scrub(err, secrets)
		}
		e := iamError(p.op, r, fault, err, secrets)
		if e.Fault == answer.FaultRefused {
			e.Err = errors.New("check the access key and its secret key, or set " + p.setting)
		}
		return "", e
	}
	id, err := p.choose(r.Body)
	if err != nil {
		return "", &answer.Error{Op: p.op, Fault: answer.FaultRefused, Answer: answer.Answer{Status: r.Status, RequestID: httpanswer.RequestID(r.Header, secrets)}, Err: err}
	}
	return id, nil
}

// choose finds the one project of the name in IAM's answer.
func (p *project) choose(body []byte) (string, error) {
	var listed struct {
		Projects []named `json:"projects"`
	}
	if err := json.Unmarshal(bare(body), &listed); err != nil {
		return "", errors.New("IAM's answer is no list of projects: check the IAM endpoint")
	}
	var ids []string
	for _, of := range listed.Projects {
		if strings.EqualFold(strings.TrimSpace(of.Name), p.name) {
			ids = append(ids, strings.TrimSpace(of.ID))
		}
	}
	switch {
	case len(ids) != 1:
		return "", fmt.Errorf("IAM names %d projects %q that the access key may use: check the region, or set %s", len(ids), p.name, p.setting)
	case ids[0] == "" || !secret.FitsHeader(ids[0]):
		return "", errors.New("IAM's answer gives the project no ID: set " + p.setting)
	}
	return ids[0], nil
}

// close closes the connection to IAM, if there may be one.
func (p *project) close() {
	if p.pool != nil {
		p.pool.CloseIdleConnections()
	}
}
