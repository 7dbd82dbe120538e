package admin

import (
	"time"

	"golang.org/x/sys/unix"
)

// monotonic returns the time of the clock by which systemd orders reloads.
func monotonic() (time.Duration, error) {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return 0, err
	}
	return time.Duration(now.Nano()), nil
}
