package config

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Place is where the configuration may be.
type Place struct {
	Path string
	// By says who names it: a flag or a variable. Empty is a usual place, where it need
	// not be.
	By string
	// Here says that it is in the folder that one happens to be in. There it must
	// belong to the user or to root, and nobody else may be able to write it.
	Here bool
}

// EnvConfig names the configuration file.
const EnvConfig = "CLEANER_CONFIG"

// Places are where the configuration may be, in the order in which they are looked at:
// at the path that the flag --config has; without one at that of CLEANER_CONFIG; without
// that in the folder one is in, in that of the user, and in that of the machine.
func Places(flag string, env func(string) string) []Place {
	if flag != "" {
		return []Place{{Path: flag, By: "--config"}}
	}
	if path := env(EnvConfig); path != "" {
		return []Place{{Path: path, By: EnvConfig}}
	}
	usual := []Place{{Path: "./cleaner.yaml", Here: true}}
	if folder := userFolder(env); folder != "" {
		usual = append(usual, Place{Path: filepath.Join(folder, "cleaner", "cleaner.yaml")})
	}
	return append(usual, Place{Path: "/etc/cleaner/cleaner.yaml"})
}

// userFolder is where the user keeps configurations; empty when that is not known.
func userFolder(env func(string) string) string {
	if folder := env("XDG_CONFIG_HOME"); filepath.IsAbs(folder) { // others are to be ignored, as its specification says
		return folder
	}
	if home := env("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".config")
	}
	return ""
}

// File is a configuration file that was found.
type File struct {
	Place
	Data []byte
}

// NoFileError says that there is no configuration file at any usual place.
type NoFileError struct{ Places []Place }

// Error says where it was looked for.
func (e *NoFileError) Error() string {
	var paths []string
	for _, p := range e.Places {
		paths = append(paths, p.Path)
	}
	return "there is no configuration file: looked for " + strings.Join(paths, ", ") +
		"; write one, or name it with --config FILE or " + EnvConfig
}

// Find reads the configuration at the first of places where it is. A file that is there
// and cannot be read, or be trusted, is an error: the next place would be another
// configuration than the one that is meant.
func Find(places []Place) (*File, error) {
	for _, p := range places {
		data, err := p.read()
		switch {
		case err == nil:
			return &File{p, data}, nil
		case p.By == "" && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)):
			continue
		}
		if p.By == EnvConfig {
			return nil, fmt.Errorf("read configuration that %s names: %w", p.By, err)
		}
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return nil, &NoFileError{places}
}

// read reads the file at p, unless it is not to be trusted. What is judged is what is
// read.
func (p Place) read() ([]byte, error) {
	f, err := os.Open(p.Path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if p.Here {
		link, err := os.Lstat(p.Path) // a link of somebody else may lead to any file of ours
		if err != nil {
			return nil, err
		}
		file, err := f.Stat()
		if err != nil {
			return nil, err
		}
		if why := cmp.Or(whyUntrusted(ownerOf(link), file.Mode(), os.Geteuid()), whyUntrusted(ownerOf(file), file.Mode(), os.Geteuid())); why != "" {
			return nil, fmt.Errorf("%s is in the folder you are in and is not taken: %s; name it with --config to take it all the same", p.Path, why)
		}
	}
	return io.ReadAll(f)
}

// whyUntrusted says why user me does not take a file that it finds in the folder it is in;
// empty when it does.
func whyUntrusted(owner int, mode fs.FileMode, me int) string {
	switch {
	case owner != me && owner != 0:
		return fmt.Sprintf("it belongs to user %d, neither to you (user %d) nor to root", owner, me)
	case mode.Perm()&0o022 != 0:
		return fmt.Sprintf("others can write it (mode %04o); chmod go-w takes that from them", mode.Perm())
	}
	return ""
}

// ownerOf is the user whom a file belongs to.
func ownerOf(i fs.FileInfo) int {
	if s, ok := i.Sys().(*syscall.Stat_t); ok {
		return int(s.Uid)
	}
	return -1
}
