package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"cleaner/internal/outfile"
)

// Kept is the content of an input as it was when it was kept. It can be read as often as
// one likes, whatever becomes of the input, and is gone when the process ends.
type Kept struct {
	file *os.File // has no name, so that nothing of it stays behind
	size int64
	sum  string
}

// Keep reads the input at path to its end and keeps what it holds in a private file
// that has no name. It reads a pipe and a device too, which can be read only once.
func Keep(ctx context.Context, path string, stdin io.Reader) (*Kept, error) {
	s, err := Open(ctx, path, Options{Stdin: stdin})
	if err != nil {
		return nil, err
	}
	k, err := keep("", s.in)
	if err == nil {
		err = s.still.unchanged()
	}
	if err = errors.Join(err, s.Close()); err != nil {
		return nil, errors.Join(fmt.Errorf("keep %s: %w", s.name, err), k.Close())
	}
	return k, nil
}

// KeepAll reads in to its end and keeps what it holds as Keep does, in the given folder.
func KeepAll(in io.Reader, folder string) (*Kept, error) {
	k, err := keep(folder, newDigested(in))
	if err != nil {
		return nil, errors.Join(err, k.Close())
	}
	return k, nil
}

// keep copies in to a file without a name, in a folder; empty is that for temporary files.
func keep(folder string, in *digested) (*Kept, error) {
	f, err := outfile.Unnamed(folder)
	if err != nil {
		return nil, unkept(folder, err)
	}
	k := &Kept{file: f}
	k.size, err = io.Copy(f, in)
	if its, ok := errors.AsType[*fs.PathError](err); ok && its.Path == f.Name() { // and not the input's
		err = unkept(folder, err)
	}
	k.sum = in.digest()
	return k, err
}

// unkept is err, of a file in folder, with what to do about it.
func unkept(folder string, err error) error {
	if folder != "" {
		return err
	}
	return fmt.Errorf("%w; TMPDIR can name another folder than %s to keep it in", err, os.TempDir())
}

// Reader reads what is kept from its beginning.
func (k *Kept) Reader() *io.SectionReader { return io.NewSectionReader(k.file, 0, k.size) }

// Digest is the SHA-256 of what is kept, in hexadecimal digits.
func (k *Kept) Digest() string { return k.sum }

// Close lets go of what is kept. Nil has nothing to let go of.
func (k *Kept) Close() error {
	if k == nil {
		return nil
	}
	return k.file.Close()
}
