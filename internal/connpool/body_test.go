package connpool

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cleaner/internal/rig/peertest"
)

// zipped is text as gzip has it.
func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A real nginx answers with compressed bodies, which nobody has asked for. They say what
// they said before, as long as that is not too much; what cannot be read is left as it is,
// with the header that tells so.
func TestCompressedUnasked(t *testing.T) {
	files := t.TempDir()
	cut := zipped(t, "null")[:14]
	for name, content := range map[string][]byte{
		"null.gz": zipped(t, "null"), "empty.gz": zipped(t, ""), "long.gz": zipped(t, strings.Repeat("a", 1<<20)),
		"cut.gz": cut, "plain.gz": []byte("null"), "odd": []byte("null"),
	} {
		if err := os.WriteFile(filepath.Join(files, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	address := peertest.StartNginxOver(t, files, "gzip_static always; location = /odd { add_header Content-Encoding br; }")
	p, err := New(Options{Endpoint: &url.URL{Scheme: "http", Host: address}, Size: 1, MaxBody: 64 << 10})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.CloseIdleConnections)
	for _, row := range []struct {
		name, body string
		tooBig     bool
		encoded    string
	}{
		{"null", "null", false, ""},
		{"empty", "", false, ""},
		{"long", "", true, ""},
		{"cut", string(cut), false, "gzip"},
		{"plain", "null", false, "gzip"},
		{"odd", "null", false, "br"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/"+row.name, nil)
		if err != nil {
			t.Fatal(err)
		}
		r, _, err := p.Exchange(t.Context(), req)
		if err != nil || r.Status != http.StatusOK || string(r.Body) != row.body || r.TooBig != row.tooBig || r.Header.Get("Content-Encoding") != row.encoded {
			t.Errorf("%s: got %d, %q, too big %v, encoded %q, %v", row.name, r.Status, r.Body, r.TooBig, r.Header.Get("Content-Encoding"), err)
		}
	}
}
