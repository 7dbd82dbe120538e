// Package man writes the manual pages of a command tree. cmd/cleaner links it when it
// is built with the tag man, for those who build packages, and never in the product.
package man

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/cpuguy83/go-md2man/v2/md2man"
	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"

	"cleaner/internal/assemble"
	"cleaner/internal/config"
	"cleaner/internal/exitcode"
	"cleaner/internal/signin"
)

// Item is something with what is to be said about it.
type Item struct{ Name, Text string }

// Manual is what the pages say beside what the commands say themselves.
type Manual struct {
	// Version is the version of the program.
	Version string
	// Date is the date of the pages, in its own time zone.
	Date time.Time
	// ExitStatus are the exit codes.
	ExitStatus []Item
	// Environment are the environment variables.
	Environment []Item
}

// Of is the manual of the program: its exit codes and the environment variables that it
// reads. simSecretKey is the one of sim, which the command names.
func Of(version string, date time.Time, simSecretKey string) Manual {
	m := Manual{Version: version, Date: date}
	for _, r := range exitcode.Table() {
		m.ExitStatus = append(m.ExitStatus, Item{Name: strconv.Itoa(r.Code), Text: r.Meaning})
	}
	for _, v := range signin.Environment() {
		m.Environment = append(m.Environment, Item{Name: v.Name, Text: v.Meaning})
	}
	m.Environment = append(m.Environment,
		Item{Name: config.EnvConfig, Text: "the configuration file, where --config names none"},
		Item{Name: config.Prefix + "*", Text: "keys of the configuration, in capitals and with _ for the dots: " + config.Variable("limits.rate") + " is limits.rate; they win over the file"},
		Item{Name: "XDG_CONFIG_HOME, HOME", Text: "where the user's configuration file is looked for"},
		Item{Name: "NO_COLOR, TERM", Text: "no colours in the log on a terminal, if NO_COLOR is not empty or TERM is dumb"},
		Item{Name: simSecretKey, Text: "the secret key that belongs to the access key of sim --signer"},
		Item{Name: "CREDENTIALS_DIRECTORY", Text: "set by systemd: where to look for " +
			strings.Join(append(signin.Credentials(), assemble.CredentialListenToken), ", ") + ", if neither a file nor the environment has them"},
		Item{Name: "HTTPS_PROXY, HTTP_PROXY, NO_PROXY", Text: "the proxy for what is not loopback"})
	return m
}

// Date is the date of pages that are made now, or at SOURCE_DATE_EPOCH, the text of the
// environment variable of this name, unless it is empty.
func Date(epoch string) (time.Time, error) {
	if epoch == "" {
		return time.Now().UTC(), nil
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return time.Time{}, errors.New("SOURCE_DATE_EPOCH is no number of seconds")
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// Write writes the page of cmd, and of each command below it that help shows, into a
// folder. It changes the texts of the commands: they are of no other use afterwards.
func (m Manual) Write(folder string, cmd *cobra.Command) error {
	f, err := os.OpenFile(filepath.Join(folder, strings.ReplaceAll(cmd.CommandPath(), " ", "-")+".1"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return fmt.Errorf("write manual page: %w", err)
	}
	if err := errors.Join(m.page(f, cmd), f.Close()); err != nil {
		return fmt.Errorf("write manual page: %w", err)
	}
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			if err := m.Write(folder, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// seeAlso is where the sections belong that cobra knows nothing of.
const seeAlso = "\n.SH SEE ALSO\n"

// option is an option and the beginning of what is said of it, as cobra has it.
var option = regexp.MustCompile(`(?m)^(?:\.PP\n)?(\\fB-.*)\n\t`)

// page writes the page of one command.
func (m Manual) page(w io.Writer, cmd *cobra.Command) error {
	inMarkdown(cmd)
	var text bytes.Buffer
	if err := doc.GenMan(cmd, &doc.GenManHeader{Date: &m.Date, Source: "cleaner " + m.Version, Manual: "User Commands"}, &text); err != nil {
		return err
	}
	before, after, found := strings.Cut(text.String(), seeAlso)
	if !found {
		return fmt.Errorf("the page of %s has no section SEE ALSO", cmd.CommandPath())
	}
	// cobra writes the month alone, which is no date for man, and options with a tab,
	// which man takes for a gap in the line.
	before = strings.Replace(before, m.Date.Format(`"Jan 2006"`), m.Date.Format(`"2006-01-02"`), 1)
	before = option.ReplaceAllString(before, ".TP\n$1\n")
	_, err := io.WriteString(w, before+"\n"+m.sections(cmd)+seeAlso+after)
	return err
}

// sections are those that cobra knows nothing of, for man.
func (m Manual) sections(cmd *cobra.Command) string {
	text := "# EXIT STATUS\n0 when it did what it was asked for, else one of those of **cleaner**(1).\n"
	if !cmd.HasParent() {
		text = "# EXIT STATUS\n" + items(m.ExitStatus) + "# ENVIRONMENT\n" + items(m.Environment) + "# FILES\n" + items(files)
	}
	page := string(md2man.Render([]byte("# TITLE\n" + text))) // the first heading is that of a page
	return page[strings.Index(page, ".SH"):]
}

// items are a list in Markdown as md2man reads it.
func items(list []Item) string {
	var b strings.Builder
	for _, i := range list {
		fmt.Fprintf(&b, "**%s**\n:   %s\n\n", escape(i.Name), escape(i.Text))
	}
	return b.String()
}

// inMarkdown makes Markdown, which cobra takes them for, of the plain texts of cmd.
func inMarkdown(cmd *cobra.Command) {
	if cmd.HasAvailableSubCommands() {
		cmd.Use += " command"
	}
	cmd.DisableAutoGenTag = true
	if cmd.Long == "" {
		cmd.Long = cmd.Short + "."
	}
	paragraphs := strings.Split(cmd.Long, "\n\n")
	for i, p := range paragraphs {
		paragraphs[i] = paragraph(strings.Trim(p, "\n"))
	}
	cmd.Long, cmd.Short = strings.Join(paragraphs, "\n\n"), escape(cmd.Short)
	cmd.InitDefaultHelpFlag()
	cmd.InitDefaultVersionFlag()
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		_, says := pflag.UnquoteUsage(f)
		f.Usage = escape(says)
	})
}

// paragraph is one paragraph of a text. One that is indented keeps its lines, as an
// example or a table.
func paragraph(text string) string {
	if !strings.HasPrefix(text, " ") && !strings.HasPrefix(text, "\t") {
		return escape(text)
	}
	return "\t" + strings.ReplaceAll(strings.ReplaceAll(strings.TrimPrefix(text, "\t"), "\n\t", "\n"), "\n", "\n\t")
}

// escape makes plain text of what Markdown would take for its own.
var escape = strings.NewReplacer(`\`, `\\`, "`", "\\`", `*`, `\*`, `_`, `\_`, `[`, `\[`, `]`, `\]`, `<`, `\<`, `>`, `\>`, `#`, `\#`, `|`, `\|`).Replace
