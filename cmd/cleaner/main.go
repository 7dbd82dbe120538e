// Command cleaner deletes CodeArts Check tasks: thousands of them, for good, at
// a rate the service bears, and with a ledger that says what became of each.
//
// The path of one task ID can be read from worker.ProcessOne. Around it stand
// internal/source (where IDs come from), internal/queue (the ledger),
// internal/policy (every decision), internal/api (the service) and
// internal/report (what is told afterwards). This package reads flags,
// environment and configuration, puts the parts together and turns what
// happened into an exit code.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	_ "time/tzdata" // schedules name time zones, and not every image has them
)

// gcPercent lets the heap, which is small, grow to five times what is live
// before it is swept: some MiB more for a tenth of the CPU less. GOGC overrides it.
const gcPercent = 400

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	env := func(key string) string { return os.Getenv(key) }
	os.Exit(run(context.Background(), os.Args[1:], env, os.Stdin, os.Stdout, os.Stderr))
}

// run is the whole program. It returns the exit code.
func run(ctx context.Context, args []string, env func(string) string, stdin io.Reader, stdout, stderr io.Writer) int {
	return (&app{env: env, stdin: stdin, stdout: stdout, stderr: &screen{w: stderr}}).main(ctx, args)
}

// main runs the command that args name.
func (a *app) main(ctx context.Context, args []string) int {
	stderr := a.stderr.w
	root := newRoot(a)
	root.SetArgs(args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(stderr)
	refuseUnknown(root)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	// What a command reports has a code; anything else is cobra's, about usage.
	if f, ok := errors.AsType[*failure](err); ok {
		if f.err != nil {
			fmt.Fprintf(stderr, "cleaner: %v\n", f.err)
		}
		return f.code
	}
	fmt.Fprintf(stderr, "cleaner: %v\nSee 'cleaner --help'.\n", err)
	return exitUsage
}
