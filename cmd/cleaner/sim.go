package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cleaner/internal/prompt"
	"cleaner/internal/signin"
	"cleaner/internal/sim"
)

// envSimSecretKey holds the secret key that belongs to --signer.
const envSimSecretKey = "CLEANER_SIM_SECRET_KEY"

// simFlags are the flags of the simulated service.
type simFlags struct {
	listen string
	choice sim.Choice
}

func newSim(a *app) *cobra.Command {
	f := simFlags{}
	cmd := &cobra.Command{
		Use:   "sim",
		Short: "Serve a simulated CodeArts Check, gateway and IAM, to rehearse against",
		Long: `sim serves a simulated CodeArts Check with its gateway and its IAM on a loopback
address, until it is stopped. Any well-formed task ID exists until it is deleted,
unless --ids names a file with those that do.
GET /sim/truth tells what really happened, GET /sim/truth/tasks for each ID; POST
/sim/revoke revokes all tokens, POST /sim/outage?for=10s breaks everything.

With --signer, an access key, signed requests are checked; its secret key is taken
from the environment, ` + envSimSecretKey + `. ` + fmt.Sprint(sim.LockAfter) + ` wrong signatures in a row lock the key for 5 minutes.

--profile chooses a kind of service that the real one may be; other flags override parts
of it, and faults are added. The profiles:

` + sim.ProfileLines() + `
Faults are named like busy-400:0.05:2 (5 % of the IDs, their first 2 requests) or
outage@10s+5s (from 10 s on, for 5 s), and are about DELETE unless an operation
is put before them: login/, progress/, stop/, list/, iam/ or all/. Known names: ` + strings.Join(sim.FaultNames(), ", ") + ".",
		Args: prompt.NoArguments,
		RunE: do(func(cmd *cobra.Command, _ []string) error { return f.serve(cmd, a) }),
	}
	flags := cmd.Flags()
	flags.StringVar(&f.listen, "listen", "127.0.0.1:8080", "loopback `address` to listen on")
	flags.StringVar(&f.choice.Profile, "profile", "", "the service's `profile`, see above (empty: "+sim.DefaultProfile+")")
	flags.StringVar(&f.choice.IDs, "ids", "", "a `file` with the task IDs that exist, one a line (empty: all do)")
	flags.StringArrayVar(&f.choice.Faults, "fault", nil, "a `fault`, see above (repeatable)")
	flags.IntVar(&f.choice.Options.Throttle.Limit, "throttle", 0, "requests the gateway admits in a window (0: all)")
	flags.DurationVar(&f.choice.Options.Throttle.Window, "throttle-window", time.Minute, "length of the throttle's window")
	flags.StringArrayVar(&f.choice.Limits, "limit", nil, "one more `limit` of the gateway: N/WINDOW[:fixed|clock|sliding|bucket][:burst=N][:delay][:rejected][@AT], N:at-once, or none@AT (repeatable)")
	flags.StringVar(&f.choice.Shape, "throttle-shape", "", "the `form` of refusals: "+sim.ShapeNames())
	flags.Float64Var(&f.choice.Options.Throttle.Rival, "rival", 0, "requests a second that somebody else makes")
	flags.DurationVar(&f.choice.Options.Throttle.Hold, "tarpit", 0, "how long a refusal takes")
	flags.BoolVar(&f.choice.Options.Throttle.Tell, "tell-quota", false, "send RateLimit-Limit, -Remaining and -Reset")
	flags.DurationVar(&f.choice.Options.Latency.Min, "latency", 0, "how long each answer takes")
	flags.Float64Var(&f.choice.Options.Absent, "absent", 0, "share of IDs that never existed")
	flags.Float64Var(&f.choice.Options.Running, "running", 0, "share of IDs whose tasks run until they are stopped")
	flags.BoolVar(&f.choice.Options.RequireAuth, "require-auth", true, "ask for a token or a signature")
	flags.StringVar(&f.choice.Options.User, "user", "", "the only IAM user that may log in (empty: any)")
	flags.StringVar(&f.choice.Options.AccessKey, "signer", "", "the `access key` that signs requests; its secret is in "+envSimSecretKey+" (empty: no signature is good)")
	flags.StringVar(&f.choice.Options.ProjectID, "project-id", "", "the regional project's `ID` (empty: any)")
	flags.Uint64Var(&f.choice.Options.Seed, "seed", 1, "seed of all choices")
	prompt.CompleteBy(cmd, "profile", sim.ProfileNames())
	prompt.CompleteBy(cmd, "fault", sim.FaultNames())
	prompt.CompleteBy(cmd, "throttle-shape", strings.Split(sim.ShapeNames(), ", "))
	return cmd
}

// service is what the flags and the environment describe.
func (f *simFlags) service(given func(flag string) bool, env func(string) string) sim.Choice {
	f.choice.Given, f.choice.KeySecretIn = given, envSimSecretKey
	f.choice.Options.Password = env(signin.EnvPassword) // empty accepts any
	f.choice.Options.SecretKey = env(envSimSecretKey)
	return f.choice
}

// serve serves until the first signal.
func (f *simFlags) serve(cmd *cobra.Command, a *app) error {
	s, about, err := f.service(cmd.Flags().Changed, a.env).New()
	if err != nil {
		return &failure{code: exitUsage, err: err}
	}
	ctx, _, done := stopping(cmd.Context(), a.stderr, endings()...)
	defer done()
	ln, err := sim.Listen(ctx, f.listen)
	if err != nil {
		return &failure{code: exitUsage, err: fmt.Errorf("--listen: %w", err)}
	}
	if _, err := fmt.Fprintf(a.stdout, "simulated service on http://%s\n%s", ln.Addr(), about); err != nil {
		return errors.Join(err, ln.Close())
	}
	if err := s.Serve(ctx, ln); err != nil {
		return &failure{code: exitUsage, err: err}
	}
	return nil
}
