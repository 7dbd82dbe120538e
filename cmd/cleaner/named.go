package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"cleaner/internal/api"
	"cleaner/internal/config"
	"cleaner/internal/daemon"
)

// listenRule checks the admin server as serve will open it, without listening, and
// that the control token is one that would be taken.
func listenRule(env func(string) string) config.Rule {
	return func(c *config.Config, report func(string, error)) {
		tell := func(path string, err error) {
			if err != nil {
				report(path, err)
			}
		}
		l := c.Listen
		if l.Address != "" {
			tell("listen.address", daemon.CheckAddress(l.Address, l.WebConfigFile))
		}
		tell("listen.web_config_file", daemon.CheckWebConfig(l.WebConfigFile))
		if l.Socket != "" && !awaited(l.Socket) {
			tell("listen.socket", daemon.CheckSocket(l.Socket))
		}
		if path := cmp.Or(l.TokenFile, credentialFile(credentialListenToken, env)); path != "" {
			tell("listen.token_file", checkToken(path))
		}
	}
}

func checkToken(path string) error {
	token, err := api.SecretFile(path)()
	if err == nil && len(token.Reveal()) < daemon.MinToken {
		return fmt.Errorf("the token in it is shorter than %d characters: make a longer one, as by openssl rand -hex 16", daemon.MinToken)
	}
	return err
}

// awaited reports whether a socket's folder is one that whoever starts serve makes,
// as systemd does with RuntimeDirectory=, and has not made yet.
func awaited(socket string) bool {
	folder := filepath.Dir(socket)
	return isMissing(folder) && filepath.Dir(folder) == "/run"
}

// missing tells what the configuration names and is not there yet. It is no fault:
// a pass of serve goes on without an input, and takes it when it has come.
func missing(c *config.Config) (told []string) {
	const goesOn = "until it is, a pass of serve goes on without it and ends with exit code 2"
	note := func(path string, err error, then string) {
		if err != nil {
			told = append(told, fmt.Sprintf("%s: %v; %s", path, err, then))
		}
	}
	for i, path := range c.Inputs.Files {
		note(fmt.Sprintf("inputs.files[%d]", i), usable(path, false, unix.R_OK), goesOn)
	}
	if path := c.Inputs.Spool; path != "" {
		note("inputs.spool", usable(path, true, unix.R_OK|unix.W_OK|unix.X_OK), goesOn)
	}
	if c.Listen.Socket != "" && awaited(c.Listen.Socket) {
		note("listen.socket", usable(filepath.Dir(c.Listen.Socket), true, unix.W_OK), "serve needs it")
	}
	return told
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
