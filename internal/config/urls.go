package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// URL is a list of task IDs at a server.
type URL struct {
	// URL is https://HOST/PATH; http:// is for this machine alone.
	URL string `yaml:"url"`
	// SHA256 is the digest that the list must have; none compares it with nothing, and
	// empty with the file beside it whose URL ends in .sha256, if there is one.
	SHA256 string `yaml:"sha256"`
	// CAFile is a PEM file of certificate authorities to trust beside the system's.
	CAFile string `yaml:"ca_file"`
	// TokenFile holds a bearer token; User and PasswordFile are a login.
	TokenFile    string `yaml:"token_file"`
	User         string `yaml:"user"`
	PasswordFile string `yaml:"password_file"`
}

// IsURL reports whether the name of an input is the URL of a list, and not a path.
func IsURL(name string) bool {
	scheme, _, found := strings.Cut(name, "://")
	return found && (strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "http"))
}

// Parse reads the URL. The error does not repeat it: it may hold a password in the wrong
// place.
func (u URL) Parse() (*url.URL, error) {
	at, err := url.Parse(u.URL)
	switch {
	case err != nil:
		return nil, errors.New("is no URL: write it as in https://host/list.txt")
	case at.User != nil:
		return nil, errors.New("holds a user's name or password: token_file, or user and password_file, say whom to be")
	case at.Scheme != "https" && at.Scheme != "http":
		return nil, errors.New("does not begin with https://")
	case at.Hostname() == "":
		return nil, errors.New("names no host: write it as in https://host/list.txt")
	case at.Fragment != "":
		return nil, errors.New("has a # part, which no server gets: leave it out")
	case at.Scheme == "http" && at.Hostname() != "localhost" && !net.ParseIP(at.Hostname()).IsLoopback():
		return nil, errors.New("is not encrypted, and whoever is on the way could put task IDs into it: write https://")
	}
	return at, nil
}

// List returns the entry of a URL, or one with nothing but the URL where there is none.
func (i Inputs) List(raw string) URL {
	for _, u := range i.URLs {
		if u.URL == raw {
			return u
		}
	}
	return URL{URL: raw}
}

// NoDigest is the SHA256 of a list that is compared with nothing.
const NoDigest = "none"

// urlRules check the entries of inputs.urls.
func urlRules(i Inputs, report func(string, error)) {
	for n, path := range i.Files {
		if IsURL(path) {
			report(fmt.Sprintf("inputs.files[%d]", n), errors.New("is a URL: give it as an entry of inputs.urls"))
		}
	}
	seen := map[string]bool{}
	for n, u := range i.URLs {
		at := fmt.Sprintf("inputs.urls[%d].", n)
		if _, err := u.Parse(); err != nil {
			report(at+"url", err)
		} else if seen[u.URL] {
			report(at+"url", errors.New("is the URL of another entry too"))
		}
		seen[u.URL] = true
		if d := u.SHA256; d != "" && d != NoDigest && (len(d) != 64 || strings.Trim(strings.ToLower(d), "0123456789abcdef") != "") {
			report(at+"sha256", errors.New("must be the 64 hexadecimal digits that sha256sum prints, or none"))
		}
		switch {
		case u.TokenFile != "" && (u.User != "" || u.PasswordFile != ""):
			report(at+"token_file", errors.New("cannot stand beside user and password_file: give one of them"))
		case (u.User == "") != (u.PasswordFile == ""):
			report(at+"password_file", errors.New("user and password_file belong together: give both"))
		}
	}
}
