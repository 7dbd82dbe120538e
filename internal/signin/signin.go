// Package signin makes the credentials that a configuration chooses. It holds one row
// for each method: the section of the configuration, the secrets that the method needs
// and where they may be, and its constructor. What others need to know of a method,
// from the manual page to the files that no output may overwrite, they ask of the rows.
package signin

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"cleaner/internal/config"
	"cleaner/internal/iam"
	"cleaner/internal/secret"
)

// Options are what a method needs beside the configuration. Env must be set.
type Options struct {
	// Env reads an environment variable.
	Env func(string) string
	// Refusals remember refused logins; nil remembers them in this process alone.
	Refusals iam.Refusals
	// UserAgent names the program to IAM. The default is cleaner.
	UserAgent string
	// OnWarning is called, once for each text, with what is strange about a login and
	// keeps nobody from using it; nil is not called.
	OnWarning func(text string)
}

// New makes the login that the configuration chooses. It reads the secrets once and
// contacts nobody.
func New(cfg *config.Config, o Options) (*Login, error) {
	m, ok := choose(cfg.Auth, o.Env)
	if !ok {
		return nil, fmt.Errorf("auth needs %s", config.OneMethod())
	}
	_, endpoint, err := cfg.Service.Endpoints()
	if err != nil {
		return nil, err
	}
	l := new(Login)
	l.Credentials, err = m.make(builder{
		Options: o, cfg: cfg, onLogin: l.loggedIn, patience: patienceOf(cfg.Auth),
		server: iam.Server{
			Endpoint: endpoint, CAFile: cfg.Service.CAFile, RequestTimeout: cfg.Limits.RequestTimeout, UserAgent: o.UserAgent,
		},
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// choose returns the method whose section is set, or else the one for which the
// environment is enough; false when there is not exactly one.
func choose(a config.Auth, env func(string) string) (method, bool) {
	set := a.Methods()
	for _, m := range methods {
		if len(set) == 1 && set[0] == m.section || len(set) == 0 && m.alone != nil && m.alone(env) {
			return m, true
		}
	}
	return method{}, false
}

// Chosen reports whether the configuration, with the environment, chooses exactly one
// method.
func Chosen(cfg *config.Config, env func(string) string) bool {
	_, ok := choose(cfg.Auth, env)
	return ok
}

// AsksIAM reports whether the chosen method asks IAM anything.
func AsksIAM(cfg *config.Config, env func(string) string) bool {
	m, ok := choose(cfg.Auth, env)
	return ok && m.asksIAM != nil && m.asksIAM(cfg)
}

// Rule wants one method: the configuration's, or one for which the environment is
// enough.
func Rule(env func(string) string) config.Rule {
	return func(c *config.Config, report func(string, error)) {
		if len(c.Auth.Methods()) == 0 && !Chosen(c, env) {
			report("auth", errors.New("needs "+config.OneMethod()+", got 0 (and no access key is in the environment)"))
		}
	}
}

// builder is what the constructor of a method has to build with.
type builder struct {
	Options
	cfg      *config.Config
	server   iam.Server
	patience time.Duration
	onLogin  func(err error, took time.Duration)
}

// source reads an input from wherever it is.
func (b builder) source(i input) (secret.Source, error) {
	return i.place(b.cfg.Text(i.key)).Source(b.Env)
}

// has reports whether an input is anywhere.
func (b builder) has(i input) bool { return i.place(b.cfg.Text(i.key)).Named(b.Env) }

// place is where an input may be kept, with the path that the configuration names.
func (i input) place(path string) secret.Place {
	return secret.Place{Key: i.key, Path: path, Variables: i.variables, Credential: i.credential, Line: i.line}
}

// patienceOf is auth.patience as package iam takes it.
func patienceOf(a config.Auth) time.Duration {
	if a.Patience == 0 {
		return -1
	}
	return a.Patience
}

// File is a file that a configuration names, and the key at which it does.
type File struct{ Key, Path string }

// Files lists the files of secrets that the configuration names.
func Files(cfg *config.Config) (files []File) {
	for _, i := range inputs() {
		if path := cfg.Text(i.key); path != "" && !i.inline {
			files = append(files, File{i.key, path})
		}
	}
	return files
}

// Credentials lists the names under which systemd may hand over secrets.
func Credentials() (names []string) {
	for _, i := range inputs() {
		if i.credential != "" {
			names = append(names, i.credential)
		}
	}
	return names
}

// Variable is what may be in the environment.
type Variable struct {
	// Name is the variable, or several of which the first one that is set counts.
	Name string
	// Meaning says what is in it, and when it is looked at.
	Meaning string
}

// Environment lists the variables that the methods read.
func Environment() (all []Variable) {
	for _, i := range inputs() {
		if len(i.variables) > 0 {
			all = append(all, Variable{strings.Join(i.variables, ", "), i.meaning + "; looked at where " + i.key + " is empty"})
		}
	}
	return all
}

// inputs are those of all methods.
func inputs() (all []input) {
	for _, m := range methods {
		all = append(all, m.inputs...)
	}
	return all
}
