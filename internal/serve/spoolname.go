package serve

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// leftAlone says why what has that name and is of that kind is never loaded; empty when
// it is, or when nobody needs to be told: it is hidden, or a folder.
func leftAlone(name string, kind fs.FileMode) string {
	switch {
	case name[0] == '.' || kind.IsDir():
		return ""
	case kind&fs.ModeSymlink != 0:
		return "it is a symbolic link; move the file itself here, for what it leads to cannot be moved aside"
	case !kind.IsRegular():
		return "it is no file; to read a pipe use cleaner load"
	case isTemporary(name):
		return "its name says that somebody is writing it; rename it when it is whole"
	}
	return ""
}

// isTemporary reports whether programs that copy, download or edit give such names to
// files that are not whole yet: rsync, lftp, WinSCP, browsers, vim, emacs. Those that
// begin with a dot are left alone in any case.
func isTemporary(name string) bool {
	name = strings.ToLower(name)
	if strings.HasSuffix(name, "~") || strings.HasPrefix(name, "~$") || strings.HasPrefix(name, "#") && strings.HasSuffix(name, "#") {
		return true
	}
	return slices.Contains([]string{
		".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".download", ".opdownload", ".swp", ".swo", ".swx",
		".inprogress", ".incomplete", ".writing", ".uploading",
	}, filepath.Ext(name))
}

// Names of files have at most so many bytes. Whatever replaces a file puts a dot before
// its name for a while, and up to 20 digits behind it.
const (
	mostName   = 255
	mostSuffix = len(reportSuffix) + len(".") + 20
)

// asideName is the nth name, from 0 on, for a file that is moved aside: its own, or
// with a number. It leaves room for the suffix of a note, and is never the name of
// another file's note; then it is empty.
func asideName(base string, n int) string {
	number := ""
	if n > 0 {
		number = fmt.Sprintf(".%d", n)
	} else if strings.HasSuffix(base, reportSuffix) || strings.HasSuffix(base, reasonSuffix) {
		return ""
	}
	most := mostName - mostSuffix - len(number)
	if len(base) <= most {
		return base + number
	}
	ext := filepath.Ext(base)
	if len(ext) > 16 {
		ext = ""
	}
	cut := most - len(ext)
	for cut > 0 && !utf8.RuneStart(base[cut]) {
		cut--
	}
	return base[:cut] + ext + number
}
