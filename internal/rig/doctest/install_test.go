package doctest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The configuration of the machine on which the pages for operators are written:
// everything of the example that has a place on the disk is in it.
const installed = `service: {region: cn-north-4, endpoint: "http://127.0.0.1:8080", iam_endpoint: "http://127.0.0.1:8080"}
auth: {password: {domain: my-account, user: cleaner, password_file: /etc/cleaner/password}}
queue: {url: "sqlite:/var/lib/cleaner/queue.db"}
limits: {workers: 8, rate: 1000, floor: 1000, burst: 50, grace: 5s}
retry: {attempts: 3, initial: 20ms, max: 200ms}
safety: {protect_file: /etc/cleaner/protect.txt}
schedule: [{cron: "0 2 * * *", timezone: Asia/Shanghai}]
inputs: {spool: /var/lib/cleaner/spool}
output: {results: /var/lib/cleaner/results.jsonl, report: /var/lib/cleaner/report.json}
listen: {address: "127.0.0.1:9464", socket: /run/cleaner/control}
log: {level: warn}
`

// install makes the sandbox a machine on which cleaner has been at work: against a
// simulated service that refuses some IDs for good, it has made a pass, which left
// dead letters, and a serve is under way.
func (s *sandbox) install() {
	s.Helper()
	for _, folder := range []string{"etc/cleaner", "var/lib/cleaner/spool", "run/cleaner"} {
		s.check(os.MkdirAll(filepath.Join(s.dir, folder), 0o700))
	}
	s.write("/etc/cleaner/cleaner.yaml", installed)
	s.write("cleaner.yaml", installed) // for pages that leave the folder open
	s.write("/etc/cleaner/password", "rehearsal\n")
	s.write("/etc/cleaner/protect.txt", taskIDs(1, 2))
	s.write("yesterday.txt", taskIDs(1, 60))
	s.write("tasks.txt", taskIDs(61, 100))
	s.start("cleaner sim --fault parameters-200:0.1")
	if out, code := s.run("cleaner run --config /etc/cleaner/cleaner.yaml --ids yesterday.txt"); code != 3 {
		s.Fatalf("the first pass ended with exit code %d, and not with dead letters\n%s", code, out)
	}
	s.startServe()
}

// startServe has the daemon of an installed machine serve.
func (s *sandbox) startServe() {
	s.Helper()
	s.serve = s.start("cleaner serve --config /etc/cleaner/cleaner.yaml")
}

// taskIDs are well-formed IDs, one a line.
func taskIDs(first, last int) string {
	var b strings.Builder
	for i := first; i <= last; i++ {
		fmt.Fprintf(&b, "%032x\n", uint64(i)*0x9e3779b97f4a7c15)
	}
	return b.String()
}
