package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

// exitMeanings are the exit codes in words, as docs/operate.md has them.
var exitMeanings = []item{
	{strconv.Itoa(exitOK), "everything settled well, or nothing to do"},
	{strconv.Itoa(exitInternal), "a fault of cleaner's or of its machine"},
	{strconv.Itoa(exitUsage), "usage, configuration or input"},
	{strconv.Itoa(exitDead), "finished, with dead letters"},
	{strconv.Itoa(exitLimit), "a cap, the time box or the service's own pace left work pending"},
	{strconv.Itoa(exitBelt), "a safety belt stopped the pass"},
	{strconv.Itoa(exitCredentials), "credentials, permission, region or endpoint"},
	{strconv.Itoa(exitLocked), "another process holds the queue"},
	{strconv.Itoa(exitSignal), "stopped by a signal after draining"},
}

var environment = []item{
	{envPassword, "the IAM user's password, where auth.password.password_file is empty"},
	{envSecretKey, "the secret key, where auth.access_key.secret_file is empty"},
	{envSecurityToken, "the security token of a temporary key, where auth.access_key.security_token_file is empty"},
	{"CREDENTIALS_DIRECTORY", "set by systemd: where to look for " + credentialPassword + ", " + credentialSecretKey + ", " +
		credentialSecurityToken + " and " + credentialListenToken + ", if neither a file nor the environment has them"},
	{"HTTPS_PROXY, HTTP_PROXY, NO_PROXY", "the proxy for what is not loopback"},
}

// standardFiles are where the packages put things; the configuration may say otherwise.
var standardFiles = []item{
	{"/etc/cleaner/cleaner.yaml", "the configuration"},
	{"/etc/credstore/cleaner.password", "the password, which systemd hands over"},
	{"/var/lib/cleaner/queue.db", "the ledger; beside it its lock, the rejected lines and the times of the schedules"},
	{"/run/cleaner/control", "the socket over which a running serve is steered"},
	{"/usr/share/doc/cleaner", "what else there is to read, and the configuration with all its keys"},
}

// newMan writes the manual pages: for packagers, so help does not show it.
func newMan(a *app) *cobra.Command {
	return &cobra.Command{
		Use:    "man FOLDER",
		Short:  "Write the manual pages of all commands into a folder",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: do(func(cmd *cobra.Command, args []string) error {
			date := time.Now()
			if epoch := a.env("SOURCE_DATE_EPOCH"); epoch != "" {
				seconds, err := strconv.ParseInt(epoch, 10, 64)
				if err != nil {
					return &failure{code: exitUsage, err: errors.New("SOURCE_DATE_EPOCH is no number of seconds")}
				}
				date = time.Unix(seconds, 0)
			}
			return writeManPages(args[0], cmd.Root(), date)
		}),
	}
}

// writeManPages writes the pages of cmd and of all below it.
func writeManPages(folder string, cmd *cobra.Command, date time.Time) error {
	f, err := os.OpenFile(filepath.Join(folder, pageName(cmd)+".1"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return fmt.Errorf("write manual page: %w", err)
	}
	err = errors.Join(writeManPage(f, cmd, date), f.Close())
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			err = cmp.Or(err, writeManPages(folder, c, date))
		}
	}
	return err
}
