package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"golang.org/x/sys/unix"
)

// accountMost is how many tasks an account holds at most.
const accountMost = 50_000

// mostStart is the goal for the time from the start to the first DELETE, with so many
// IDs and without calibration.
const mostStart = 300 * time.Millisecond

// start measures how long it takes to the first DELETE.
func (b bench) start(ctx context.Context) error {
	var firsts []float64
	for range b.rounds {
		r, err := b.run(ctx, accountMost, func(ctx context.Context, p place) (*exec.Cmd, error) {
			return b.cleaner(ctx, p, "safety: {refuse_above: 0, canary: 0}")
		})
		if err != nil {
			return err
		}
		firsts = append(firsts, float64(r.first.Milliseconds()))
	}
	fmt.Printf("from the start to the first DELETE, %d task IDs, without calibration: %.0f ms, the median of %.0f\n",
		accountMost, median(firsts), firsts)
	fmt.Printf("goal: at most %v: %s\n\n", mostStart, verdict(median(firsts) <= float64(mostStart.Milliseconds())))
	return nil
}

// sizes prints how large the binary is, and how long it takes to start and to end,
// when the binary is in memory and when it has to be read from the disk.
func (b bench) sizes(ctx context.Context) error {
	info, err := os.Stat(b.binary)
	if err != nil {
		return err
	}
	fmt.Printf("the binary has %.1f MiB; the image is that, its list of parts and the CA certificates, %.1f MiB before compression\n",
		float64(info.Size())/(1<<20), float64(info.Size()+certificatesSize())/(1<<20))
	for _, cold := range []bool{false, true} {
		var walls, cpus []float64
		for range max(b.rounds, 5) {
			wall, cpu, err := b.once(ctx, cold)
			if err != nil {
				return err
			}
			walls, cpus = append(walls, float64(wall.Microseconds())/1000), append(cpus, float64(cpu.Microseconds())/1000)
		}
		what := "in memory"
		if cold {
			what = "read from the disk"
		}
		fmt.Printf("start to end of \"cleaner version\", the binary %s: %.0f ms, %.0f ms of CPU\n", what, median(walls), median(cpus))
	}
	return nil
}

// certificatesSize is the size of the CA certificates that the image holds; 0 when this
// machine has none.
func certificatesSize() int64 {
	info, err := os.Stat("/etc/ssl/certs/ca-certificates.crt")
	if err != nil {
		return 0
	}
	return info.Size()
}

// once runs the binary to say its version.
func (b bench) once(ctx context.Context, cold bool) (wall, cpu time.Duration, err error) {
	if cold {
		if err := evict(b.binary); err != nil {
			return 0, 0, err
		}
	}
	cmd := exec.CommandContext(ctx, b.binary, "version")
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return 0, 0, err
	}
	return time.Since(began), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}

// evict has the kernel forget what it holds of a file in memory.
func evict(path string) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.Sync(); err != nil {
		return err
	}
	return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}
