package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"cleaner/internal/config"
)

// Where a pass writes is looked at before it does anything: a report that takes the
// ledger's place would be noticed when there is no ledger any more, and one that
// cannot be written when everything is deleted.

// output is a file that a pass writes, and the key or flag that names it.
type output struct {
	name, path string
	// room says why the file cannot be written; nil does not ask, for a file that no
	// pass fails for.
	room func(path string) error
}

// outputsOf are the outputs of a pass, before the flags' paths and the keys' are
// put together. The report comes last: of two outputs in one place the later one
// is at fault, and a report that is must not be written.
func outputsOf(cfg *config.Config, f runFlags) []output {
	results := output{"output.results", cfg.Output.Results, appendable}
	if f.resultsPath != "" {
		results.name, results.path = "--results", f.resultsPath
	}
	report := output{"output.report", cfg.Output.Report, replaceable}
	if f.reportPath != "" {
		report.name, report.path = "--report", f.reportPath
	}
	return []output{{"metrics.textfile", cfg.Metrics.Textfile, nil}, results, report}
}

// occupied is a file that no output may be, and what it is.
type occupied struct{ path, what string }

// occupied lists the files that no output of a pass over these inputs may be.
func (a *app) occupied(cfg *config.Config, ids []string) []occupied {
	all := []occupied{{a.configPath, "the configuration"}, {ledgerPath(cfg), "the ledger"}}
	for _, suffix := range []string{"-wal", "-shm", "-journal", ".lock", ".rejects.jsonl", ".schedule.json"} {
		all = append(all, occupied{ledgerPath(cfg) + suffix, "a file of the ledger's"})
	}
	named := []occupied{
		{cfg.Auth.TokenFile, "auth.token_file"},
		{cfg.Service.CAFile, "service.ca_file"},
		{cfg.Safety.ProtectFile, "safety.protect_file"},
		{cfg.Listen.TokenFile, "listen.token_file"},
		{cfg.Listen.WebConfigFile, "listen.web_config_file"},
		{cfg.Listen.Socket, "listen.socket"},
	}
	if p := cfg.Auth.Password; p != nil {
		named = append(named, occupied{p.PasswordFile, "auth.password.password_file"})
	}
	if k := cfg.Auth.AccessKey; k != nil {
		named = append(named, occupied{k.SecretFile, "auth.access_key.secret_file"},
			occupied{k.SecurityTokenFile, "auth.access_key.security_token_file"})
	}
	for i, path := range cfg.Inputs.Files {
		named = append(named, occupied{path, fmt.Sprintf("inputs.files[%d]", i)})
	}
	for _, name := range []string{credentialPassword, credentialSecretKey, credentialSecurityToken, credentialListenToken} {
		named = append(named, occupied{credentialFile(name, a.env), "the credential " + name})
	}
	for _, t := range named {
		all = append(all, occupied{t.path, "what " + t.what + " names"})
	}
	for _, path := range ids {
		all = append(all, occupied{path, "an input"})
	}
	return all
}

// checkOutputs tells of each output that would be written over something else, or
// that cannot be written.
func (a *app) checkOutputs(cfg *config.Config, outputs []output, ids []string, tell func(output, error)) {
	others := a.occupied(cfg, ids)
	for _, o := range outputs {
		if o.path == "" || toStdout(o.path) {
			continue
		}
		if err := o.check(cfg, others); err != nil {
			tell(o, err)
		}
		others = append(others, occupied{o.path, "what " + o.name + " names"})
	}
}

