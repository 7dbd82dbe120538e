package admin

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"
)

// post sends a list; headers come in pairs.
func post(t *testing.T, c *http.Client, to, body string, headers ...string) got {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	res, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return got{res.StatusCode, res.Header, string(text)}
}

// TestListAsks: what is asked of the control, or that nothing is.
func TestListAsks(t *testing.T) {
	d := &fakeControl{}
	o := d.options(t)
	s := start(t, o)
	with := func(headers ...string) []string { return append(slices.Clone(bearer), headers...) }
	for _, row := range []struct {
		name, query string
		headers     []string
		code        int
		asked, says string
	}{
		{"plain", "", with("Content-Type", "text/plain; charset=utf-8"), 200, "post posted.txt// a\nb\n", `{"batch":"posted.txt-1","new":2,"duplicates":1,"rejected":0}`},
		{"no type", "", bearer, 200, "post posted// a\nb\n", ""},
		{"csv with a key", "?name=orders.csv&column=task", with("Content-Type", "text/csv", "Idempotency-Key", "k 1"), 200, "post orders.csv/task/k 1 a\nb\n", ""},
		{"JSON Lines", "", with("Content-Type", "application/x-ndjson"), 200, "post posted.jsonl// a\nb\n", ""},
		{"no token", "", []string{"Content-Type", "text/plain"}, 401, "", "token is missing or wrong"},
		{"token in the form", "?token=" + testToken, []string{"Content-Type", "text/plain"}, 401, "", ""},
		{"a form", "", with("Content-Type", "application/x-www-form-urlencoded"), 415, "", "Content-Type"},
		{"a form of parts", "", with("Content-Type", "multipart/form-data; boundary=x"), 415, "", "Content-Type"},
		{"another site", "", with("Content-Type", "text/plain", "Sec-Fetch-Site", "cross-site"), 403, "", "another site"},
		{"a long key", "", with("Idempotency-Key", strings.Repeat("k", MostPhrase+1)), 400, "", "Idempotency-Key"},
		{"two keys", "", with("Idempotency-Key", "a", "Idempotency-Key", "b"), 400, "", "Idempotency-Key"},
		{"a key of other signs", "", with("Idempotency-Key", "k\u00e4"), 400, "", "Idempotency-Key"},
		{"a name with a folder", "?name=..%2Fx", bearer, 400, "", "without a folder"},
		{"standard input", "?name=-", bearer, 400, "", "name"},
		{"another encoding", "", with("Content-Encoding", "br"), 415, "", "gzip"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := post(t, client(t, ""), "http://"+s.Addr()+"/ids"+row.query, "a\nb\n", row.headers...)
			if asked := strings.Join(d.took(), ";"); g.code != row.code || asked != row.asked || !strings.Contains(g.body, row.says) {
				t.Errorf("%d %s asked %q", g.code, g.body, asked)
			}
		})
	}
	if g := post(t, client(t, o.Socket), "http://localhost/ids", "a\n"); g.code != 200 {
		t.Errorf("over the socket: %d %s", g.code, g.body)
	}
	if g := send(t, client(t, o.Socket), "GET", "http://localhost/ids", nil); g.code != 405 {
		t.Errorf("GET: %d", g.code)
	}
}

// TestListRefusals: the status says whose fault it is.
func TestListRefusals(t *testing.T) {
	d := &fakeControl{}
	s := start(t, d.options(t))
	for _, row := range []struct {
		err  error
		code int
	}{
		{&ListError{errors.New("x")}, 422}, {&BusyError{errors.New("x")}, 503}, {errors.New("x"), 500},
	} {
		d.change(func(d *fakeControl) { d.refuse = row.err })
		g := post(t, client(t, ""), "http://"+s.Addr()+"/ids", "a\n", bearer...)
		if g.code != row.code || g.body != `{"error":"x"}`+"\n" || (g.header.Get("Retry-After") != "") != (row.code == 503) {
			t.Errorf("%v: %d %v %s", row.err, g.code, g.header, g.body)
		}
	}
}

// TestListCutOff: of a list whose end is not seen, or that is too large, nothing is asked.
func TestListCutOff(t *testing.T) {
	d := &fakeControl{}
	s := start(t, d.options(t))
	for _, row := range []struct {
		name, head, body, status string
	}{
		{"fewer bytes than announced", "Content-Length: 20", "a\nb\n", "400"},
		{"chunks without an end", "Transfer-Encoding: chunked", "4\r\na\nb\n\r\n", "400"},
		{"a broken chunk", "Transfer-Encoding: chunked", "zz\r\na\nb\n\r\n0\r\n\r\n", "400"},
		{"too large by its length", fmt.Sprint("Content-Length: ", mostList+1), "a\n", "413"},
		{"too large in chunks", "Transfer-Encoding: chunked", fmt.Sprintf("%x\r\n", mostList+1) + strings.Repeat("a", mostList+1) + "\r\n0\r\n\r\n", "413"},
		{"whole", "Content-Length: 4", "a\nb\n", "200"},
		{"whole in chunks", "Transfer-Encoding: chunked", "4\r\na\nb\n\r\n0\r\n\r\n", "200"},
	} {
		t.Run(row.name, func(t *testing.T) {
			conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.Addr())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			go func() {
				fmt.Fprintf(conn, "POST /ids HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nConnection: close\r\n%s\r\n\r\n", testToken, row.head)
				_, _ = io.WriteString(conn, row.body) // by itself: to format so much takes long
				_ = conn.(*net.TCPConn).CloseWrite()
			}()
			status, err := bufio.NewReader(conn).ReadString('\n')
			if err != nil || !strings.Contains(status, " "+row.status+" ") {
				t.Errorf("%q %v", status, err)
			}
			if asked := d.took(); (len(asked) > 0) != (row.status == "200") {
				t.Errorf("asked %q", asked)
			}
		})
	}
}

