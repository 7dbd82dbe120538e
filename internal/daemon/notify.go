package daemon

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// Notifier tells systemd, through the socket that NOTIFY_SOCKET names, how the
// process fares. Without that variable it does nothing. The zero value works.
type Notifier struct{}

// Ready says that the process has started, or has ended a reload.
func (n Notifier) Ready() error { return n.send(daemon.SdNotifyReady) }

// Reloading says that the configuration is being read again; Ready ends it.
func (n Notifier) Reloading() error {
	now, err := monotonic()
	if err != nil {
		return fmt.Errorf("tell systemd: read the monotonic clock: %w", err)
	}
	return n.send(fmt.Sprintf("%s\nMONOTONIC_USEC=%d", daemon.SdNotifyReloading, now.Microseconds()))
}

// Stopping says that the process is about to end.
func (n Notifier) Stopping() error { return n.send(daemon.SdNotifyStopping) }

// Status says in one line what goes on; systemctl status shows it.
func (n Notifier) Status(text string) error {
	return n.send("STATUS=" + strings.Join(strings.Fields(text), " "))
}

// Granted is how long systemd waits for a sign of life before it ends the process;
// zero when it does not.
func (Notifier) Granted() (time.Duration, error) {
	granted, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		return 0, fmt.Errorf("feed the watchdog: %w", err)
	}
	return granted, nil
}

// Watchdog feeds the watchdog until ctx ends, at half of the time that systemd
// grants, and only while progressing says that the process is at its work. To
// wait for something in order is work too. A process that systemd does not watch
// returns at once.
func (n Notifier) Watchdog(ctx context.Context, progressing func() bool) error {
	granted, err := n.Granted()
	if err != nil || granted == 0 {
		return err
	}
	turn := time.NewTicker(max(granted/2, 1))
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
		// A socket that is gone for a moment is no reason to stop feeding: if it
		// stays away, systemd ends the process anyway.
		_ = n.send(daemon.SdNotifyWatchdog)
	}
}

func (Notifier) send(state string) error {
	if _, err := daemon.SdNotify(false, state); err != nil {
		return fmt.Errorf("tell systemd: %w", err)
	}
	return nil
}
