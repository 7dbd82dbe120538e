package main

import (
	"net/url"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cleaner/internal/assemble"
	"cleaner/internal/config"
	"cleaner/internal/prompt"
	"cleaner/internal/serve"
)

// newControls returns the commands that steer a running serve.
func newControls(a *app) []*cobra.Command {
	var limits prompt.Limits
	set := newControl(a, "set [--rate R] [--workers N]", "Change the rate and the workers of a running serve", "/control/set", limits.Form)
	limits.Add(set)
	plain := func(use, short, path string) *cobra.Command {
		return newControl(a, use, short, path, func(*pflag.FlagSet) (url.Values, error) { return nil, nil })
	}
	return []*cobra.Command{
		newPause(a),
		newOperation(a, "resume", "End a pause", func(cmd *cobra.Command, o serve.Operator) (string, error) { return o.Resume(cmd.Context()) }),
		plain("trigger", "Have a running serve make a pass now", "/control/run"),
		plain("stop", "End the pass that a running serve makes; the rest stays pending", "/control/stop"),
		set,
	}
}

func newControl(a *app, use, short, path string, request func(given *pflag.FlagSet) (form url.Values, err error)) *cobra.Command {
	cmd := a.withConfig(&cobra.Command{
		Use: use, Short: short, Args: prompt.NoArguments,
		RunE: do(func(cmd *cobra.Command, _ []string) error {
			form, err := request(cmd.Flags())
			if err != nil {
				return err
			}
			cfg, err := steeringConfig(a)
			if err != nil {
				return err
			}
			answer, err := assemble.ServeOf(cfg).Control(cmd.Context(), path, form)
			if err != nil {
				return &failure{code: exitUsage, err: err}
			}
			return prompt.Answered(answer).Write(a.stdout, a.common.JSON)
		}),
	})
	a.common.AddJSON(cmd, "one JSON object")
	return cmd
}

// newPause returns the command that pauses all passes.
func newPause(a *app) *cobra.Command {
	var reason string
	var long time.Duration
	cmd := newOperation(a, "pause [--reason R] [--for D]", "Keep schedules of serve and run from beginning a pass until resume",
		func(cmd *cobra.Command, o serve.Operator) (string, error) {
			return o.Pause(cmd.Context(), reason, long)
		})
	cmd.Flags().StringVar(&reason, "reason", "", "`why`, for those who find it paused")
	cmd.Flags().DurationVar(&long, "for", 0, "end the pause by itself after this time (0: at resume)")
	return cmd
}

// newOperation returns a command that changes what every pass may do, with a running serve
// or without.
func newOperation(a *app, use, short string, do func(cmd *cobra.Command, o serve.Operator) (string, error)) *cobra.Command {
	cmd := a.withConfig(&cobra.Command{Use: use, Short: short, Args: prompt.NoArguments, RunE: operate(a, steeringConfig, func(cmd *cobra.Command, _ []string, o serve.Operator) (string, error) {
		return do(cmd, o)
	})})
	a.common.AddJSON(cmd, "one JSON object")
	return cmd
}

// operate runs what an operator does with a configuration, and prints what came of it.
func operate(a *app, read func(*app) (*config.Config, error), act func(*cobra.Command, []string, serve.Operator) (string, error)) func(*cobra.Command, []string) error {
	return do(func(cmd *cobra.Command, args []string) error {
		cfg, err := read(a)
		if err != nil {
			return err
		}
		said, err := act(cmd, args, serve.Operator{Config: cfg, Log: a.newLog(cfg.Log)})
		if err == nil {
			err = prompt.Answered(said).Write(a.stdout, a.common.JSON)
		}
		return err
	})
}
