package admin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// socket is a unix socket at a path.
type socket struct {
	net.Listener
	path string
	made fs.FileInfo // of the socket that was made
}

// listenUnix opens a unix socket that only its owner can connect to. A socket that a dead
// process left is replaced; anything else at path, a link included, is an error and is
// not touched.
//
// The socket is made in a directory that nobody else can enter and then renamed, so that
// others can never open it, and a link at path is replaced, not followed.
func listenUnix(ctx context.Context, path string) (*socket, error) {
	if err := checkLength(path); err != nil {
		return nil, err
	}
	if err := checkFree(ctx, path); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(filepath.Dir(path), ".s")
	if err != nil {
		return nil, fmt.Errorf("open the admin socket: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	hidden := filepath.Join(dir, "s")
	l, err := new(net.ListenConfig).Listen(ctx, "unix", hidden)
	if err != nil {
		return nil, fmt.Errorf("open the admin socket %s: %w", path, err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	made, err := place(hidden, path)
	if err != nil {
		_ = l.Close()
		return nil, fmt.Errorf("open the admin socket: %w", err)
	}
	return &socket{Listener: l, path: path, made: made}, nil
}

// mostPath is the longest path that a unix socket can have, and hiddenPart what
// listenUnix adds to its folder at most while it makes one.
const (
	mostPath   = 107
	hiddenPart = len("/.s4294967295/s")
)

// checkLength says that a path is too long for a socket. The system would only call it an
// invalid argument.
func checkLength(path string) error {
	most := min(mostPath, mostPath-hiddenPart+1+len(filepath.Base(path)))
	if len(path) > most {
		return fmt.Errorf("open the admin socket %s: the path has %d bytes, and a socket's may have %d there: choose a shorter one, such as /run/cleaner/control",
			path, len(path), most)
	}
	return nil
}

// CheckSocket returns why no socket can be opened at path. A socket that exists already
// is no error, though another process may serve it.
func CheckSocket(path string) error {
	if err := checkLength(path); err != nil {
		return err
	}
	if err := unix.Access(filepath.Dir(path), unix.W_OK|unix.X_OK); err != nil {
		return fmt.Errorf("open the admin socket in the folder %s: %w; make the folder, or choose another path", filepath.Dir(path), err)
	}
	_, err := isSocket(path)
	return err
}

// isSocket reports whether a socket is at path. Anything else there is an error.
func isSocket(path string) (bool, error) {
	at, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("open the admin socket: %w", err)
	case at.Mode().Type() != fs.ModeSocket:
		return false, fmt.Errorf("open the admin socket %s: there is a file that is not a socket; move it away or choose another path", path)
	}
	return true, nil
}

// checkFree returns an error unless nothing is at path, or a socket that no process serves.
func checkFree(ctx context.Context, path string) error {
	if there, err := isSocket(path); err != nil || !there {
		return err
	}
	conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
	switch {
	case err == nil:
		_ = conn.Close()
		return fmt.Errorf("open the admin socket %s: another process serves it", path)
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return fmt.Errorf("open the admin socket: find out whether another process serves it: %w", err)
}

func place(hidden, path string) (fs.FileInfo, error) {
	if err := os.Chmod(hidden, 0o600); err != nil {
		return nil, err
	}
	if err := os.Rename(hidden, path); err != nil {
		return nil, err
	}
	return os.Lstat(path)
}

// Close stops listening and removes the socket, unless another has replaced it.
func (s *socket) Close() error {
	err := s.Listener.Close()
	if at, lerr := os.Lstat(s.path); lerr == nil && os.SameFile(at, s.made) {
		err = errors.Join(err, os.Remove(s.path))
	}
	return err
}
