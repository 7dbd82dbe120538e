package serve

import (
	"strings"
	"testing"

	"cleaner/internal/exitcode"
	"cleaner/internal/sim"
)

// TestAPassWithDeadLettersIsRemembered: a restart knows when a pass last did all that was
// to do, though none has ever succeeded.
func TestAPassWithDeadLettersIsRemembered(t *testing.T) {
	bad, err := sim.ParseFault("parameters-200")
	if err != nil {
		t.Fatal(err)
	}
	try(t, sim.Options{Faults: []sim.Fault{bad}}, func(tr *trial) {
		tr.spool(2)
		s := tr.serve()
		tr.want("exit code", s.pass().ExitCode, exitcode.DeadLetters)
		tr.want("dead letters by code", strings.Contains(s.metrics(), "\n"+`cleaner_dead_letters_by_code{code="CC.00050000"} 2`+"\n"), true)
		tr.want("stop", s.stop(), nil)
		s = tr.serve()
		tr.want("finished", strings.Contains(s.metrics(), "\ncleaner_run_last_finished_timestamp_seconds "), true)
		tr.want("succeeded", strings.Contains(s.metrics(), "\ncleaner_run_last_success_timestamp_seconds "), false)
		tr.want("dead letters between passes", strings.Contains(s.metrics(), "\n"+`cleaner_dead_letters_by_code{code="CC.00050000"} 2`+"\n"), true)
		tr.want("stop", s.stop(), nil)
	})
}
