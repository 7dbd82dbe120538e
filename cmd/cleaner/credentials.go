package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"cleaner/internal/api"
	"cleaner/internal/config"
)

// The environment variables that hold a secret for which no file is named.
const (
	envPassword      = "CLEANER_PASSWORD"
	envSecretKey     = "CLEANER_SECRET_KEY"
	envSecurityToken = "CLEANER_SECURITY_TOKEN"
)

// The names under which systemd hands over secrets, where neither a file nor the
// environment has them.
const (
	credentialPassword      = "cleaner.password"
	credentialSecretKey     = "cleaner.secret_key"
	credentialSecurityToken = "cleaner.security_token"
	credentialListenToken   = "cleaner.listen_token"
)

// logInBy makes the credentials that the configuration chooses.
func (s *service) logInBy(cfg *config.Config, env func(string) string) (err error) {
	switch a := cfg.Auth; {
	case a.Password != nil:
		p, err := passwordOf(cfg, env, s.loggedIn)
		if err != nil {
			return err
		}
		s.credentials, s.loginCount, s.expiry = p, p.Logins, p.Expiry
	case a.AccessKey != nil:
		s.credentials, err = accessKeyOf(a.AccessKey, env)
	default:
		s.credentials, err = api.NewTokenFile(fileOf("auth.token_file", a.TokenFile))
	}
	return err
}

func passwordOf(cfg *config.Config, env func(string) string, onLogin func(error, time.Duration)) (*api.Password, error) {
	_, iam, err := endpointsOf(cfg.Service)
	if err != nil {
		return nil, err
	}
	p := cfg.Auth.Password
	source, err := place{"auth.password.password_file", p.PasswordFile, envPassword, credentialPassword}.source(env)
	if err != nil {
		return nil, err
	}
	return api.NewPassword(api.PasswordOptions{
		Endpoint:       iam,
		Domain:         p.Domain,
		User:           p.User,
		Project:        cmp.Or(p.Project, cfg.Service.Region),
		Password:       source,
		CAFile:         cfg.Service.CAFile,
		RequestTimeout: cfg.Limits.RequestTimeout,
		UserAgent:      "cleaner/" + version,
		OnLogin:        onLogin,
	})
}

func accessKeyOf(k *config.AccessKey, env func(string) string) (*api.AccessKey, error) {
	secret, err := place{"auth.access_key.secret_file", k.SecretFile, envSecretKey, credentialSecretKey}.source(env)
	if err != nil {
		return nil, err
	}
	o := api.AccessKeyOptions{ID: k.ID, Secret: secret, ProjectID: k.ProjectID}
	token := place{"auth.access_key.security_token_file", k.SecurityTokenFile, envSecurityToken, credentialSecurityToken}
	if token.named(env) {
		if o.SecurityToken, err = token.source(env); err != nil {
			return nil, err
		}
	}
	return api.NewAccessKey(o)
}

// place is where a secret may be kept: in the file that the key names, in the
// environment, or in what systemd hands over.
type place struct{ key, path, variable, credential string }

// named reports whether any of them is there.
func (p place) named(env func(string) string) bool {
	return p.path != "" || env(p.variable) != "" || credentialFile(p.credential, env) != ""
}

// source reads the secret. A file and the environment at once are refused: nobody
// could tell which one counts. What systemd hands over comes last, for a unit names
// every credential that there might be.
func (p place) source(env func(string) string) (api.Source, error) {
	value, handed := env(p.variable), credentialFile(p.credential, env)
	switch {
	case p.path != "" && value != "":
		return nil, fmt.Errorf("%s and %s are both set: keep one of them", p.key, p.variable)
	case p.path != "":
		return fileOf(p.key, p.path), nil
	case value != "":
		return api.SecretValue(value), nil
	case handed != "":
		return fileOf("credential "+p.credential, handed), nil
	default:
		return nil, fmt.Errorf("%s is not set, %s is empty, and systemd hands over no credential %s: set one of them", p.key, p.variable, p.credential)
	}
}

// credentialFile is the file in which systemd hands over a credential; empty if it
// does not.
func credentialFile(name string, env func(string) string) string {
	folder := env("CREDENTIALS_DIRECTORY")
	if folder == "" {
		return ""
	}
	path := filepath.Join(folder, name)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return path
}

// fileOf is a secret's file. Its errors name the key, for they do not always name
// the file.
func fileOf(key, path string) api.Source {
	read := api.SecretFile(path)
	return func() (api.Secret, error) {
		secret, err := read()
		if err != nil {
			err = fmt.Errorf("%s: %w", key, err)
		}
		return secret, err
	}
}

// endpointsOf are the endpoints of the service and of IAM: what the region
// derives, unless they are set.
func endpointsOf(s config.Service) (service, iam string, err error) {
	if s.Region != "" && (s.Endpoint == "" || s.IAMEndpoint == "") {
		if service, iam, err = api.Endpoints(s.Region); err != nil {
			return "", "", fmt.Errorf("service.region: %w", err)
		}
	}
	return cmp.Or(s.Endpoint, service), cmp.Or(s.IAMEndpoint, iam), nil
}
