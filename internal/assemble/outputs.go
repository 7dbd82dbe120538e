package assemble

import (
	"fmt"

	"cleaner/internal/config"
	"cleaner/internal/outputs"
	"cleaner/internal/secret"
	"cleaner/internal/signin"
)

// Outputs are the outputs of a pass: metrics, results and report, in this order. A
// flag's path takes the place of the key's; empty flags are not given. The report comes
// last: of two outputs in one place the later one is at fault, and a report that is must
// not be written.
func Outputs(cfg *config.Config, resultsFlag, reportFlag string) []outputs.File {
	results := outputs.File{Name: "output.results", Path: cfg.Output.Results, Room: outputs.Appendable}
	if resultsFlag != "" {
		results.Name, results.Path = "--results", resultsFlag
	}
	report := outputs.File{Name: "output.report", Path: cfg.Output.Report, Room: outputs.Replaceable}
	if reportFlag != "" {
		report.Name, report.Path = "--report", reportFlag
	}
	return []outputs.File{{Name: "metrics.textfile", Path: cfg.Metrics.Textfile}, results, report}
}

// Place is what lies around the outputs of a pass over these inputs.
func (p *Process) Place(cfg *config.Config, ids []string) outputs.Place {
	all := []outputs.Taken{{Path: p.ConfigPath, What: "the configuration"}, {Path: Ledger(cfg).Path(), What: "the ledger"}}
	for _, path := range Ledger(cfg).Beside() {
		all = append(all, outputs.Taken{Path: path, What: "a file of the ledger's"})
	}
	for _, t := range append(namedBy(cfg), credentialFiles(p.Env)...) {
		all = append(all, outputs.Taken{Path: t.Path, What: "what " + t.What + " names"})
	}
	for _, path := range ids {
		if config.IsURL(path) {
			continue
		}
		all = append(all, outputs.Taken{Path: path, What: "an input"})
	}
	return outputs.Place{Taken: all, Spool: cfg.Inputs.Spool, Made: Ledger(cfg).Folder()}
}

// namedBy lists the files that keys of the configuration name, each with its key.
func namedBy(cfg *config.Config) []outputs.Taken {
	named := []outputs.Taken{
		{Path: cfg.Service.CAFile, What: "service.ca_file"},
		{Path: cfg.Safety.ProtectFile, What: "safety.protect_file"},
		{Path: cfg.Listen.TokenFile, What: "listen.token_file"},
		{Path: cfg.Listen.WebConfigFile, What: "listen.web_config_file"},
		{Path: cfg.Listen.Socket, What: "listen.socket"},
	}
	for _, f := range signin.Files(cfg) {
		named = append(named, outputs.Taken{Path: f.Path, What: f.Key})
	}
	for i, e := range cfg.Intake {
		at := fmt.Sprintf("intake[%d].", i)
		named = append(named, outputs.Taken{Path: e.PasswordFile, What: at + "password_file"}, outputs.Taken{Path: e.CAFile, What: at + "ca_file"})
	}
	for i, u := range cfg.Inputs.URLs {
		at := fmt.Sprintf("inputs.urls[%d].", i)
		named = append(named, outputs.Taken{Path: u.CAFile, What: at + "ca_file"}, outputs.Taken{Path: u.TokenFile, What: at + "token_file"},
			outputs.Taken{Path: u.PasswordFile, What: at + "password_file"})
	}
	for i, path := range cfg.Inputs.Files {
		named = append(named, outputs.Taken{Path: path, What: fmt.Sprintf("inputs.files[%d]", i)})
	}
	return named
}

// credentialFiles lists the credentials that systemd hands over.
func credentialFiles(env func(string) string) (files []outputs.Taken) {
	for _, name := range append(signin.Credentials(), CredentialListenToken) {
		files = append(files, outputs.Taken{Path: secret.Handed(name, env), What: "the credential " + name})
	}
	return files
}

// outputRule checks the outputs that the configuration names.
func (p *Process) outputRule(c *config.Config, report func(string, error)) {
	p.Place(c, nil).Check(Outputs(c, "", ""), func(o outputs.File, err error) { report(o.Name, err) })
}