// TestListSlow: a list may take longer to come than other requests may.
func TestListSlow(t *testing.T) {
	d := &fakeControl{}
	o := d.options(t)
	s := start(t, o)
	front := httptest.NewUnstartedServer(newEndpoint(s.o, new(shown), true).handler())
	front.Config.ReadTimeout = 50 * time.Millisecond
	front.Start()
	defer front.Close()
	in, out := io.Pipe()
	go func() {
		fmt.Fprint(out, "a\n")
		time.Sleep(4 * front.Config.ReadTimeout)
		fmt.Fprint(out, "b\n")
		_ = out.Close()
	}()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, front.URL+"/ids", in)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client(t, "").Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if asked := d.took(); res.StatusCode != 200 || !slices.Equal(asked, []string{"post posted// a\nb\n"}) || res.Body.Close() != nil {
		t.Errorf("%d %q", res.StatusCode, asked)
	}
}

// TestListFaults: what ends a body early says whose fault that is.
func TestListFaults(t *testing.T) {
	for err, code := range map[error]int{
		io.ErrUnexpectedEOF: 400, os.ErrDeadlineExceeded: 408, &http.MaxBytesError{}: 413, errors.New("reset by peer"): 400,
	} {
		_, got := io.ReadAll(&body{in: iotest.ErrReader(err)})
		if code != codeOfList(got) {
			t.Errorf("%v: %d, want %d", err, codeOfList(got), code)
		}
	}
}

// TestSend: a list comes as it is, over TCP and over the socket, and is sent again with
// the same key while serve is busy or has not answered.
func TestSend(t *testing.T) {
	d := &fakeControl{}
	o := d.options(t)
	s := start(t, o)
	l := List{Name: "orders.csv", Column: "c", Key: "k"}
	body := func() io.Reader { return strings.NewReader("a\n") }
	for _, to := range []string{"http://" + s.Addr(), "unix:" + o.Socket} {
		got, err := Sender{URL: to, Token: token}.Send(t.Context(), l, 2, body)
		if asked := d.took(); err != nil || got != (Receipt{Batch: "orders.csv-1", New: 2, Duplicates: 1}) || !slices.Equal(asked, []string{"post orders.csv/c/k a\n"}) {
			t.Errorf("%s: %+v %v %q", to, got, err, asked)
		}
	}
	d.change(func(d *fakeControl) { d.refuse = &BusyError{errors.New("held")} })
	var sent atomic.Int64
	again := func() io.Reader {
		if sent.Add(1) == 2 {
			d.change(func(d *fakeControl) { d.refuse = nil })
		}
		return body()
	}
	_, err := Sender{URL: "http://" + s.Addr(), Token: token}.Send(t.Context(), l, 2, again)
	if asked := d.took(); err != nil || len(asked) != 2 || asked[0] != asked[1] {
		t.Errorf("busy at first: %v %q", err, asked)
	}
	d.change(func(d *fakeControl) { d.refuse = &ListError{errors.New("no IDs")} })
	if _, err := (Sender{URL: "http://" + s.Addr(), Token: token}).Send(t.Context(), l, 2, body); err == nil || !strings.Contains(err.Error(), "HTTP 422") || len(d.took()) != 1 {
		t.Error(err)
	}
}

// TestSendNowhere: the token is sent to nobody who might not be meant, or be overheard.
func TestSendNowhere(t *testing.T) {
	for to, says := range map[string]string{
		"http://serve.example:9464": "unencrypted", "ftp://127.0.0.1": "must be", "127.0.0.1:9464": "address", "https://u:p@serve.example": "must be",
		"https://serve.example/x": "must be", "": "must be",
	} {
		_, err := Sender{URL: to, Token: token}.Send(context.Background(), List{}, 0, func() io.Reader { return strings.NewReader("") })
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", to, err)
		}
	}
	if _, err := (Sender{URL: "http://127.0.0.1:1"}).Send(context.Background(), List{}, 0, nil); err == nil || !strings.Contains(err.Error(), "no token") {
		t.Error(err)
	}
}

// TestNoServe: an address that is of no serve is refused before anything is sent, with what
// would be right, and without what may be a password.
func TestNoServe(t *testing.T) {
	for _, to := range []string{
		"", "orders", "127.0.0.1:9464", "redis://user:hunter2@127.0.0.1/0", "amqp://user:hunter2@127.0.0.1", "kafka://127.0.0.1",
		"sqlite:/var/lib/cleaner/queue.db", "unix:socket", "https://user:hunter2@example.com", "https://example.com/?token=hunter2", "http://%zz:hunter2@h",
	} {
		_, err := Sender{URL: to, Token: func() (string, error) { return "token", nil }}.Send(t.Context(), List{}, 0, func() io.Reader { return nil })
		if _, refused := errors.AsType[*ListError](err); !refused || !strings.Contains(err.Error(), "unix:/PATH") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: error %v", to, err)
		}
	}
}
