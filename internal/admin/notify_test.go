package admin

import (
	"context"
	"net"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// manager is a service manager's socket; it returns how to read a message, or
// "" when there is none.
func manager(t *testing.T) func() string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", "")
	t.Setenv("WATCHDOG_PID", "")
	return func() string {
		if err := conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
			t.Error(err)
		}
		buf := make([]byte, 4096)
		n, err := conn.Read(buf)
		if err != nil {
			return ""
		}
		return string(buf[:n])
	}
}

func TestNotifierTellsSystemd(t *testing.T) {
	read := manager(t)
	var n Notifier
	for _, row := range []struct {
		tell func() error
		want string
	}{
		{n.Ready, `^READY=1$`},
		{func() error { return n.Stopping(10 * time.Minute) }, `^STOPPING=1\nEXTEND_TIMEOUT_USEC=660000000$`},
		{n.Reloading, `^RELOADING=1\nMONOTONIC_USEC=[1-9]\d*$`},
		{func() error { return n.Status("5 of 7 settled\nREADY=1") }, `^STATUS=5 of 7 settled READY=1$`},
	} {
		if err := row.tell(); err != nil {
			t.Error(err)
		}
		if got := read(); !regexp.MustCompile(row.want).MatchString(got) {
			t.Errorf("sent %q, want %s", got, row.want)
		}
	}
}

func TestReloadsAreInTheOrderOfTheMonotonicClock(t *testing.T) {
	read := manager(t)
	var last int64
	for range 3 {
		if err := (Notifier{}).Reloading(); err != nil {
			t.Fatal(err)
		}
		m := regexp.MustCompile(`\d+$`).FindString(read())
		now, err := strconv.ParseInt(m, 10, 64)
		if err != nil || now < last {
			t.Errorf("%q after %d: %v", m, last, err)
		}
		last = now
	}
}

func TestNotifierWithoutSystemdDoesNothing(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	t.Setenv("WATCHDOG_USEC", "")
	var n Notifier
	for _, tell := range []func() error{n.Ready, n.Reloading, func() error { return n.Stopping(0) }, func() error { return n.Status("x") }} {
		if err := tell(); err != nil {
			t.Error(err)
		}
	}
	if err := n.Watchdog(t.Context(), func() bool { t.Error("asked"); return true }); err != nil {
		t.Error(err)
	}
}

func TestNotifierSaysWhenNobodyListens(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "nobody"))
	if err := (Notifier{}).Ready(); err == nil {
		t.Error("told nobody, and well")
	}
}

// The watchdog is fed while there is progress, starves while there is none, and
// is fed again.
func TestWatchdogIsFedOnlyWhileWorkProgresses(t *testing.T) {
	read := manager(t)
	t.Setenv("WATCHDOG_USEC", "2000")
	ctx, stop := context.WithCancel(t.Context())
	answers, ended := make(chan bool), make(chan error, 1)
	go func() { ended <- Notifier{}.Watchdog(ctx, func() bool { return <-answers }) }()
	for _, progress := range []bool{true, false, false, true, false} {
		answers <- progress
		got := read()
		if fed := got == "WATCHDOG=1"; fed != progress {
			t.Errorf("progress is %v, sent %q", progress, got)
		}
	}
	stop()
	close(answers) // lets a last question be answered
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestWatchdogInterval(t *testing.T) {
	manager(t)
	t.Setenv("WATCHDOG_USEC", "90000000")
	if interval, err := (Notifier{}).WatchdogInterval(); err != nil || interval != 90*time.Second {
		t.Errorf("interval %v, %v", interval, err)
	}
}

func TestWatchdogOfAnotherProcessIsNotFed(t *testing.T) {
	manager(t)
	t.Setenv("WATCHDOG_USEC", "1000")
	t.Setenv("WATCHDOG_PID", "1")
	if err := (Notifier{}).Watchdog(t.Context(), func() bool { t.Error("asked"); return true }); err != nil {
		t.Error(err)
	}
	t.Setenv("WATCHDOG_PID", "")
	t.Setenv("WATCHDOG_USEC", "soon")
	if err := (Notifier{}).Watchdog(t.Context(), nil); err == nil {
		t.Error("a time that is no number was taken")
	}
}
