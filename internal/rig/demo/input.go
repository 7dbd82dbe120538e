package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"cleaner/internal/sim"
)

// faults is what goes wrong in the demonstration: each for a share of the IDs,
// some for good and some for the first requests only.
func faults() []sim.Fault {
	var fs []sim.Fault
	for _, text := range []string{
		"busy-400:0.04:2", "busy-401:0.01:1", "busy-200:0.02:2", "inner-wrapper:0.01:1", "running-200:0.005:1",
		"expired-401:0.001:1", "502:0.01:1", "504-after-effect:0.01:1", "throttle-429:0.001:1",
		"slow=300ms:0.01", "reset:0.01:1", "reset-after-effect:0.01:1", "cut:0.01:1",
		"parameters-200:0.004", "unknown-200:0.002", "json-garbage-200:0.002",
	} {
		f, err := sim.ParseFault(text)
		if err != nil {
			panic(err) // a mistake in the list above
		}
		fs = append(fs, f)
	}
	return fs
}

// input is what writeInput has written.
type input struct {
	ids                            []string
	protected, duplicates, invalid int
}

// writeInput writes the task IDs, the protect list, the password and the
// configuration into dir. The same seed makes the same IDs.
func writeInput(dir, url string, n int, seed uint64) (in input, err error) {
	random := rand.New(rand.NewPCG(seed, 0))
	var list strings.Builder
	list.WriteString("# tasks to purge\n")
	for i := range n {
		id := fmt.Sprintf("%016x%016x", random.Uint64(), random.Uint64())
		in.ids = append(in.ids, id)
		fmt.Fprintln(&list, id)
		if i%100 == 0 {
			fmt.Fprintln(&list, id)
			in.duplicates++
		}
		if i%1000 == 500 {
			fmt.Fprintf(&list, "../v2/%s\n", id)
			in.invalid++
		}
	}
	in.protected = 20
	cfg := fmt.Sprintf(`service: {region: cn-north-4, endpoint: %q, iam_endpoint: %q}
auth: {password: {domain: demo, user: cleaner, password_file: %q}}
queue: {url: "sqlite:%s"}
limits: {workers: 32, rate: 1000, floor: 500, burst: 20, request_timeout: 5s}
retry: {attempts: 6, initial: 100ms, max: 2s, deadline: 5m}
safety: {protect_file: %q}
log: {level: error}
`, url, url, filepath.Join(dir, "password"), filepath.Join(dir, "queue.db"), filepath.Join(dir, "protect.txt"))
	for name, text := range map[string]string{
		"tasks.txt": list.String(), "password": password, "cleaner.yaml": cfg,
		"protect.txt": strings.Join(in.ids[:in.protected], "\n"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return in, err
		}
	}
	return in, nil
}
