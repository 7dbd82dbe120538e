package main

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cleaner/internal/sim"
)

// simFlags are the flags of the simulated service.
type simFlags struct {
	listen   string
	faults   []string
	throttle int
	window   time.Duration
	options  sim.Options
}

func newSim(a *app) *cobra.Command {
	f := simFlags{}
	cmd := &cobra.Command{
		Use:   "sim",
		Short: "Serve a simulated CodeArts Check, gateway and IAM, to rehearse against",
		Long: `sim serves a simulated CodeArts Check with its gateway and its IAM on a loopback
address, until it is stopped. Any well-formed task ID exists until it is deleted.
GET /sim/truth tells what really happened, GET /sim/truth/tasks for each ID; POST
/sim/revoke revokes all tokens, POST /sim/outage?for=10s breaks everything.

Faults are named like busy-400:0.05:2 (5 % of the IDs, their first 2 requests) or
outage@10s+5s (from 10 s on, for 5 s), and are about DELETE unless an operation
is put before them: login/, progress/, stop/, list/ or all/. Known names: ` + strings.Join(faultNames(), ", ") + ".",
		Args: cobra.NoArgs,
		RunE: do(func(cmd *cobra.Command, _ []string) error { return a.sim(cmd, f) }),
	}
	flags := cmd.Flags()
	flags.StringVar(&f.listen, "listen", "127.0.0.1:8080", "loopback `address` to listen on")
	flags.StringArrayVar(&f.faults, "fault", nil, "a `fault`, see above (repeatable)")
	flags.IntVar(&f.throttle, "throttle", 0, "requests the gateway admits in a window (0: all)")
	flags.DurationVar(&f.window, "throttle-window", time.Minute, "length of the throttle's window")
	flags.DurationVar(&f.options.Latency.Min, "latency", 0, "how long each answer takes")
	flags.Float64Var(&f.options.Absent, "absent", 0, "share of IDs that never existed")
	flags.Float64Var(&f.options.Running, "running", 0, "share of IDs whose tasks run until they are stopped")
	flags.BoolVar(&f.options.RequireAuth, "require-auth", true, "ask for a token or a signature")
	flags.StringVar(&f.options.User, "user", "", "the only IAM user that may log in (empty: any)")
	flags.Uint64Var(&f.options.Seed, "seed", 1, "seed of all choices")
	return cmd
}

func faultNames() []string {
	all := sim.Catalogue()
	names := make([]string, len(all))
	for i, f := range all {
		names[i] = f.Name
	}
	return names
}

// sim serves until the first signal.
func (a *app) sim(cmd *cobra.Command, f simFlags) error {
	for _, text := range f.faults {
		fault, err := sim.ParseFault(text)
		if err != nil {
			return &failure{code: exitUsage, err: err}
		}
		f.options.Faults = append(f.options.Faults, fault)
	}
	f.options.Throttle = sim.Throttle{Limit: f.throttle, Window: f.window}
	f.options.Password = a.env(envPassword) // empty accepts any
	s, err := sim.New(f.options)
	if err != nil {
		return &failure{code: exitUsage, err: err}
	}
	ctx, _, done := stopping(cmd.Context(), a.stderr, endings()...)
	defer done()
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", f.listen)
	if err != nil {
		return &failure{code: exitUsage, err: fmt.Errorf("listen on %s: %w", f.listen, err)}
	}
	if _, err := fmt.Fprintf(a.stdout, "simulated service on http://%s\n", ln.Addr()); err != nil {
		return errors.Join(err, ln.Close())
	}
	if err := s.Serve(ctx, ln); err != nil {
		return &failure{code: exitUsage, err: err}
	}
	return nil
}
