package main

import (
	"cmp"
	"fmt"
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
	source, err := secretOf("auth.password.password_file", p.PasswordFile, envPassword, env)
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
	secret, err := secretOf("auth.access_key.secret_file", k.SecretFile, envSecretKey, env)
	if err != nil {
		return nil, err
	}
	o := api.AccessKeyOptions{ID: k.ID, Secret: secret, ProjectID: k.ProjectID}
	if k.SecurityTokenFile != "" || env(envSecurityToken) != "" {
		if o.SecurityToken, err = secretOf("auth.access_key.security_token_file", k.SecurityTokenFile, envSecurityToken, env); err != nil {
			return nil, err
		}
	}
	return api.NewAccessKey(o)
}

// secretOf is where a secret is kept: in the file that the key names, or else in
// the environment. Both at once is refused: nobody could tell which one counts.
func secretOf(key, path, variable string, env func(string) string) (api.Source, error) {
	value := env(variable)
	switch {
	case path != "" && value != "":
		return nil, fmt.Errorf("%s and %s are both set: keep one of them", key, variable)
	case path != "":
		return fileOf(key, path), nil
	case value != "":
		return api.SecretValue(value), nil
	default:
		return nil, fmt.Errorf("%s is not set, and %s is empty: set one of them", key, variable)
	}
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
