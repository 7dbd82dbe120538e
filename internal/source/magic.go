package source

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// foreign is a format that is not read, and how to make one of it that is.
type foreign struct {
	name string
	is   func(head []byte) bool
	// convert is the command; %s stands for the file.
	convert string
}

// headLength is how many bytes a format is recognised by.
const headLength = 512

// foreigners are the formats that people have and this package does not read, the
// special ones before the general.
func foreigners() []foreign {
	const office = "libreoffice --headless --convert-to csv %s"
	return []foreign{
		{"an Excel workbook (xlsx)", both(begins("PK\x03\x04"), holds("[Content_Types].xml", "xl/", "_rels/")), office},
		{"an OpenDocument spreadsheet (ods)", both(begins("PK\x03\x04"), holds("opendocument.spreadsheet")), office},
		{"an Excel workbook (xls)", begins("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), office},
		{"a zip archive", begins("PK\x03\x04", "PK\x05\x06", "PK\x07\x08"), "unzip -p %s > ids.txt"},
		{"compressed with xz", begins("\xfd7zXZ\x00"), "xz -dc %s > ids.txt"},
		{"compressed with zstd", begins("\x28\xb5\x2f\xfd"), "zstd -dc %s > ids.txt"},
		{"compressed with bzip2", isBzip2, "bzip2 -dc %s > ids.txt"},
		{"compressed with gzip twice", begins("\x1f\x8b"), "gzip -dc %s > ids.gz"},
		{"a 7z archive", begins("7z\xbc\xaf\x27\x1c"), "7z x -so %s > ids.txt"},
		{"a tar archive", isTar, "tar -xOf %s > ids.txt"},
		{"a PDF document", begins("%PDF-"), "pdftotext -layout %s -"},
		{"text in UTF-32", begins("\xff\xfe\x00\x00", "\x00\x00\xfe\xff"), "iconv -f UTF-32 -t UTF-8 %s > ids.txt"},
	}
}

// refuseForeign returns an error when head begins a format that is not read.
func refuseForeign(head []byte) error {
	for _, f := range foreigners() {
		if f.is(head) {
			return &conversion{problem: "it is " + f.name + ", which is not read", command: f.convert}
		}
	}
	return nil
}

// conversion is an error that a command mends.
type conversion struct {
	problem string
	command string // %s stands for the file
	file    string // the file for a shell; empty when it has no name
}

// Error says what is wrong and what to do.
func (c *conversion) Error() string {
	file := c.file
	if file == "" {
		file = "FILE"
	}
	return fmt.Sprintf("%s; convert it, look at what came of it, and give that: %s", c.problem, strings.Replace(c.command, "%s", file, 1))
}

// named returns err with the name of the file in its command, if it has one. Standard
// input has no name.
func (s *sieve) named(err error) error {
	if c, ok := errors.AsType[*conversion](err); ok && s.path != Stdin {
		c.file = quoted(s.path)
	}
	return err
}

// quoted returns path for a shell, in quotes where it needs them.
func quoted(path string) string {
	plain := func(c rune) bool {
		return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.ContainsRune("/._-+,:@", c)
	}
	if strings.TrimFunc(path, plain) == "" && !strings.HasPrefix(path, "-") {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

func begins(with ...string) func([]byte) bool {
	return func(head []byte) bool {
		for _, w := range with {
			if bytes.HasPrefix(head, []byte(w)) {
				return true
			}
		}
		return false
	}
}

func holds(any ...string) func([]byte) bool {
	return func(head []byte) bool {
		for _, a := range any {
			if bytes.Contains(head, []byte(a)) {
				return true
			}
		}
		return false
	}
}

func both(a, b func([]byte) bool) func([]byte) bool {
	return func(head []byte) bool { return a(head) && b(head) }
}

// isBzip2 wants the beginning of a first block, or of the end of nothing: "BZh" may
// begin a text.
func isBzip2(head []byte) bool {
	return len(head) >= 10 && string(head[:3]) == "BZh" && '1' <= head[3] && head[3] <= '9' &&
		(string(head[4:10]) == "1AY&SY" || string(head[4:10]) == "\x17\x72\x45\x38\x50\x90")
}

func isTar(head []byte) bool { return len(head) > 262 && string(head[257:262]) == "ustar" }

// errCarriage is for the line ends of old Macintoshes, which spreadsheets still offer.
func errCarriage() error {
	return &conversion{problem: "its lines end in carriage returns alone", command: `tr '\r' '\n' < %s > ids.txt`}
}
