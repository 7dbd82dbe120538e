// Package checkup finds out, before anything is deleted, what would keep passes from
// working: names, connections, certificates, clocks, the login, what the service lets the
// login see, the brokers of intake, the inputs of every pass, and the place of the ledger. It deletes nothing and changes nothing, but that
// a secret which is refused is remembered as refused.
package checkup

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/assemble"
	"cleaner/internal/config"
	"cleaner/internal/pass"
	"cleaner/internal/policy"
	"cleaner/internal/signin"
)

// Mark is what came of a check.
type Mark string

// The marks.
const (
	OK      Mark = "ok"
	Mend    Mark = "mend"    // somebody must mend it; the line says what
	Unknown Mark = "unknown" // it could not be found out
)

// Kind says what a check is about.
type Kind string

// The kinds.
const (
	Access  Kind = "access"  // endpoint, credentials, permission
	Machine Kind = "machine" // this machine
)

// Line is one check.
type Line struct {
	Check string `json:"check"`
	Mark  Mark   `json:"mark"`
	Says  string `json:"says"` // what was found, and what to do unless it is ok
	Kind  Kind   `json:"kind"`
}

// Report is all checks, in their order.
type Report []Line

// Worst returns the kind of the first line that is to be mended; false when all is well.
func (r Report) Worst() (Kind, bool) {
	for _, l := range r {
		if l.Mark == Mend {
			return l.Kind, true
		}
	}
	return "", false
}

// Print writes r in lines for people.
func (r Report) Print(w io.Writer) error {
	for _, l := range r {
		if _, err := fmt.Fprintf(w, "%-7s  %-18s  %s\n", l.Mark, l.Check, l.Says); err != nil {
			return err
		}
	}
	return nil
}

// JSON writes r as one JSON array.
func (r Report) JSON(w io.Writer) error { return json.NewEncoder(w).Encode(r) }

// Options are what is checked.
type Options struct {
	Process *assemble.Process
	Config  *config.Config
	// Proxy finds the proxy for a request. The default is http.ProxyFromEnvironment.
	Proxy func(*http.Request) (*url.URL, error)
}

// patience bounds what is asked of the far side.
const patience = time.Minute

// checkup is a checkup under way.
type checkup struct {
	Options
	spec  pass.Spec
	table *policy.Table
	lines Report
}

// Run checks everything. An error is one of the configuration.
func Run(ctx context.Context, o Options) (Report, error) {
	if o.Proxy == nil {
		o.Proxy = http.ProxyFromEnvironment
	}
	spec, err := assemble.Spec(o.Config)
	if err != nil {
		return nil, err
	}
	c := &checkup{Options: o, spec: spec, table: spec.Table}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c.place()
	c.limit(ctx)
	c.brokers(ctx)
	c.inputs(ctx)
	if err := c.farSide(ctx); err != nil {
		return nil, err
	}
	return c.lines, nil
}

// add adds a line.
func (c *checkup) add(k Kind, check string, m Mark, says string) {
	c.lines = append(c.lines, Line{Check: check, Mark: m, Says: says, Kind: k})
}

// farSide checks IAM and the service: what can be reached without a login first.
func (c *checkup) farSide(ctx context.Context) error {
	service, iam, err := c.Config.Service.Endpoints()
	if err != nil {
		return err
	}
	reached := c.reach(ctx, "service", service)
	if signin.AsksIAM(c.Config, c.Process.Env) {
		reached = c.reach(ctx, "iam", iam) && reached
	}
	if !reached {
		c.add(Access, "login", Unknown, "not tried: mend what is above first")
		return nil
	}
	return c.loggedIn(ctx)
}

// whatToDo is why an answer is none to be content with, and what to do.
func (c *checkup) whatToDo(a answer.Answer) string {
	rl := c.table.Judge(a)
	says := a.Message
	if a.Fault == answer.FaultNone {
		says = a.Summary()
	}
	if rl.Why != "" {
		says += ": " + rl.Why
	}
	if rl.Do != "" {
		says += "; " + rl.Do
	}
	return says
}
