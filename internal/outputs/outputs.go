// Package outputs checks, before a pass does anything, whether the files that it is to
// write may be written: a report that replaces the ledger would be noticed when the
// ledger is gone, and one that cannot be written when everything is deleted.
package outputs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// File is a file that is to be written.
type File struct {
	// Name is the key or the flag that names it.
	Name string
	// Path is the file; empty is no output.
	Path string
	// Room returns why the file cannot be written. Nil does not ask: a pass goes on
	// without the file.
	Room func(path string) error
}

// Taken is a file that no output may replace, and what it is: "the ledger".
type Taken struct{ Path, What string }

// Place is what lies around the outputs.
type Place struct {
	// Taken are the files that no output may be; one with an empty path is none.
	Taken []Taken
	// Spool is the folder whose files are loaded, so that nothing may be written
	// there; empty when there is none.
	Spool string
	// Made is a folder that is made when it is needed, and may be missing.
	Made string
}

// Check calls report for each output that would replace something else or that cannot
// be written. Of two outputs in one place the later one is at fault.
func (p Place) Check(outputs []File, report func(File, error)) {
	taken := append([]Taken{}, p.Taken...)
	for _, o := range outputs {
		if o.Path == "" || ToStdout(o.Path) {
			continue
		}
		if err := p.check(o, taken); err != nil {
			report(o, err)
		}
		taken = append(taken, Taken{o.Path, "what " + o.Name + " names"})
	}
}

// check returns what is wrong with an output. What is no file, like a pipe or
// /dev/null, loses nothing by being written to.
func (p Place) check(o File, taken []Taken) error {
	if info, err := os.Stat(o.Path); err == nil && !info.Mode().IsRegular() {
		if info.IsDir() {
			return fmt.Errorf("%s is a folder: name a file", o.Path)
		}
		return nil
	}
	for _, t := range taken {
		if t.Path != "" && same(o.Path, t.Path) {
			return fmt.Errorf("%s is %s: name another file", o.Path, t.What)
		}
	}
	folder := filepath.Dir(o.Path)
	if p.Spool != "" && same(folder, p.Spool) {
		return fmt.Errorf("%s is in the folder of inputs.spool, and would be loaded: name a file elsewhere", o.Path)
	}
	if o.Room == nil || Missing(folder) && within(p.Made, folder) {
		return nil
	}
	if err := o.Room(o.Path); err != nil {
		return fmt.Errorf("%s cannot be written: %w", o.Path, err)
	}
	return nil
}

// Replaceable returns why no other file can be renamed over path.
func Replaceable(path string) error {
	folder := filepath.Dir(path)
	if err := unix.Access(folder, unix.W_OK|unix.X_OK); err != nil {
		return fmt.Errorf("its folder %s: %w; make it, or name another file", folder, err)
	}
	return nil
}

// Appendable returns why nothing can be appended to path.
func Appendable(path string) error {
	if Missing(path) {
		return Replaceable(path)
	}
	return unix.Access(path, unix.W_OK)
}

// ToStdout reports whether an output at path goes to standard output. The link of
// that name in /dev must not be replaced, nor is it followed.
func ToStdout(path string) bool { return path == "-" || path == "/dev/stdout" }

// Missing reports whether there is nothing at path.
func Missing(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}

// same reports whether two paths lead to the same file, or would if it were there.
func same(a, b string) bool {
	at, err := os.Stat(a)
	if err == nil {
		if other, err := os.Stat(b); err == nil {
			return os.SameFile(at, other)
		}
	}
	return resolve(a) == resolve(b)
}

// resolve returns the absolute path of a file that need not be there, without the
// symbolic links of its folder.
func resolve(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return filepath.Clean(path)
	}
	folder, err := filepath.EvalSymlinks(filepath.Dir(abs))
	if err != nil {
		return abs
	}
	return filepath.Join(folder, filepath.Base(abs))
}

// within reports whether path is folder, or lies below it.
func within(path, folder string) bool {
	return strings.HasPrefix(resolve(path)+"/", strings.TrimSuffix(resolve(folder), "/")+"/")
}
