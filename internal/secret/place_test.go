package secret

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cleaner/internal/rig/peertest"
)

// The configuration's file wins over the environment, and both win over what systemd
// hands over.
func TestPlace(t *testing.T) {
	path := peertest.WriteFile(t, "named", "of the file")
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "cleaner.key"), []byte("of systemd"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, path string
		env        map[string]string
		want, err  string
	}{
		{"nowhere", "", nil, "", "auth.key_file is not set, FIRST is empty, and systemd hands over no credential cleaner.key: set one of them"},
		{"systemd has another", "", map[string]string{"CREDENTIALS_DIRECTORY": t.TempDir()}, "", "auth.key_file is not set"},
		{"systemd", "", map[string]string{"CREDENTIALS_DIRECTORY": folder}, "of systemd", ""},
		{"the last variable", "", map[string]string{"CREDENTIALS_DIRECTORY": folder, "SECOND": "second"}, "second", ""},
		{"the first variable", "", map[string]string{"FIRST": "first", "SECOND": "second"}, "first", ""},
		{"the file", path, map[string]string{"FIRST": "first"}, "of the file", ""},
		{"a file that is not there", "/nowhere", map[string]string{"FIRST": "first"}, "", "auth.key_file: read secret file /nowhere: "},
	} {
		t.Run(row.name, func(t *testing.T) {
			env := func(name string) string { return row.env[name] }
			p := Place{Key: "auth.key_file", Path: row.path, Variables: []string{"FIRST", "SECOND"}, Credential: "cleaner.key"}
			source, err := p.Source(env)
			if named := err == nil; p.Named(env) != named {
				t.Errorf("named: %v", p.Named(env))
			}
			got := Secret{}
			if err == nil {
				got, err = source()
			}
			if got.Reveal() != row.want || (err != nil) != (row.err != "") || err != nil && !strings.HasPrefix(err.Error(), row.err) {
				t.Errorf("got %q, %v, want %q, %s", got.Reveal(), err, row.want, row.err)
			}
		})
	}
}
