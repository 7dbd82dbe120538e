package assemble

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"cleaner/internal/admin"
	"cleaner/internal/config"
	"cleaner/internal/outputs"
	"cleaner/internal/secret"
)

// CredentialListenToken is the name under which systemd hands over the token for
// control, where listen.token_file is empty.
const CredentialListenToken = "cleaner.listen_token"

// TokenPath is where the token for control is; empty is nowhere.
func TokenPath(l config.Listen, env func(string) string) string {
	return cmp.Or(l.TokenFile, secret.Handed(CredentialListenToken, env))
}

// ControlToken reads the token for control anew at each call; nil without a path.
func ControlToken(path string) func() (string, error) {
	if path == "" {
		return nil
	}
	return func() (string, error) {
		token, err := secret.FileAt("listen.token_file", path)()
		return token.Reveal(), err
	}
}

// Listeners is where serve listens with a configuration.
func Listeners(l config.Listen) admin.Listeners {
	return admin.Listeners{Address: l.Address, Socket: l.Socket, WebConfigFile: l.WebConfigFile}.Effective()
}

// Client talks to the serve that listens at l, whatever its ledger.
func Client(l config.Listen) admin.Client {
	return admin.Client{Listeners: Listeners(l), Token: ControlToken(l.TokenFile)}
}

// ServeOf talks to the serve of a configuration: one that listens there and works with
// another ledger refuses.
func ServeOf(c *config.Config) admin.Client {
	client := Client(c.Listen)
	client.Ledger = Ledger(c).Path()
	return client
}

// Sender sends lists to the serve at a URL, with the token of l.
func Sender(l config.Listen, to string) admin.Sender {
	return admin.Sender{URL: to, Token: ControlToken(l.TokenFile)}
}

// listenRule checks the admin server as serve will open it, without listening, and
// that the control token is one that would be taken.
func listenRule(env func(string) string) config.Rule {
	return func(c *config.Config, report func(string, error)) {
		tell := func(path string, err error) {
			if err != nil {
				report(path, err)
			}
		}
		l := Listeners(c.Listen)
		if l.Address != "" {
			tell("listen.address", admin.CheckAddress(l.Address, l.WebConfigFile))
		}
		tell("listen.web_config_file", admin.CheckWebConfig(l.WebConfigFile))
		if l.Socket != "" && !isMadeAtStart(l.Socket) {
			tell("listen.socket", admin.CheckSocket(l.Socket))
		}
		if path := TokenPath(c.Listen, env); path != "" {
			tell("listen.token_file", checkToken(path))
		}
	}
}

func checkToken(path string) error {
	token, err := secret.File(path)()
	if err == nil && len(token.Reveal()) < admin.MinToken {
		return fmt.Errorf("the token in it is shorter than %d characters: make a longer one, as by openssl rand -hex 16", admin.MinToken)
	}
	return err
}

// isMadeAtStart reports whether a socket's folder is one that whoever starts serve makes,
// as systemd does with RuntimeDirectory=, and has not made yet.
func isMadeAtStart(socket string) bool {
	folder := filepath.Dir(socket)
	return outputs.Missing(folder) && filepath.Dir(folder) == "/run"
}

// missing tells what the configuration names and is not there yet, or may not stay. It
// is no fault: a pass of serve goes on without an input, and takes it when it has come.
func missing(c *config.Config) (warnings []string) {
	const goesOn = "until it is, a pass of serve goes on without it and ends with exit code 2"
	note := func(path string, err error, then string) {
		if err != nil {
			warnings = append(warnings, fmt.Sprintf("%s: %v; %s", path, err, then))
		}
	}
	if w := Ledger(c).Warning(); w != "" {
		warnings = append(warnings, "queue.url: "+w)
	}
	for i, path := range c.Inputs.Files {
		note(fmt.Sprintf("inputs.files[%d]", i), usable(path, false, unix.R_OK), goesOn)
	}
	if path := c.Inputs.Spool; path != "" {
		note("inputs.spool", usable(path, true, unix.R_OK|unix.W_OK|unix.X_OK), goesOn)
	}
	if c.Listen.Socket != "" && isMadeAtStart(c.Listen.Socket) {
		note("listen.socket", usable(filepath.Dir(c.Listen.Socket), true, unix.W_OK), "serve needs it")
	}
	return warnings
}

// usable says why what is at path, a folder or not, cannot be used.
func usable(path string, folder bool, mode uint32) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s is not there", path)
	case err != nil:
		return err
	case folder && !info.IsDir():
		return fmt.Errorf("%s is not a folder", path)
	case !folder && info.IsDir():
		return fmt.Errorf("%s is not a file", path)
	}
	if err := unix.Access(path, mode); err != nil {
		return fmt.Errorf("%s is not accessible: %w", path, err)
	}
	return nil
}
