package assemble

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"cleaner/internal/config"
	"cleaner/internal/connpool"
	"cleaner/internal/secret"
	"cleaner/internal/source"
	"cleaner/internal/source/remote"
)

// Standing are the inputs that every pass of serve reads, but for the spool.
func Standing(cfg *config.Config) []string {
	all := slices.Clone(cfg.Inputs.Files)
	for _, u := range cfg.Inputs.URLs {
		all = append(all, u.URL)
	}
	return all
}

// StandingNames are their names, as the ledger has them as sources.
func StandingNames(cfg *config.Config) []string {
	all := slices.Clone(cfg.Inputs.Files)
	for _, u := range cfg.Inputs.URLs {
		all = append(all, nameOf(u))
	}
	return all
}

// NameOf is what an input is called where people see it: its path, or its URL without what
// may be a secret.
func NameOf(input string) string {
	if config.IsURL(input) {
		return nameOf(config.URL{URL: input})
	}
	return input
}

// nameOf is the name of a list: its URL as it may be shown.
func nameOf(u config.URL) string {
	at, err := u.Parse()
	if err != nil {
		return "a URL that cannot be read"
	}
	return remote.Shown(at)
}

// lists are the lists at servers, kept from pass to pass: one that has not changed is not
// fetched again.
type lists struct {
	mu  sync.Mutex // guards all
	all map[config.URL]*remote.List
}

// get returns the name of a list, and what fetches it.
func (l *lists) get(cfg *config.Config, u config.URL) (name string, fetch func(context.Context) (*source.Kept, error)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for known, list := range l.all {
		if known != u && !slices.Contains(cfg.Inputs.URLs, known) {
			_ = list.Close() // its entry is gone
			delete(l.all, known)
		}
	}
	name = nameOf(u)
	if list := l.all[u]; list != nil {
		return name, list.Fetch
	}
	list, err := newList(cfg, u)
	if err != nil {
		err = fmt.Errorf("fetch %s: %w", name, err)
		return name, func(context.Context) (*source.Kept, error) { return nil, err }
	}
	if l.all == nil {
		l.all = map[config.URL]*remote.List{}
	}
	l.all[u] = list
	return name, list.Fetch
}

// newList makes a list of its entry. It contacts nobody.
func newList(cfg *config.Config, u config.URL) (*remote.List, error) {
	at, err := u.Parse()
	if err != nil {
		return nil, fmt.Errorf("the URL %w", err)
	}
	secured, err := connpool.TLS(u.CAFile)
	if err != nil {
		return nil, err
	}
	o := remote.Options{URL: at, SHA256: u.SHA256, TLS: secured, User: u.User, Folder: Ledger(cfg).Folder()}
	if u.TokenFile != "" {
		o.Token = secret.FileAt("inputs.urls.token_file", u.TokenFile)
	}
	if u.PasswordFile != "" {
		o.Password = secret.LineAt("inputs.urls.password_file", u.PasswordFile)
	}
	return remote.New(o), nil
}

// urlRule checks that the files of each entry can be read. It contacts nobody.
func urlRule(c *config.Config, report func(string, error)) {
	for n, u := range c.Inputs.URLs {
		at := fmt.Sprintf("inputs.urls[%d].", n)
		if _, err := connpool.TLS(u.CAFile); err != nil {
			report(at+"ca_file", err)
		}
		for _, f := range []struct {
			key, path string
			read      func(path string) secret.Source
		}{{"token_file", u.TokenFile, secret.File}, {"password_file", u.PasswordFile, secret.Line}} {
			if f.path == "" {
				continue
			}
			if _, err := f.read(f.path)(); err != nil {
				report(at+f.key, err)
			}
		}
	}
}
