package remote

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cleaner/internal/rig/peertest"
	"cleaner/internal/secret"
)

// site is a folder that a real nginx serves.
type site struct {
	*testing.T
	folder, address string
}

func nginx(t *testing.T, more string) site {
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for dir := folder; dir != "/"; dir = filepath.Dir(dir) { // its workers may be another user's
		_ = os.Chmod(dir, 0o755)
		if filepath.Dir(dir) == os.TempDir() {
			break
		}
	}
	return site{t, folder, peertest.StartNginxOver(t, folder, strings.ReplaceAll(more, "FOLDER", folder))}
}

// put writes a file that is so old.
func (s site) put(name, text string, age time.Duration) {
	s.Helper()
	path := filepath.Join(s.folder, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		s.Fatal(err)
	}
	at := time.Now().Add(-age)
	if err := os.Chtimes(path, at, at); err != nil {
		s.Fatal(err)
	}
}

// list is a list of the site.
func (s site) list(name string, change func(*Options)) *List {
	return listAt(s.T, "http://"+s.address+"/"+name, change)
}

// listAt is the list at a URL, with short limits.
func listAt(t *testing.T, at string, change func(*Options)) *List {
	t.Helper()
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{URL: u, Folder: t.TempDir(), Limits: Limits{Size: 1 << 20, Quiet: 10 * time.Second, Whole: time.Minute}}
	if change != nil {
		change(&o)
	}
	l := New(o)
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// fetches wants a list to be fetched whole.
func fetches(t *testing.T, l *List, want string) {
	t.Helper()
	kept, err := l.Fetch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(kept.Reader()); err != nil || string(got) != want {
		t.Errorf("got %d bytes %.60q, %v, want %d", len(got), got, err, len(want))
	}
}

// refuses wants a list to be refused, now or for good.
func refuses(t *testing.T, l *List, later bool, says string) {
	t.Helper()
	_, err := l.Fetch(t.Context())
	var fault *Error
	if !asError(err, &fault) || fault.Later != later || !strings.Contains(err.Error(), says) {
		t.Errorf("%v, want %q, later %v", err, says, later)
	}
}

func sum(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }

// counted counts what a server is asked for and answers, before the real one.
func counted(t *testing.T, to string, change func(*http.Response)) (address string, statuses *[8]atomic.Int64) {
	t.Helper()
	statuses = new([8]atomic.Int64)
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: to})
	proxy.ModifyResponse = func(r *http.Response) error {
		statuses[r.StatusCode/100].Add(1)
		if change != nil {
			change(r)
		}
		return nil
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://"), statuses
}

// A list of a real nginx is fetched whole, and not again while it has not changed.
func TestNginxETag(t *testing.T) {
	s := nginx(t, "gzip on; gzip_min_length 1; gzip_types text/plain;")
	first := strings.Repeat("0123456789abcdef0123456789abcdef\n", 2000)
	s.put("list.txt", first, time.Hour)
	through, statuses := counted(t, s.address, nil)
	l := listAt(t, "http://"+through+"/list.txt?sig=hunter2", func(o *Options) { o.SHA256 = NoDigest })
	fetches(t, l, first)
	fetches(t, l, first)
	if statuses[2].Load() != 1 || statuses[3].Load() != 1 {
		t.Errorf("%d lists and %d answers that it has not changed", statuses[2].Load(), statuses[3].Load())
	}
	second := strings.ReplaceAll(first, "0", "1") // of the same length
	s.put("list.txt", second, 0)
	fetches(t, l, second)
	third := strings.ReplaceAll(first, "0", "2")
	s.put("list.txt", third, 0) // perhaps within the same second: nginx gives it the same ETag
	fetches(t, l, third)
	s.put("list.txt", "", time.Minute)
	fetches(t, l, "")
}

