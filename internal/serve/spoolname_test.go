package serve

import (
	"io/fs"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestLeftAlone: what somebody is still writing, or what is no file, is never loaded,
// and it is told, but for what is hidden and for folders.
func TestLeftAlone(t *testing.T) {
	told := []string{
		"ids.tmp", "ids.txt.part", "IDS.TXT.PART", "ids.txt.filepart", "ids.csv.crdownload", "ids.txt~", ".ids.txt.swp~"[1:], "ids.swp",
		"~$ids.xlsx", "#ids.txt#", "ids.temp", "ids.partial", "ids.txt.download",
	}
	hidden := []string{".ids.txt", ".ids.txt.Xa81bQ", ".ids.txt.swp", "._ids.txt", ".ids.tmp"}
	files := []string{"ids.txt", "ids", "part", "tmp", "ids.tmp.txt", "ids.report.json", "ids.error.txt", "-", "ids part", "#1.txt", "a.part.gz", strings.Repeat("a", 255)}
	for _, name := range told {
		if leftAlone(name, 0) == "" {
			t.Errorf("%s is loaded", name)
		}
	}
	for _, name := range append(hidden, files...) {
		if why := leftAlone(name, 0); why != "" {
			t.Errorf("%s: %s", name, why)
		}
	}
	for kind, want := range map[fs.FileMode]bool{fs.ModeSymlink: true, fs.ModeNamedPipe: true, fs.ModeSocket: true, fs.ModeDevice: true, fs.ModeDir: false, 0: false} {
		if why := leftAlone("ids.txt", kind); (why != "") != want {
			t.Errorf("%v: %q", kind, why)
		}
	}
}

// TestAsideName: a moved file and its note have names that fit, also while they are
// being written, and no file has the name of another's note.
func TestAsideName(t *testing.T) {
	for base, want := range map[string][]string{
		"a.txt":                          {"a.txt", "a.txt.1", "a.txt.2"},
		"a.report.json":                  {"", "a.report.json.1"},
		"a.txt.error.txt":                {"", "a.txt.error.txt.1"},
		strings.Repeat("a", 255):         {strings.Repeat("a", 222), strings.Repeat("a", 220) + ".1"},
		strings.Repeat("a", 251) + ".gz": {strings.Repeat("a", 219) + ".gz", strings.Repeat("a", 217) + ".gz.1"},
		"a." + strings.Repeat("b", 253):  {"a." + strings.Repeat("b", 220)},
	} {
		for n, want := range want {
			if got := asideName(base, n); got != want {
				t.Errorf("asideName(%q, %d) = %q, want %q", base, n, got, want)
			}
		}
	}
	wide := strings.Repeat("ü", 127) + "a"
	for n := range 12 {
		if got := asideName(wide, n); !utf8.ValidString(got) || len(got) > mostName-mostSuffix || len(got) < mostName-mostSuffix-1 {
			t.Errorf("%d: %q", n, got)
		}
	}
}
