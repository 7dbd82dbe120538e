package config

import (
	"errors"
	"fmt"
	"iter"
	"reflect"
	"strings"
	"time"
)

// Auth says who cleaner is to the service: by one of its methods, which are its fields
// but Patience. None is by the access key in the environment, if there is one.
type Auth struct {
	Password  *Password  `yaml:"password"`
	AccessKey *AccessKey `yaml:"access_key"`
	// TokenFile holds a token that something else renews; it is read again
	// whenever it changes.
	TokenFile string `yaml:"token_file"`
	// Patience is how long a credential that has worked, and is then refused, is
	// waited for; 0 does not wait.
	Patience time.Duration `yaml:"patience"`
}

// Password is an IAM user that logs in for a token (IAM API, POST
// /v3/auth/tokens with the method "password").
type Password struct {
	// Domain is the account's name, User the IAM user's.
	Domain string `yaml:"domain"`
	User   string `yaml:"user"`
	// PasswordFile holds the password; empty takes it from CLEANER_PASSWORD, or
	// from the credential cleaner.password that systemd hands over.
	PasswordFile string `yaml:"password_file"`
	// Project is the name of the project the token is for; empty is the region.
	Project string `yaml:"project"`
	// ProjectID is its ID, and takes the place of the name.
	ProjectID string `yaml:"project_id"`
}

// AccessKey signs each request instead of carrying a token (SDK-HMAC-SHA256).
type AccessKey struct {
	// ID is the access key (AK); empty takes it from CLEANER_ACCESS_KEY or
	// CLOUD_SDK_AK.
	ID KeyID `yaml:"id"`
	// SecretFile holds the secret key (SK); empty takes it from CLEANER_SECRET_KEY or
	// CLOUD_SDK_SK, or from the credential cleaner.secret_key.
	SecretFile string `yaml:"secret_file"`
	// CredentialsFile holds all three together, as JSON or as lines of KEY=VALUE, and
	// takes the place of the other places.
	CredentialsFile string `yaml:"credentials_file"`
	// ProjectID is the IAM project's ID in the region, not the CodeArts project's;
	// empty asks IAM for that of the region.
	ProjectID string `yaml:"project_id"`
	// SecurityTokenFile goes with temporary keys; empty takes CLEANER_SECURITY_TOKEN
	// or the credential cleaner.security_token, if there is one.
	SecurityTokenFile string `yaml:"security_token_file"`
}

// KeyID is the ID of an access key. It is no secret, but who sees the configuration
// need not see it: it is written with its first four letters alone.
type KeyID string

// MarshalYAML returns what is written.
func (id KeyID) MarshalYAML() (any, error) {
	if id == "" {
		return "", nil
	}
	return string(id[:min(4, len(id))]) + "***", nil
}

// method is a section under auth that can be wrong in itself.
type method interface {
	check(c *Config, report func(path string, err error))
}

func (p *Password) check(c *Config, report func(string, error)) {
	required(report, "auth.password.domain", p.Domain)
	required(report, "auth.password.user", p.User)
	if p.Project == "" && p.ProjectID == "" && c.Service.Region == "" {
		report("auth.password.project", errors.New("is missing: without service.region there is no default for it"))
	}
	if c.Service.Region == "" && c.Service.IAMEndpoint == "" {
		report("service.iam_endpoint", errors.New("is missing: without service.region the login needs it"))
	}
}

func (k *AccessKey) check(c *Config, report func(string, error)) {
	if k.ProjectID == "" && c.Service.Region == "" {
		report("auth.access_key.project_id", errors.New("is missing: without service.region there is no name to ask IAM for"))
	}
	if k.CredentialsFile != "" && (k.ID != "" || k.SecretFile != "" || k.SecurityTokenFile != "") {
		report("auth.access_key.credentials_file", errors.New("holds all there is: leave out id, secret_file and security_token_file"))
	}
}

// authRules reports what is wrong with auth. That no method is set is judged by whoever
// knows the environment.
func authRules(c *Config, report func(string, error)) {
	if set := c.Auth.Methods(); len(set) > 1 {
		report("auth", fmt.Errorf("needs %s, got %d", OneMethod(), len(set)))
	}
	atLeast(report, "auth.patience", c.Auth.Patience, 0)
	for _, v := range methodFields(c.Auth) {
		if m, ok := reflect.TypeAssert[method](v); ok && !v.IsZero() {
			m.check(c, report)
		}
	}
}

// Methods returns the keys of the methods that are set.
func (a Auth) Methods() (set []string) {
	for key, v := range methodFields(a) {
		if !v.IsZero() {
			set = append(set, key)
		}
	}
	return set
}

// AllMethods returns the keys of all methods.
func AllMethods() (all []string) {
	for key := range methodFields(Auth{}) {
		all = append(all, key)
	}
	return all
}

// OneMethod says which methods there are to choose from, in words.
func OneMethod() string {
	all := AllMethods()
	last := len(all) - 1
	return "exactly one of " + strings.Join(all[:last], ", ") + " and " + all[last]
}

// methodFields yields the key and the value of each method: of each field of a but
// Patience, in their order.
func methodFields(a Auth) iter.Seq2[string, reflect.Value] {
	return func(yield func(string, reflect.Value) bool) {
		for f, v := range reflect.ValueOf(a).Fields() {
			if f.Name != "Patience" && !yield(f.Tag.Get("yaml"), v) {
				return
			}
		}
	}
}

// Text returns what stands at a key of this configuration, as in
// auth.password.password_file; "" when its section is absent. It panics for a key that
// there is not, or that is no text.
func (c *Config) Text(path string) string {
	v := reflect.ValueOf(*c)
	for key := range strings.SplitSeq(path, ".") {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return ""
			}
			v = v.Elem()
		}
		v = fieldAt(v, key)
	}
	if v.Kind() != reflect.String {
		panic("config: the key " + path + " is no text")
	}
	return v.String()
}

// fieldAt returns the field of a section at a key.
func fieldAt(section reflect.Value, key string) reflect.Value {
	for f, v := range section.Fields() {
		if f.Tag.Get("yaml") == key {
			return v
		}
	}
	panic("config: there is no key " + key)
}