// The digest beside a list is compared, and so is that of the configuration.
func TestNginxDigest(t *testing.T) {
	s := nginx(t, "")
	s.put("list.txt", "a\n", time.Hour)
	fetches(t, s.list("list.txt", nil), "a\n")
	s.put("list.txt.sha256", sum("a\n")+"  list.txt\n", time.Hour)
	l := s.list("list.txt", nil)
	fetches(t, l, "a\n")
	s.put("list.txt", "b\n", time.Hour-time.Minute)
	refuses(t, l, false, sum("a\n"))
	fetches(t, s.list("list.txt", func(o *Options) { o.SHA256 = NoDigest }), "b\n")
	fetches(t, s.list("list.txt", func(o *Options) { o.SHA256 = strings.ToUpper(sum("b\n")) }), "b\n")
	refuses(t, s.list("list.txt", func(o *Options) { o.SHA256 = sum("a\n") }), false, "the configuration says "+sum("a\n"))
	s.put("list.txt.sha256", "<html>", time.Hour)
	refuses(t, l, false, "none for the list")
	s.put("list.txt.sha256", sum("x")+"  other.txt\n"+sum("b\n")+" *list.txt\n", time.Hour)
	fetches(t, l, "b\n")
}

// What nginx refuses or redirects is said as it is, and secrets are sent to it alone.
func TestNginxAnswers(t *testing.T) {
	s := nginx(t, `
		location /private/ { auth_basic "lists"; auth_basic_user_file FOLDER/users; }
		location = /moved { return 302 /list.txt.gz; }
		location = /round { return 302 /round; }
		location = /busy { return 503; }
		location = /limited { return 429; }
		location = /teapot { return 418; }`)
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, _ = w.Write([]byte("a\n"))
	_ = w.Close()
	s.put("list.txt.gz", zipped.String(), time.Hour)
	s.put("users", "cleaner:{PLAIN}hunter2\n", time.Hour)
	if err := os.Mkdir(filepath.Join(s.folder, "private"), 0o755); err != nil {
		t.Fatal(err)
	}
	s.put("private/list.txt", "p\n", time.Hour)
	fetches(t, s.list("moved", nil), zipped.String())
	fetches(t, s.list("private/list.txt", func(o *Options) { o.User, o.Password = "cleaner", secret.Value("hunter2") }), "p\n")
	refuses(t, s.list("private/list.txt", func(o *Options) { o.User, o.Password = "cleaner", secret.Value("wrong") }), false, "do not let it be read")
	for name, row := range map[string]struct {
		later bool
		says  string
	}{
		"private/list.txt": {false, "401 Unauthorized: give token_file"}, "none.txt": {false, "404 Not Found"},
		"round": {false, "more than 5 times"}, "busy": {true, "503"}, "limited": {true, "429"}, "teapot": {false, "418"},
	} {
		refuses(t, s.list(name, func(o *Options) { o.SHA256 = NoDigest }), row.later, row.says)
	}
}

// A list of nginx that breaks off is taken up where it did, unless it has changed.
func TestNginxResumes(t *testing.T) {
	for _, changes := range []bool{false, true} {
		s := nginx(t, "")
		text := strings.Repeat("0123456789abcdef0123456789abcdef\n", 20_000)
		s.put("list.txt", text, time.Hour)
		var cut atomic.Int64
		through, statuses := counted(t, s.address, func(r *http.Response) {
			if n := cut.Add(1); n <= 2 {
				if changes {
					s.put("list.txt", strings.ReplaceAll(text, "0", "1"), 30*time.Minute)
				}
				r.Body = io.NopCloser(io.MultiReader(io.LimitReader(r.Body, 100_000), failing{}))
			}
		})
		l := listAt(t, "http://"+through+"/list.txt", func(o *Options) { o.SHA256 = NoDigest })
		if changes {
			refuses(t, l, true, "has changed since")
			continue
		}
		fetches(t, l, text)
		if n := statuses[2].Load(); n != 3 {
			t.Errorf("%d requests", n)
		}
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// A stop ends a fetch, with its cause.
func TestFetchStops(t *testing.T) {
	began := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(began)
		<-r.Context().Done()
	}))
	defer server.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() { <-began; cancel(io.ErrClosedPipe) }()
	if _, err := listAt(t, server.URL, func(o *Options) { o.SHA256 = NoDigest }).Fetch(ctx); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
}
