package api

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// identity is what IAM says about whose a token is (IAM API Reference, Obtaining
// a Token by Password).
type identity struct {
	Token struct {
		Project struct {
			Name   string `json:"name"`
			Domain named  `json:"domain"`
		} `json:"project"`
		User struct {
			Name   string `json:"name"`
			Domain named  `json:"domain"`
		} `json:"user"`
	} `json:"token"`
}

// named is a thing of which the name alone is looked at.
type named struct {
	Name string `json:"name"`
}

// verify compares what a token is for with what was asked for. What is deleted
// with another token may be another's, so it is not used; nor is one of which IAM
// does not say it, as it is documented to. The secrets are masked in the error.
func (i *iam) verify(body []byte, secrets []string) error {
	var said identity
	if err := json.Unmarshal(body, &said); err != nil {
		return errors.New("IAM's answer does not say whose the token is: check the IAM endpoint")
	}
	p, u := said.Token.Project, said.Token.User
	for _, of := range []struct{ what, asked, got, check string }{
		{"project", i.project, p.Name, "the project or the region"},
		{"user", i.user, u.Name, "the user"},
		{"account of the user", i.domain, u.Domain.Name, "the account"},
		// Said twice, and one of the two is enough.
		{"account of the project", i.domain, cmp.Or(p.Domain.Name, u.Domain.Name), "the account and the project"},
	} {
		switch {
		case of.got == "":
			return fmt.Errorf("IAM's answer does not name the %s that the token is for, where %q was asked for: check the IAM endpoint", of.what, of.asked)
		case !strings.EqualFold(of.got, of.asked): // IAM takes names in any case, and answers with the true one
			return fmt.Errorf("IAM's token is for another %s: %q, where %q was asked for: check %s and the IAM endpoint",
				of.what, clean(of.got, secrets), of.asked, of.check)
		}
	}
	return nil
}
