//go:build !linux

package outfile

// renameNew gives a file a name that nobody may have, instead of its own; the error wraps
// fs.ErrExist when somebody does.
func renameNew(from, to string) error { return linkNew(from, to) }
