package remote

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"cleaner/internal/secret"
)

func asError(err error, to **Error) bool { return errors.As(err, to) }

// raw is a server that answers each request with this text, and hangs up or stays silent.
func raw(t *testing.T, silent bool, answers ...string) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for n := 0; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
				_, _ = c.Write([]byte(answers[min(n, len(answers)-1)]))
			}
			if silent {
				t.Cleanup(func() { _ = c.Close() })
				continue
			}
			_ = c.Close()
		}
	}()
	return l.Addr().String()
}

// Nothing is believed of a list that is cut off, too large, or of which nobody can tell
// whether it is whole.
func TestRefusesWhatIsNotWhole(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	for name, row := range map[string]struct {
		answer string
		later  bool
		says   string
	}{
		"shorter than it says":      {ok + "Content-Length: 10\r\n\r\nabc\n", true, "breaks off after 4 bytes"},
		"chunks without an end":     {ok + "Transfer-Encoding: chunked\r\n\r\n4\r\nabc\n\r\n", true, "breaks off after 4 bytes"},
		"a chunk that is cut off":   {ok + "Transfer-Encoding: chunked\r\n\r\n40\r\nabc\n", true, "breaks off after 4 bytes"},
		"neither length nor chunks": {ok + "\r\nabc\n", false, "whether it is whole"},
		"too large":                 {ok + "Content-Length: 1048577\r\n\r\n", false, "has 1048577 bytes"},
		"too large in chunks":       {ok + "Transfer-Encoding: chunked\r\n\r\n100001\r\n" + strings.Repeat("a", 0x100001) + "\r\n0\r\n\r\n", false, "at most 1048576 are read"},
		"an encoding":               {ok + "Content-Encoding: br\r\nContent-Length: 1\r\n\r\nx", false, "Content-Encoding"},
		"a part":                    {"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-0/2\r\nContent-Length: 1\r\n\r\nx", false, "not asked for"},
		"a 304 out of nowhere":      {"HTTP/1.1 304 Not Modified\r\n\r\n", false, "not asked for"},
		"no content":                {"HTTP/1.1 204 No Content\r\n\r\n", false, "204"},
		"no HTTP":                   {"SSH-2.0-OpenSSH\r\n", true, "ask the server"},
		"nothing":                   {"", true, "ask the server"},
	} {
		t.Run(name, func(t *testing.T) {
			l := listAt(t, "http://"+raw(t, false, row.answer)+"/list?sig=hunter2", func(o *Options) { o.SHA256 = NoDigest })
			refuses(t, l, row.later, row.says)
			if _, err := l.Fetch(t.Context()); strings.Contains(err.Error(), "hunter2") {
				t.Error(err)
			}
		})
	}
	digest := func(o *Options) { o.SHA256 = sum("abc\n") }
	fetches(t, listAt(t, "http://"+raw(t, false, ok+"\r\nabc\n")+"/", digest), "abc\n")
	refuses(t, listAt(t, "http://"+raw(t, false, ok+"\r\nab\n")+"/", digest), false, "SHA-256")
}

// A list that breaks off is not put together from parts that may be of two lists.
func TestResumesNothingElse(t *testing.T) {
	const first = "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 8\r\n\r\nabc\n"
	part := func(tag, within, body string) string {
		return fmt.Sprintf("HTTP/1.1 206 Partial Content\r\nETag: %s\r\nContent-Range: bytes %s\r\nContent-Length: %d\r\n\r\n%s", tag, within, len(body), body)
	}
	none := func(o *Options) { o.SHA256 = NoDigest }
	fetches(t, listAt(t, "http://"+raw(t, false, first, part(`"a"`, "4-7/8", "def\n"))+"/", none), "abc\ndef\n")
	for name, second := range map[string]string{
		"another ETag":   part(`"b"`, "4-7/8", "def\n"),
		"another length": part(`"a"`, "4-7/9", "def\n"),
		"another place":  part(`"a"`, "3-6/8", "def\n"),
		"too short":      part(`"a"`, "4-7/8", "de\n"),
		"no range":       "HTTP/1.1 206 Partial Content\r\nETag: \"a\"\r\nContent-Length: 4\r\n\r\ndef\n",
		"the whole":      "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 8\r\n\r\nabc\ndef\n",
	} {
		t.Run(name, func(t *testing.T) {
			refuses(t, listAt(t, "http://"+raw(t, false, first, second)+"/", none), true, "has changed since")
		})
	}
	for name, weak := range map[string]string{
		"a weak ETag": strings.Replace(first, `"a"`, `W/"a"`, 1), "no ETag": strings.Replace(first, "ETag: \"a\"\r\n", "", 1),
		"changed just now": strings.Replace(first, "\r\nETag", "\r\nDate: Mon, 30 Nov 2026 03:00:30 GMT\r\nLast-Modified: Mon, 30 Nov 2026 03:00:00 GMT\r\nETag", 1),
	} {
		t.Run(name, func(t *testing.T) {
			refuses(t, listAt(t, "http://"+raw(t, false, weak, part(`"a"`, "4-7/8", "def\n"))+"/", none), true, "breaks off after 4 bytes")
		})
	}
}

