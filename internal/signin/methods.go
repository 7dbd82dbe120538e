package signin

import (
	"cmp"
	"fmt"

	"cleaner/internal/api"
	"cleaner/internal/config"
	"cleaner/internal/iam"
	"cleaner/internal/knowledge"
	"cleaner/internal/secret"
)

// method is one way to sign in.
type method struct {
	// section is its key under auth.
	section string
	// inputs are the secrets that it takes, and what else may be in the environment.
	inputs []input
	// identity says who signs in: account, user and project. nil says nothing.
	identity func(*config.Config) [3]string
	// alone reports whether the environment is enough, without a section. nil is never.
	alone func(env func(string) string) bool
	// asksIAM reports whether signing in asks IAM anything; nil is never.
	asksIAM func(*config.Config) bool
	// make makes the credentials. It contacts nobody.
	make func(builder) (api.Credentials, error)
}

// input is something that a method takes from a file that the configuration names, from
// the environment, or from what systemd hands over.
type input struct {
	// key is where the configuration names the file, or with inline has it itself.
	key    string
	inline bool
	// variables are environment variables; the first one that is set counts.
	variables []string
	// credential is the name under which systemd hands it over; empty when it does not.
	credential string
	// meaning says what it is.
	meaning string
	// line says that it is one line; what goes into a header is looked at by others.
	line bool
}

// The environment variables. Those of the cloud's own samples are looked at last.
const (
	EnvPassword       = "CLEANER_PASSWORD"
	EnvAccessKey      = "CLEANER_ACCESS_KEY"
	EnvSecretKey      = "CLEANER_SECRET_KEY"
	EnvSecurityToken  = "CLEANER_SECURITY_TOKEN"
	EnvCloudAccessKey = "CLOUD_SDK_AK"
	EnvCloudSecretKey = "CLOUD_SDK_SK"
)

// The inputs of all methods.
var (
	password = input{
		key: "auth.password.password_file", variables: []string{EnvPassword},
		credential: "cleaner.password", meaning: "the IAM user's password", line: true,
	}
	accessKey = input{
		key: "auth.access_key.id", inline: true, variables: []string{EnvAccessKey, EnvCloudAccessKey},
		meaning: "the access key, which is enough to sign in where auth names no method",
	}
	secretKey = input{
		key: "auth.access_key.secret_file", variables: []string{EnvSecretKey, EnvCloudSecretKey},
		credential: "cleaner.secret_key", meaning: "the secret key",
	}
	securityToken = input{
		key: "auth.access_key.security_token_file", variables: []string{EnvSecurityToken},
		credential: "cleaner.security_token", meaning: "the security token of a temporary key",
	}
	keyFile   = input{key: "auth.access_key.credentials_file", meaning: "access key, secret key and security token"}
	tokenFile = input{key: "auth.token_file", meaning: "a token"}
)

// methods are all methods, in the order of the configuration.
var methods = []method{
	{
		section: "password",
		inputs:  []input{password},
		identity: func(c *config.Config) [3]string {
			p := c.Auth.Password
			return [3]string{p.Domain, p.User, cmp.Or(p.ProjectID, p.Project, c.Service.Region)}
		},
		asksIAM: func(*config.Config) bool { return true },
		make: func(b builder) (api.Credentials, error) {
			p := b.cfg.Auth.Password
			source, err := b.source(password)
			if err != nil {
				return nil, err
			}
			return iam.NewPassword(iam.PasswordOptions{
				Server: b.server, Domain: p.Domain, User: p.User,
				Project: cmp.Or(p.Project, b.cfg.Service.Region), ProjectID: p.ProjectID,
				Password: source, Patience: b.patience, Refusals: b.Refusals,
				OnLogin: b.onLogin, OnWarning: b.OnWarning,
			})
		},
	},
	{
		section: "access_key",
		inputs:  []input{accessKey, secretKey, securityToken, keyFile},
		identity: func(c *config.Config) [3]string {
			k := c.Auth.AccessKey
			return [3]string{"", knowledge.KeyMark(string(k.ID)), cmp.Or(k.ProjectID, c.Service.Region)}
		},
		alone:   func(env func(string) string) bool { return accessKey.place("").Value(env) != "" },
		asksIAM: func(c *config.Config) bool { return c.Auth.AccessKey == nil || c.Auth.AccessKey.ProjectID == "" },
		make: func(b builder) (api.Credentials, error) {
			k := cmp.Or(b.cfg.Auth.AccessKey, &config.AccessKey{})
			o := iam.AccessKeyOptions{
				ID:        cmp.Or(string(k.ID), accessKey.place("").Value(b.Env)),
				ProjectID: k.ProjectID, Project: b.cfg.Service.Region, Server: b.server, Patience: b.patience,
			}
			if k.CredentialsFile != "" {
				o.File = secret.FileAt(keyFile.key, k.CredentialsFile)
				return iam.NewAccessKey(o)
			}
			if o.ID == "" {
				return nil, fmt.Errorf("%s is not set, and neither is %s nor %s: set one of them", accessKey.key, EnvAccessKey, EnvCloudAccessKey)
			}
			var err error
			if o.Secret, err = b.source(secretKey); err != nil {
				return nil, err
			}
			if b.has(securityToken) {
				if o.SecurityToken, err = b.source(securityToken); err != nil {
					return nil, err
				}
			}
			return iam.NewAccessKey(o)
		},
	},
	{
		section: "token_file",
		inputs:  []input{tokenFile},
		make: func(b builder) (api.Credentials, error) {
			return iam.NewTokenFile(secret.FileAt(tokenFile.key, b.cfg.Auth.TokenFile), b.patience)
		},
	},
}
