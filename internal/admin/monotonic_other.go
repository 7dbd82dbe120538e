//go:build !linux

package admin

import "time"

// monotonic is of no meaning where there is no systemd.
func monotonic() (time.Duration, error) { return 0, nil }