// check says what is wrong with an output. What is no file, like a pipe or
// /dev/null, loses nothing by being written to.
func (o output) check(cfg *config.Config, others []occupied) error {
	if info, err := os.Stat(o.path); err == nil && !info.Mode().IsRegular() {
		if info.IsDir() {
			return fmt.Errorf("%s is a folder: name a file", o.path)
		}
		return nil
	}
	for _, t := range others {
		if t.path != "" && samePlace(o.path, t.path) {
			return fmt.Errorf("%s is %s: name another file", o.path, t.what)
		}
	}
	folder := filepath.Dir(o.path)
	if cfg.Inputs.Spool != "" && samePlace(folder, cfg.Inputs.Spool) {
		return fmt.Errorf("%s is in the folder of inputs.spool, and would be loaded: name a file elsewhere", o.path)
	}
	if o.room == nil || isMissing(folder) && within(filepath.Dir(ledgerPath(cfg)), folder) {
		return nil // the ledger's folder is made with it
	}
	if err := o.room(o.path); err != nil {
		return fmt.Errorf("%s cannot be written: %w", o.path, err)
	}
	return nil
}

// replaceable says why no other file can be renamed over path.
func replaceable(path string) error {
	folder := filepath.Dir(path)
	if err := unix.Access(folder, unix.W_OK|unix.X_OK); err != nil {
		return fmt.Errorf("its folder %s: %w; make it, or name another file", folder, err)
	}
	return nil
}

// appendable says why nothing can be appended to path.
func appendable(path string) error {
	if isMissing(path) {
		return replaceable(path)
	}
	return unix.Access(path, unix.W_OK)
}

// samePlace reports whether two paths lead to the same file, or would if it were there.
func samePlace(a, b string) bool {
	at, err := os.Stat(a)
	if err == nil {
		if other, err := os.Stat(b); err == nil {
			return os.SameFile(at, other)
		}
	}
	return placeOf(a) == placeOf(b)
}

// placeOf is the absolute path of a file that need not be there, without the links
// of its folder.
func placeOf(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return filepath.Clean(path)
	}
	folder, err := filepath.EvalSymlinks(filepath.Dir(abs))
	if err != nil {
		return abs
	}
	return filepath.Join(folder, filepath.Base(abs))
}

// within reports whether path is folder, or lies below it.
func within(path, folder string) bool {
	return strings.HasPrefix(placeOf(path)+"/", strings.TrimSuffix(placeOf(folder), "/")+"/")
}

func isMissing(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}

// outputRule checks the outputs that the configuration names.
func (a *app) outputRule(c *config.Config, report func(string, error)) {
	a.checkOutputs(c, outputsOf(c, runFlags{}), nil, func(o output, err error) { report(o.name, err) })
}

// settleOutputs puts flags and keys together. It refuses outputs that would be
// written over something else, and what would be is then not written at the end.
func (p *pass) settleOutputs() error {
	outputs := outputsOf(p.cfg, p.flags)
	report := &outputs[len(outputs)-1]
	p.flags.resultsPath, p.flags.reportPath = outputs[len(outputs)-2].path, report.path
	var faults []error
	p.app.checkOutputs(p.cfg, outputs, p.flags.ids, func(o output, err error) {
		faults = append(faults, fmt.Errorf("%s: %w", o.name, err))
		switch o.name {
		case report.name:
			p.flags.reportPath = ""
		case "metrics.textfile":
			p.cfg.Metrics.Textfile = ""
		}
	})
	if len(faults) > 0 {
		return &failure{code: exitUsage, err: errors.Join(faults...)}
	}
	return nil
}

// toStdout reports whether a report at path goes to standard output. Its link in
// /dev must not be replaced, nor is it followed.
func toStdout(path string) bool { return path == "-" || path == "/dev/stdout" }

// maybeReport reports whether path may take the report of a pass that could not
// read its configuration, and so does not know what else may lie there: only an
// earlier report is replaced.
func maybeReport(path string) bool {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return true // nothing is lost there
	}
	text, err := os.ReadFile(path)
	var earlier struct {
		ExitCode *int `json:"exit_code"`
	}
	return err == nil && (len(text) == 0 || json.Unmarshal(text, &earlier) == nil && earlier.ExitCode != nil)
}