// A server that is away, silent or slow takes no longer than the limits say.
func TestTakesNoLonger(t *testing.T) {
	quick := func(o *Options) { o.SHA256, o.Limits.Quiet = NoDigest, 50*time.Millisecond }
	refuses(t, listAt(t, "http://"+raw(t, true, "")+"/", quick), true, "ask the server")
	refuses(t, listAt(t, "http://"+raw(t, true, "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 8\r\n\r\nabc\n")+"/", quick), true, "sends nothing more for 50ms")
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			_, _ = w.Write([]byte("a\n"))
			w.(http.Flusher).Flush()
			time.Sleep(time.Millisecond)
		}
	}))
	defer slow.Close()
	refuses(t, listAt(t, slow.URL, func(o *Options) { o.SHA256, o.Limits.Whole = NoDigest, 100*time.Millisecond }), true, "longer than 100ms")
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	refuses(t, listAt(t, gone.URL, quick), true, "refused")
}

// Credentials go to the server of the list alone, and nothing leaves encryption.
func TestRedirects(t *testing.T) {
	var asked []string
	note := func(r *http.Request) {
		asked = append(asked, fmt.Sprint(r.Host, r.URL.Path, " ", r.Header.Get("Authorization"), r.Header.Get("Referer")))
	}
	other := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		note(r)
		_, _ = w.Write([]byte("a\n"))
	}))
	defer other.Close()
	var to string
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		note(r)
		if r.URL.Path == "/here" {
			_, _ = w.Write([]byte("a\n"))
			return
		}
		http.Redirect(w, r, to, http.StatusFound)
	}))
	defer server.Close()
	trust := server.Client().Transport.(*http.Transport).TLSClientConfig // the same certificate as the other's
	list := func() *List {
		asked = nil
		return listAt(t, server.URL+"/list?sig=hunter2", func(o *Options) {
			o.SHA256, o.TLS, o.Token = NoDigest, trust, secret.Value("hunter3")
		})
	}
	to = other.URL + "/there"
	fetches(t, list(), "a\n")
	host := func(s *httptest.Server) string { return strings.TrimPrefix(s.URL, "https://") }
	if want := []string{host(server) + "/list Bearer hunter3", host(other) + "/there "}; strings.Join(asked, ",") != strings.Join(want, ",") {
		t.Errorf("asked %q, want %q", asked, want)
	}
	to = "/here"
	fetches(t, list(), "a\n")
	if !strings.HasSuffix(asked[1], "/here Bearer hunter3") {
		t.Errorf("asked %q", asked)
	}
	to = "http://127.0.0.1:1/there"
	refuses(t, list(), false, "not encrypted")
	to = "https://user:hunter4@" + host(other) + "/"
	refuses(t, list(), false, "with a user")
	untrusted := listAt(t, server.URL, nil)
	refuses(t, untrusted, true, "certificate")
	_, err := list().Fetch(t.Context())
	if err == nil || strings.Contains(err.Error(), "hunter") {
		t.Error(err)
	}
}

func TestShown(t *testing.T) {
	u, err := url.Parse("https://host:8443/a%2Fb/list.txt?X-Signature=hunter2")
	if err != nil || Shown(u) != "https://host:8443/a%2Fb/list.txt" {
		t.Error(Shown(u), err)
	}
}
