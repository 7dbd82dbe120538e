package serve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/outfile"
	"cleaner/internal/pass"
	"cleaner/internal/queue"
	"cleaner/internal/source"
)

// spool is what one pass takes out of the folder of inputs.spool. A file is moved aside
// as soon as its load is durable, or it is refused. Whatever is at its path then and is
// not the file that was read stays for the next pass.
type spool struct {
	dir  string
	log  *zap.Logger
	done []string // the files that were loaded, where they are now
}

// waiting is a file of the spool as it was found.
type waiting struct {
	path string
	info fs.FileInfo
}

// inputs are the files that wait in the spool, the oldest name first, made by file. A
// spool that cannot be read is an input that the pass goes without.
func (s *spool) inputs(ctx context.Context, file func(path string) pass.File) (all []pass.Source) {
	if s.dir == "" {
		return nil
	}
	found, err := s.quiet(ctx)
	if err != nil {
		return []pass.Source{pass.Unreadable("the spool "+s.dir, err)}
	}
	for _, w := range found {
		f := file(w.path)
		f.Same = w.info
		all = append(all, spoolFile{f, s})
	}
	return all
}

// quiet returns the files that have been left alone for a while. For younger ones it
// waits, once: a pass may be asked for as soon as a file is there. Nor is a clock needed
// that agrees with the one of who wrote the file.
func (s *spool) quiet(ctx context.Context) ([]waiting, error) {
	found, strange, err := s.look()
	if err != nil {
		return nil, err
	}
	before := map[string]fs.FileInfo{}
	if slices.ContainsFunc(found, func(w waiting) bool { return !isQuiet(w.info, nil, time.Now()) }) {
		for _, w := range found {
			before[w.path] = w.info
		}
		select {
		case <-time.After(source.Quiet):
		case <-ctx.Done():
		}
		if found, strange, err = s.look(); err != nil {
			return nil, err
		}
	}
	for path, why := range strange {
		s.log.Warn("left in the spool: "+why, zap.String("file", path))
	}
	return slices.DeleteFunc(found, func(w waiting) bool {
		if isQuiet(w.info, before[w.path], time.Now()) {
			return false
		}
		s.log.Warn("left in the spool for the next pass: somebody is writing it; rename files into the spool, do not copy them", zap.String("file", w.path))
		return true
	}), nil
}

// isQuiet reports whether a file has been left alone: since that time, or since it was
// as it was before; nil when nobody looked before.
func isQuiet(info, before fs.FileInfo, now time.Time) bool {
	return now.Sub(info.ModTime()) >= source.Quiet || before != nil && source.SameFile(info, before)
}

// look lists the files that wait in the spool, and what else is there, with the reason
// why it is left alone. Hidden files are ignored.
func (s *spool) look() (found []waiting, strange map[string]string, err error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, nil, err
	}
	strange = map[string]string{}
	for _, e := range entries {
		path := filepath.Join(s.dir, e.Name())
		if why := leftAlone(e.Name(), e.Type()); why != "" {
			strange[path] = why
			continue
		}
		if e.Name()[0] == '.' || e.IsDir() {
			continue
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // it was taken back
		}
		if err != nil {
			return nil, nil, err
		}
		found = append(found, waiting{path, info})
	}
	slices.SortFunc(found, func(a, b waiting) int { return cmp.Compare(a.path, b.path) })
	return found, strange, nil
}

// spoolFile is a file of the spool as an input.
type spoolFile struct {
	pass.File
	spool *spool
}

// Load loads the file and moves it aside. One that is another by now, or has changed,
// is not refused: it is for the next pass.
func (f spoolFile) Load(ctx context.Context, q queue.Loader) (pass.Loaded, error) {
	l, err := f.File.Load(ctx, q)
	_, changed := errors.AsType[*source.ChangedError](err)
	_, refused := errors.AsType[*pass.InputError](err)
	switch {
	case err == nil:
		f.spool.loaded(f.Path, f.Same)
	case changed, refused && !isStill(f.Path, f.Same):
		err = &pass.UnreadyError{Err: err}
	case refused:
		f.spool.refused(f.Path, f.Same, err)
	}
	return l, err
}

// loaded moves a file to done.
func (s *spool) loaded(path string, info fs.FileInfo) {
	to, err := aside{"done", reportSuffix}.move(path, info, nil)
	if err == nil {
		s.done = append(s.done, to)
		return
	}
	s.stays(path, err)
}

// refused moves a file to refused, with the reason.
func (s *spool) refused(path string, info fs.FileInfo, why error) {
	_, err := aside{"refused", reasonSuffix}.move(path, info, func(w io.Writer) error {
		_, err := fmt.Fprintln(w, why)
		return err
	})
	if err != nil {
		s.stays(path, err)
	}
}

// stays says why a file that was read is not moved aside.
func (s *spool) stays(path string, err error) {
	if errors.Is(err, errOther) {
		s.log.Warn("another file has taken the place of one of the spool, or it is being written; it stays for the next pass", zap.String("file", path))
		return
	}
	s.log.Error("a file of the spool cannot be moved aside; each pass reads it again, and what it holds is in the ledger already, or refused again",
		zap.String("file", path), zap.Error(err))
}

// report writes the report of their pass beside the files that were loaded.
func (s *spool) report(r *pass.Report) {
	for _, path := range s.done {
		if err := outfile.Write(path+reportSuffix, r.Write); err != nil {
			s.log.Error("the report is not beside a file of the spool", zap.String("file", path), zap.Error(err))
		}
	}
}
