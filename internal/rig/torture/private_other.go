//go:build !linux

package main

import "errors"

// errLinux says that there are no mounts to torture with.
var errLinux = errors.New("torture mounts file systems, which it can on Linux alone")

func enterPrivate() (code int, done bool) { return 0, false }

func mountSmall(string, int) error { return errLinux }

func setReadOnly(string, bool) error { return errLinux }

func unmount(string) error { return errLinux }
