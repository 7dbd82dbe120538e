package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// watch follows the peak of a process's resident memory until the returned
// function is called, which returns it in MiB. The kernel keeps the peak itself
// (VmHWM, proc(5)), but only while the process lives; its account after the end
// would include what this process had when it started the other.
func watch(pid int) (peak func() float64) {
	done, result := make(chan struct{}), make(chan float64)
	go func() {
		var kib float64
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				kib = max(kib, highWater(pid))
			case <-done:
				result <- kib / 1024
				return
			}
		}
	}()
	return func() float64 { close(done); return <-result }
}

// highWater reads VmHWM in KiB; 0 when the process has ended.
func highWater(pid int) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(status) {
		if rest, ok := bytes.CutPrefix(line, []byte("VmHWM:")); ok {
			kib, err := strconv.ParseFloat(string(bytes.TrimSpace(bytes.TrimSuffix(bytes.TrimSpace(rest), []byte("kB")))), 64)
			if err == nil {
				return kib
			}
		}
	}
	return 0
}
