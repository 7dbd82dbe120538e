package admin

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// Notifier reports the state of the process to systemd, through the socket in the
// environment variable NOTIFY_SOCKET. Without that variable it does nothing. The zero
// value is ready to use.
type Notifier struct{}

// Ready reports that the process has started, or has finished a reload.
func (n Notifier) Ready() error { return n.send(daemon.SdNotifyReady) }

// Reloading reports that the configuration is read again; Ready ends that.
func (n Notifier) Reloading() error {
	now, err := monotonic()
	if err != nil {
		return fmt.Errorf("notify systemd: read the monotonic clock: %w", err)
	}
	return n.send(fmt.Sprintf("%s\nMONOTONIC_USEC=%d", daemon.SdNotifyReloading, now.Microseconds()))
}

// afterGrace is the time for what follows the last request: results, report, ledger.
const afterGrace = time.Minute

// Stopping reports that the process is about to end, once requests under way are over,
// which takes grace at most. systemd waits for that and a minute more, also where
// TimeoutStopSec= is shorter; it never waits shorter than that.
func (n Notifier) Stopping(grace time.Duration) error {
	return n.send(fmt.Sprintf("%s\nEXTEND_TIMEOUT_USEC=%d", daemon.SdNotifyStopping, (grace + afterGrace).Microseconds()))
}

// Status reports in one line what the process is doing; systemctl status shows it.
func (n Notifier) Status(text string) error {
	return n.send("STATUS=" + strings.Join(strings.Fields(text), " "))
}

// WatchdogInterval is how long systemd waits for a notification before it ends the
// process; zero when it does not watch it.
func (Notifier) WatchdogInterval() (time.Duration, error) {
	interval, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		return 0, fmt.Errorf("read the watchdog's interval: %w", err)
	}
	return interval, nil
}

// Watchdog notifies systemd's watchdog until ctx ends, every half of its interval, while
// progressing returns true. Waiting for something that may take long is progress too. It
// returns at once when systemd does not watch the process.
func (n Notifier) Watchdog(ctx context.Context, progressing func() bool) error {
	interval, err := n.WatchdogInterval()
	if err != nil || interval == 0 {
		return err
	}
	turn := time.NewTicker(max(interval/2, 1))
	defer turn.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-turn.C:
		}
		if !progressing() {
			continue
		}
		// An error is no reason to stop: if notifications stay lost, systemd ends the
		// process.
		_ = n.send(daemon.SdNotifyWatchdog)
	}
}

func (Notifier) send(state string) error {
	if _, err := daemon.SdNotify(false, state); err != nil {
		return fmt.Errorf("notify systemd: %w", err)
	}
	return nil
}
