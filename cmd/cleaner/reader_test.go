package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"cleaner/internal/report"
	"cleaner/internal/sim"
)

// piped is the program in a process of its own that was not started yet, with both
// outputs in one pipe, and the ends of that.
func (st *stage) piped(args ...string) (cmd *exec.Cmd, reader, writer *os.File) {
	st.Helper()
	st.cleaner("check") // writes the configuration
	line, err := json.Marshal(append(args, "--config", st.path("cleaner.yaml")))
	if err != nil {
		st.Fatal(err)
	}
	reader, writer, err = os.Pipe()
	if err != nil {
		st.Fatal(err)
	}
	cmd = exec.CommandContext(st.Context(), os.Args[0], "-test.run=^TestChild$")
	cmd.Env = append(os.Environ(), childEnv+"="+string(line))
	cmd.Stdout, cmd.Stderr = writer, writer
	return cmd, reader, writer
}

// readOne starts cmd, reads its first line and goes away.
func (st *stage) readOne(cmd *exec.Cmd, reader, writer *os.File) {
	st.Helper()
	if err := errors.Join(cmd.Start(), writer.Close()); err != nil {
		st.Fatal(err)
	}
	_, err := bufio.NewReaderSize(reader, 16).ReadString('\n')
	if err := errors.Join(err, reader.Close()); err != nil {
		st.Error(err)
	}
}

// TestReaderGoesAway: a pass whose log is read by head, say, goes on when that has
// enough, and leaves its report, its results and its exit code.
func TestReaderGoesAway(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.set("log.level", "debug") // a line for each ID
	st.set("safety.canary", 0)
	st.ids(200)
	cmd, reader, writer := st.piped("run", "--ids", st.path("tasks.txt"), "--report", st.path("report.json"), "--results", st.path("results.jsonl"))
	st.readOne(cmd, reader, writer)
	_ = cmd.Wait() // its state says how it went
	st.want("how it ended", cmd.ProcessState.String(), "exit status 0")
	var r report.Report
	text, err := os.ReadFile(st.path("report.json"))
	st.want("report", errors.Join(err, json.Unmarshal(text, &r)), nil)
	st.want("deleted", r.Deleted, int64(200))
	st.want("lines of results", len(st.results()), 200)
}

// TestReaderOfServeGoesAway: serve makes its passes also when nobody reads its log any
// more, and ends well.
func TestReaderOfServeGoesAway(t *testing.T) {
	st := newServing(t, sim.Options{})
	st.set("log.level", "debug")
	st.set("safety.canary", 0)
	st.cfg["schedule"] = []any{map[string]any{"cron": "@every 1s"}}
	st.spool(20)
	cmd, reader, writer := st.piped("serve")
	st.readOne(cmd, reader, writer)
	ended := make(chan struct{})
	go func() { defer close(ended); _ = cmd.Wait() }()
	for st.sim.Truth().Effects < 20 {
		select {
		case <-ended:
			t.Fatalf("serve has ended: %v", cmd.ProcessState)
		case <-time.After(20 * time.Millisecond):
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	<-ended
	st.want("how it ended", cmd.ProcessState.String(), "exit status 0")
}

// TestReaderOfAListGoesAway: commands that only print end by the signal, as everywhere.
func TestReaderOfAListGoesAway(t *testing.T) {
	st := newStage(t, sim.Options{})
	cmd, reader, writer := st.piped("verdicts")
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Run()
	if err := writer.Close(); err != nil {
		t.Error(err)
	}
	st.want("how it ended", cmd.ProcessState.String(), "signal: broken pipe")
}

// TestReaderOfTheReportGoesAway: a report that nobody is there to read is a failure of the
// pass, which is made all the same.
func TestReaderOfTheReportGoesAway(t *testing.T) {
	st := newStage(t, sim.Options{})
	st.set("safety.canary", 0)
	st.ids(20)
	cmd, reader, writer := st.piped("run", "--ids", st.path("tasks.txt"), "--report", "-", "--results", st.path("results.jsonl"))
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Run()
	if err := writer.Close(); err != nil {
		t.Error(err)
	}
	st.want("how it ended", cmd.ProcessState.String(), "exit status 1")
	st.want("lines of results", len(st.results()), 20)
}
