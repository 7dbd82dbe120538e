package sim

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"cleaner/internal/quota"
)

// LockAfter is how many wrong signatures in a row lock the access key of a service that
// was chosen; the vendor's FAQ on APIG.0301 has five.
const LockAfter = 5

// Choice is a service as the flags of cleaner sim choose it. Its errors name them.
type Choice struct {
	Profile string                 // empty is a service without a profile
	IDs     string                 // file of the task IDs that exist; empty is all
	Faults  []string               // added to those of the profile
	Limits  []string               // beside the profile's, see quota.Parse
	Shape   string                 // in which form calls are refused; empty is the profile's
	Options Options                // of what a profile has too, what was given counts
	Given   func(flag string) bool // which flags were given

	KeySecretIn string // environment variable that holds Options.SecretKey
}

// New makes the service and tells it its tasks. About is the line that tells its profile.
func (c Choice) New() (s *Sim, about string, err error) {
	o, about, err := c.options()
	if err != nil {
		return nil, "", err
	}
	if c.IDs == "" {
		s, err = New(o)
		return s, about, err
	}
	o.OnlyAdded = true
	text, err := os.ReadFile(c.IDs)
	if err != nil {
		return nil, "", fmt.Errorf("--ids: %w", err)
	}
	if s, err = New(o); err != nil {
		return nil, "", err
	}
	return s, about, s.AddIDs(slices.Values(strings.Fields(string(text))))
}

// options are those of the profile, with what was given put over them.
func (c Choice) options() (o Options, about string, err error) {
	if c.Profile != "" {
		p, err := ProfileByName(c.Profile)
		if err != nil {
			return o, "", fmt.Errorf("--profile: %w", err)
		}
		o, about = p.Options, fmt.Sprintf("profile %s: %s\n", p.Name, p.About)
	}
	if err := c.limit(&o.Throttle); err != nil {
		return o, "", err
	}
	if err := o.Override(c.Options, c.Given, c.Faults); err != nil {
		return o, "", err
	}
	w := c.Options
	o.Seed, o.RequireAuth, o.User = w.Seed, w.RequireAuth, w.User
	o.Password, o.AccessKey, o.ProjectID, o.SecretKey = w.Password, w.AccessKey, w.ProjectID, w.SecretKey
	if o.AccessKey == "" {
		return o, about, nil
	}
	if o.LockKeyAfter = LockAfter; o.SecretKey == "" {
		return o, "", fmt.Errorf("--signer: set its secret key in the environment, %s", c.KeySecretIn)
	}
	return o, about, nil
}

// limit adds the limits to t.
func (c Choice) limit(t *Throttle) (err error) {
	if t.Limits, t.Script, err = quota.Parse(c.Limits); err != nil {
		return err
	}
	if c.Shape != "" {
		t.Shapes = []ThrottleShape{ThrottleShape(c.Shape)}
	}
	if w := c.Options.Throttle; w.Rival != 0 || w.Hold != 0 || w.Tell {
		t.Rival, t.Hold, t.Tell = w.Rival, w.Hold, w.Tell
	}
	return nil
}
