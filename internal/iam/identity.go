package iam

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"cleaner/internal/secret"
)

// identity is what IAM says about whose a token is (IAM API Reference, Obtaining
// a Token by Password).
type identity struct {
	Token struct {
		Project struct {
			named
			Domain named `json:"domain"`
		} `json:"project"`
		User struct {
			named
			Domain named `json:"domain"`
		} `json:"user"`
	} `json:"token"`
}

// named is a thing with a name and an ID.
type named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// claim is something that IAM says of a token, beside what was asked for.
type claim struct{ what, asked, got, check string }

// verify compares what a token is for with what was asked for. What is deleted
// with another token may be another's, so it is not used; nor is one of which IAM
// does not name the project. That IAM names no user or no account is strange, and
// reported as a warning. The secrets are masked in the error.
func (c *loginClient) verify(body []byte, secrets []string) error {
	var who identity
	if err := json.Unmarshal(bare(body), &who); err != nil {
		return errors.New("IAM's answer does not say whose the token is: check the IAM endpoint")
	}
	p, u := who.Token.Project, who.Token.User
	project := claim{"project", c.project, p.Name, "the project or the region"}
	if c.projectID != "" {
		project.asked, project.got = c.projectID, p.ID
	}
	for _, of := range []claim{
		project,
		{"user", c.user, u.Name, "the user"},
		{"account of the user", c.domain, u.Domain.Name, "the account"},
		{"account of the project", c.domain, p.Domain.Name, "the account and the project"},
	} {
		got := strings.TrimSpace(of.got)
		switch {
		case got == "" && of == project:
			return fmt.Errorf("IAM's answer does not name the project that the token is for, where %q was asked for: check the IAM endpoint", of.asked)
		case got == "":
			c.warner.warn(fmt.Sprintf("IAM's answer does not name the %s that the token is for, where %q was asked for; the project is right, so it is used",
				of.what, of.asked))
		case !strings.EqualFold(got, of.asked): // IAM takes names in any case, and answers with the true one
			return fmt.Errorf("IAM's token is for another %s: %q, where %q was asked for: check %s and the IAM endpoint",
				of.what, secret.Clean(got, secrets), of.asked, of.check)
		}
	}
	return nil
}

// bare is a JSON text without what some servers put around it: a byte order mark,
// and white space.
func bare(text []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(text), []byte("\xef\xbb\xbf")))
}

// warner passes each warning on once.
type warner struct {
	report func(text string) // nil reports to nobody
	seen   sync.Map
}

func (w *warner) warn(text string) {
	if _, again := w.seen.LoadOrStore(text, true); !again && w.report != nil {
		w.report(text)
	}
}
