//go:build !linux

package sqlite

// fileSystemAt says nothing on this system.
func fileSystemAt(string) fileSystem { return fileSystem{} }
