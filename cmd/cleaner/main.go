//go:build !man

// Command cleaner deletes CodeArts Check tasks: thousands of them, for good, at
// a rate that the service allows, and with a ledger that says what became of each.
//
// The path of one task ID can be read from worker.ProcessOne. Around it stand
// internal/source (where IDs come from), internal/queue (the ledger),
// internal/policy (every decision), internal/api (the service) and
// internal/report (what is said afterwards). This package reads flags,
// environment and configuration, puts the parts together and turns what
// happened into an exit code.
package main

import (
	"context"
	"os"
	_ "time/tzdata" // schedules name time zones, and not every image has them

	"cleaner/internal/terminal"
)

func main() {
	a := &app{env: os.Getenv, environ: os.Environ(), stdin: os.Stdin, stdout: os.Stdout, stderr: terminal.NewScreen(os.Stderr), libraryLog: terminal.CaptureLibraryLog()}
	os.Exit(a.main(context.Background(), os.Args[1:]))
}
