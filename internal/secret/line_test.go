package secret

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"cleaner/internal/rig/peertest"
)

// A password is sent once and may lock an account, so a file that is not what an editor
// writes is refused before that, and by what is wrong with it.
func TestOneLineSecret(t *testing.T) {
	wide := func(text string) string { return strings.Join(strings.Split(text, ""), "\x00") + "\x00" }
	for _, row := range []struct{ name, content, want, err string }{
		{"plain", "abc\n", "abc", ""},
		{"line ends of Windows", "abc\r\n", "abc", ""},
		{"white space and signs are part of it", " a bü\u00a0\n", " a bü\u00a0", ""},
		{"byte order mark", "\ufeffabc\r\n", "abc", ""},
		{"byte order mark alone", "\ufeff\r\n", "", "the file is empty"},
		{"UTF-16", "\xff\xfe" + wide("abc\r\n"), "", "UTF-16"},
		{"UTF-16, the other order", "\xfe\xff\x00a\x00b\x00c", "", "UTF-16"},
		{"UTF-16 without a mark", wide("abc\n"), "", "UTF-16"},
		{"several lines", "ONE\nTWO\n", "", "more than one line"},
		{"a blank line before", "\nabc\n", "", "more than one line"},
		{"an old Macintosh", "ONE\rTWO\r", "", "more than one line"},
		{"a control character", "ab\x1b[Dc\n", "", "a control character"},
		{"a tab", "ab\tc\n", "", "a control character"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := LineAt("auth.key_file", peertest.WriteFile(t, "secret", row.content))()
			if got.Reveal() != row.want || (err != nil) != (row.err != "") || err != nil && !strings.Contains(err.Error(), row.err) {
				t.Errorf("got %q, %v, want %q, %s", got.Reveal(), err, row.want, row.err)
			}
			if err != nil && (strings.Contains(err.Error(), "TWO") || !strings.HasPrefix(err.Error(), "auth.key_file: read secret file /")) {
				t.Errorf("the error repeats what is in the file, or does not name it: %v", err)
			}
		})
	}
}

// What the environment holds often ends in a line end, as a Secret of Kubernetes does
// that was made by echo.
func TestLineEndInTheEnvironment(t *testing.T) {
	env := func(name string) string { return map[string]string{"FIRST": "\r\n", "SECOND": "abc\r\n"}[name] }
	p := Place{Key: "auth.key_file", Variables: []string{"FIRST", "SECOND"}}
	source, err := p.Source(env)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := source(); err != nil || got.Reveal() != "abc" || p.Value(env) != "abc" {
		t.Errorf("got %q, %v", got.Reveal(), err)
	}
	p.Line, p.Variables = true, []string{"THIRD"}
	if source, err = p.Source(func(string) string { return "one\ntwo" }); err != nil {
		t.Fatal(err)
	}
	if got, err := source(); err == nil || got.Reveal() != "" || !strings.Contains(err.Error(), "more than one line") {
		t.Errorf("two lines of the environment are taken: %v", err)
	}
}

// A pipe has an end only when somebody has written into it, and is read once: it would
// hold up a pass without a word.
func TestSecretOfAPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	read := make(chan error, 1)
	go func() {
		_, err := File(path)()
		read <- err
	}()
	select {
	case err := <-read:
		if err == nil || !strings.Contains(err.Error(), "no regular file") {
			t.Errorf("error %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("reading a pipe has no end")
	}
	for _, device := range []string{"/dev/zero", "/dev/null"} {
		if _, err := File(device)(); err == nil || !strings.Contains(err.Error(), "no regular file") {
			t.Errorf("%s: error %v", device, err)
		}
	}
}
