package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"go.uber.org/zap"

	"cleaner/internal/worker"
)

// spooled lists the files that wait in the spool for p. A spool that cannot be read
// keeps no pass from draining the queue, but is an input that p goes without.
func (s *server) spooled(p *pass) []string {
	dir := p.cfg.Inputs.Spool
	files, err := spoolOf(dir)
	if err != nil {
		s.log.Error("the spool cannot be read", zap.String("spool", dir), zap.Error(err))
		p.without = append(p.without, "the spool "+dir)
	}
	return files
}

// dispose moves the files of the spool out of the way: those that were loaded to
// done, with the report of their pass, and those that were refused to refused,
// with the reason. What was not looked at stays for the next pass.
func (s *server) dispose(files []string, p *pass) {
	for _, path := range files {
		var err error
		switch refusal, loaded := p.inputs[path]; {
		case !loaded:
		case refusal == nil:
			err = moveAside(path, "done", "report.json", p.report.Write)
		default:
			err = moveAside(path, "refused", "error.txt", func(w io.Writer) error {
				_, err := fmt.Fprintln(w, refusal)
				return err
			})
		}
		if err != nil {
			s.log.Error("a file of the spool cannot be moved aside; what it holds is in the ledger, and counts as duplicates from now on",
				zap.String("file", path), zap.Error(err))
		}
	}
}

// moveAside moves path into the folder beside it, under a name of its own, and
// writes a note next to it.
func moveAside(path, folder, suffix string, note func(io.Writer) error) error {
	dir := filepath.Join(filepath.Dir(path), folder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	to := filepath.Join(dir, filepath.Base(path))
	for n := 1; exists(to) && n < 10_000; n++ {
		to = filepath.Join(dir, fmt.Sprintf("%s.%d", filepath.Base(path), n))
	}
	if err := writeFile(to+"."+suffix, note); err != nil {
		return err
	}
	return os.Rename(path, to)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// stopIn returns the stop that err is, if it is one.
func stopIn(err error) (*worker.Stop, bool) { return errors.AsType[*worker.Stop](err) }

// ledgerFile is a ledger that is looked at without its lock; see readLedger.
type ledgerFile string
