package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// inRoff makes plain text of what man would take for its own. A hyphen of ours is
// always one to be typed.
var inRoff = strings.NewReplacer(`\`, `\e`, `-`, `\-`, "\n.", "\n\\&.", "\n'", "\n\\&'")

// writeManPage writes the manual page of cmd, for man(7).
func writeManPage(w io.Writer, cmd *cobra.Command, date time.Time) error {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %s 1 %s \"cleaner %s\" \"User Commands\"\n", strings.ToUpper(pageName(cmd)), date.UTC().Format(time.DateOnly), version)
	section(&b, "NAME", inRoff.Replace(pageName(cmd)+" - "+cmd.Short))
	section(&b, "SYNOPSIS", ".B "+inRoff.Replace(usage(cmd)))
	section(&b, "DESCRIPTION", paragraphs(cmd))
	cmd.InitDefaultHelpFlag()
	section(&b, "OPTIONS", options(cmd.Flags()))
	if cmd.HasParent() {
		section(&b, "EXIT STATUS", "0 when it did what it was asked for, else one of those of\n.BR cleaner (1).")
	} else {
		section(&b, "EXIT STATUS", items(exitMeanings))
		section(&b, "ENVIRONMENT", items(environment))
		section(&b, "FILES", items(standardFiles))
	}
	section(&b, "SEE ALSO", strings.Join(neighbours(cmd), ",\n"))
	_, err := io.WriteString(w, b.String())
	return err
}

// pageName is the name of cmd's page.
func pageName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

func section(b *strings.Builder, title, text string) {
	if text != "" {
		fmt.Fprintf(b, ".SH %s\n%s\n", title, strings.TrimRight(text, "\n"))
	}
}

// usage is how cmd is called.
func usage(cmd *cobra.Command) string {
	if cmd.HasAvailableSubCommands() {
		return cmd.CommandPath() + " command [flags]"
	}
	return cmd.UseLine()
}

// paragraphs is what cmd says about itself at length. Paragraphs that are indented
// are examples.
func paragraphs(cmd *cobra.Command) string {
	text := cmd.Long
	if text == "" {
		text = cmd.Short + "."
	}
	var b strings.Builder
	for p := range strings.SplitSeq(inRoff.Replace(text), "\n\n") {
		p = strings.Trim(p, "\n")
		if example, ok := strings.CutPrefix(p, "\t"); ok {
			fmt.Fprintf(&b, ".PP\n.EX\n%s\n.EE\n", strings.ReplaceAll(example, "\n\t", "\n"))
		} else {
			fmt.Fprintf(&b, ".PP\n%s\n", p)
		}
	}
	return strings.TrimPrefix(b.String(), ".PP\n")
}

// options lists flags as --help does.
func options(flags *pflag.FlagSet) string {
	var list []item
	flags.VisitAll(func(f *pflag.Flag) {
		value, says := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		if value != "" {
			name += " " + value
		}
		if !slices.Contains([]string{"", "0", "0s", "false", "[]"}, f.DefValue) {
			says += " (default " + f.DefValue + ")"
		}
		list = append(list, item{name, says})
	})
	return items(list)
}

// item is something with what is to be said about it.
type item struct{ name, says string }

func items(list []item) string {
	var b strings.Builder
	for _, i := range list {
		fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", inRoff.Replace(i.name), inRoff.Replace(i.says))
	}
	return b.String()
}

// neighbours are the pages beside cmd's: its parent's, and those below it.
func neighbours(cmd *cobra.Command) (pages []string) {
	if cmd.HasParent() {
		pages = append(pages, pageName(cmd.Parent()))
	}
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			pages = append(pages, pageName(c))
		}
	}
	for i, p := range pages {
		pages[i] = ".BR " + inRoff.Replace(p) + " (1)"
	}
	return pages
}
