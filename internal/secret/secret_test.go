package secret

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"cleaner/internal/rig/peertest"
)

// No way of printing a Secret, alone or inside something, shows its text.
func TestSecretPrintsMasked(t *testing.T) {
	secret := New(peertest.SecretKey)
	holder := struct {
		Public  Secret
		private Secret
		List    []Secret
		Map     map[string]Secret
	}{secret, secret, []Secret{secret}, map[string]Secret{"a": secret}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p", "%T"} {
		for _, value := range []any{secret, &secret, holder, &holder, []any{secret}, fmt.Errorf("a %v", secret)} {
			checkHidden(t, verb, fmt.Sprintf(verb, value))
		}
	}
	if got := fmt.Sprint(secret); got != "***" {
		t.Errorf("prints %q, want ***", got)
	}
	encoded, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	checkHidden(t, "JSON", string(encoded))
	for name, field := range map[string]zap.Field{
		"Any": zap.Any("a", secret), "Reflect": zap.Reflect("a", secret),
		"Stringer": zap.Stringer("a", secret), "Any of a struct": zap.Any("a", holder),
	} {
		entry, err := zapcore.NewJSONEncoder(zapcore.EncoderConfig{}).EncodeEntry(zapcore.Entry{}, []zap.Field{field})
		if err != nil {
			t.Fatal(err)
		}
		checkHidden(t, "zap."+name, entry.String())
		if !strings.Contains(entry.String(), Mask) {
			t.Errorf("zap.%s writes %s, want a mask", name, entry)
		}
	}
}

// checkHidden fails when text shows the planted key, in hexadecimal too.
func checkHidden(t *testing.T, how, text string) {
	t.Helper()
	for _, shown := range []string{peertest.SecretKey, fmt.Sprintf("%x", peertest.SecretKey), fmt.Sprintf("%X", peertest.SecretKey)} {
		if strings.Contains(text, shown) {
			t.Errorf("%s shows the secret: %s", how, text)
		}
	}
}

func TestFile(t *testing.T) {
	for _, row := range []struct{ name, content, want, err string }{
		{"plain", "abc", "abc", ""},
		{"line end", "abc\n", "abc", ""},
		{"line ends of Windows", "abc\r\n\r\n", "abc", ""},
		{"white space is part of a password", " a b ", " a b ", ""},
		{"longest", strings.Repeat("a", maxFile), strings.Repeat("a", maxFile), ""},
		{"empty", "", "", "the file is empty"},
		{"line end alone", "\n", "", "the file is empty"},
		{"too long", strings.Repeat("a", maxFile+1), "", "this is no secret"},
	} {
		t.Run(row.name, func(t *testing.T) {
			path := peertest.WriteFile(t, "secret", row.content)
			got, err := File(path)()
			if got.Reveal() != row.want {
				t.Errorf("got %q, want %q", got.Reveal(), row.want)
			}
			if (err != nil) != (row.err != "") || err != nil && !strings.Contains(err.Error(), row.err) {
				t.Errorf("error %v, want one with %q", err, row.err)
			}
			if err != nil && !strings.HasPrefix(err.Error(), "read secret file "+path+": ") {
				t.Errorf("error %v does not name the file", err)
			}
		})
	}
	missing := filepath.Join(t.TempDir(), "missing")
	want := "read secret file " + missing + ": no such file or directory"
	if _, err := File(missing)(); err == nil || err.Error() != want {
		t.Errorf("error %v, want %q", err, want)
	}
	// A password where the name of its file belongs.
	for _, misplaced := range []string{peertest.Password, strings.Repeat(peertest.Token, 40), "sk/" + peertest.SecretKey} {
		if _, err := File(misplaced)(); err == nil || strings.Contains(err.Error(), "lanted") {
			t.Errorf("error %v, want one without the name", err)
		}
	}
	t.Chdir(t.TempDir())
	peertest.Rewrite(t, "named-without-a-folder", "")
	if _, err := File("named-without-a-folder")(); err == nil || !strings.Contains(err.Error(), "named-without-a-folder: the file is empty") {
		t.Errorf("error %v does not name the file", err)
	}
	if _, err := File(t.TempDir())(); err == nil {
		t.Error("a directory is no error")
	}
}

func TestValue(t *testing.T) {
	if got, err := Value("abc")(); err != nil || got.Reveal() != "abc" {
		t.Errorf("got %q, %v", got.Reveal(), err)
	}
	if _, err := Value("")(); err == nil {
		t.Error("an empty secret is no error")
	}
	if got := (Secret{}).Reveal(); got != "" {
		t.Errorf("the zero value reveals %q", got)
	}
}
