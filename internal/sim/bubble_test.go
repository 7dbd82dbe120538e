package sim

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// bubbled is a Sim in a bubble of time, with a client that uses no connection.
type bubbled struct {
	*Sim
	t      *testing.T
	client *http.Client
	token  string
}

// inBubble runs f in a bubble with the service that a profile describes.
func inBubble(t *testing.T, profile string, f func(*testing.T, *bubbled)) {
	t.Helper()
	p, err := ProfileByName(profile)
	if err != nil {
		t.Fatal(err)
	}
	p.Options.OnlyAdded = true
	synctest.Test(t, func(t *testing.T) {
		s := build(t, p.Options)
		b := &bubbled{s, t, &http.Client{Transport: s.RoundTripper(), Timeout: time.Minute}, ""}
		for i := range 2000 {
			if err := s.AddTasks(Task{ID: id(i)}); err != nil {
				t.Fatal(err)
			}
		}
		f(t, b)
	})
}

func (b *bubbled) do(method, path, body string) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, "https://codearts.example.com"+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if b.token != "" {
		r.Header.Set("X-Auth-Token", b.token)
	}
	resp, err := b.client.Do(r)
	if err != nil {
		return answer{Err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(text), err}
}

func (b *bubbled) del(id string) string {
	b.t.Helper()
	return b.do("DELETE", "/v2/tasks/"+id, "").said()
}

func (b *bubbled) look(id string) string {
	b.t.Helper()
	return b.do("GET", "/v2/tasks/"+id+"/progress", "").said()
}

// login logs in and keeps the token.
func (b *bubbled) login() answer {
	b.t.Helper()
	got := b.do("POST", "/v3/auth/tokens", loginBody("janitor", "right", "acme", `"name":"cn-north-4","domain":{"name":"acme"}`))
	if b.token = got.Header.Get("X-Subject-Token"); got.Status != http.StatusCreated {
		b.t.Fatalf("login: %s", got.said())
	}
	return got
}

// An asynchronous service deletes within its 2 to 20 s, each task at a time of its own.
func TestAsynchronous(t *testing.T) {
	for _, profile := range []string{"async-job", "async-empty"} {
		inBubble(t, profile, func(t *testing.T, b *bubbled) {
			for i := range 100 {
				if got := b.del(id(i)); !strings.HasPrefix(got, "202") {
					t.Fatal(got)
				}
			}
			time.Sleep(2*time.Second - 1)
			if got := b.Truth().Effects; got != 0 {
				t.Errorf("%d deleted within 2 s", got)
			}
			time.Sleep(9 * time.Second)
			if got := b.Truth().Effects; got < 30 || got > 70 {
				t.Errorf("%d of 100 deleted after 11 s", got)
			}
			time.Sleep(9 * time.Second)
			if got := b.Truth(); got.Effects != 100 || got.LostAnswers != 0 {
				t.Errorf("after 20 s: %+v", got)
			}
			if look, del := b.look(id(1)), b.del(id(1)); look != absent || del != absent {
				t.Errorf("%s: afterwards %q and %q", profile, look, del)
			}
		})
	}
}

// An eventually consistent service shows what it has deleted for 5 to 30 s, and
// what DELETE answers meanwhile ends with that.
func TestEventuallyConsistent(t *testing.T) {
	for profile, again := range map[string]string{"eventual": success, "eventual-absent": absent} {
		inBubble(t, profile, func(t *testing.T, b *bubbled) {
			for i := range 100 {
				b.del(id(i))
			}
			if got := b.Truth().Effects; got != 100 {
				t.Fatalf("%d deleted at once", got)
			}
			seen := func() (n int) {
				for i := range 100 {
					if b.look(id(i)) == isThere {
						n++
					}
				}
				return n
			}
			time.Sleep(5*time.Second - 1)
			if got := seen(); got != 100 || b.del(id(1)) != again {
				t.Errorf("%s: %d shown after 5 s, and DELETE answers %s", profile, got, b.del(id(1)))
			}
			time.Sleep(12 * time.Second)
			if got := seen(); got < 30 || got > 75 {
				t.Errorf("%s: %d shown after 17 s", profile, got)
			}
			time.Sleep(13 * time.Second)
			if got := seen(); got != 0 || b.del(id(1)) != absent || b.Exists(id(1)) {
				t.Errorf("%s: %d shown after 30 s, and DELETE answers %s", profile, got, b.del(id(1)))
			}
		})
	}
}

func TestTokensStartLate(t *testing.T) {
	inBubble(t, "token-late", func(t *testing.T, b *bubbled) {
		b.login()
		time.Sleep(1500*time.Millisecond - 1)
		if got := b.do("DELETE", "/v2/tasks/"+id(1), ""); got.String() != "401 APIGW.0301" || !strings.Contains(got.Body, "decrypt token fail") {
			t.Errorf("before its time: %v %s", got, got.Body)
		}
		time.Sleep(time.Nanosecond)
		if got := b.del(id(1)); got != success {
			t.Errorf("at its time: %s", got)
		}
	})
}

func TestTokensDieEarly(t *testing.T) {
	inBubble(t, "token-short", func(t *testing.T, b *bubbled) {
		if body := b.login().Body; !strings.Contains(body, `"expires_at":"2000-01-02T00:00:00`) {
			t.Errorf("says that it lives a day: %s", body)
		}
		time.Sleep(30*time.Second - 1)
		if got := b.del(id(1)); got != success {
			t.Errorf("just before its end: %s", got)
		}
		time.Sleep(time.Nanosecond)
		if got := b.del(id(2)); got != "401 CC.00000003" {
			t.Errorf("at its end: %s", got)
		}
		b.login()
		if got := b.del(id(2)); got != success || b.Truth().Logins != 2 {
			t.Errorf("with a new one: %s", got)
		}
	})
}

// The clock that is off shows in Date and in the times of tokens. Bubbles begin at
// midnight, the first of January 2000.
func TestClocksAreOff(t *testing.T) {
	for profile, want := range map[string][2]string{
		"default":      {"Sat, 01 Jan 2000 00:00:00 GMT", "2000-01-01T00:00:00.000000Z"},
		"clock-ahead":  {"Sat, 01 Jan 2000 00:10:00 GMT", "2000-01-01T00:10:00.000000Z"},
		"clock-behind": {"Fri, 31 Dec 1999 23:00:00 GMT", "1999-12-31T23:00:00.000000Z"},
	} {
		inBubble(t, profile, func(t *testing.T, b *bubbled) {
			login := b.login()
			if got := login.Header.Get("Date"); got != want[0] || !strings.Contains(login.Body, `"issued_at":"`+want[1]) {
				t.Errorf("%s: login is of %s, %s", profile, got, login.Body)
			}
			if got := b.do("DELETE", "/v2/tasks/"+id(1), "").Header.Get("Date"); got != want[0] {
				t.Errorf("%s: DELETE is of %s", profile, got)
			}
		})
	}
}

// Throttles refuse what is over 400 in 2 s, each in its forms, and count what they
// refuse. The wait is the rest of the window.
func TestThrottleShapes(t *testing.T) {
	const page = "Service Unavailable page"
	for _, row := range []struct {
		profile string
		want    []string // what each refusal answers
		header  []string // name and value of what it says about the wait, 1.4 s
	}{
		{"throttle-text", []string{"429 APIGW.0308"}, []string{"Retry-After="}},
		{
			"throttle-status",
			[]string{page, "403", "400", "413"},
			[]string{"Retry-After=2", "Retry-After=2", "Retry-After=2", "Retry-After=2"},
		},
		{"throttle-words", []string{"400 CC.00059429", "200 CC.00059429", "500 CC.00059429"}, []string{"Retry-After=", "Retry-After=", "Retry-After="}},
		{
			"throttle-forms",
			[]string{"429 APIGW.0308", "429 APIGW.0308", "429 APIGW.0308", "429 APIGW.0308"},
			[]string{"Retry-After=Sat, 01 Jan 2000 00:00:02 GMT", "Retry-After=946684802", "x-ms-retry-after-ms=1400", "RateLimit-Reset=2"},
		},
	} {
		inBubble(t, row.profile, func(t *testing.T, b *bubbled) {
			for i := range 400 {
				if got := b.del(id(i)); got != success {
					t.Fatal(got)
				}
			}
			time.Sleep(600 * time.Millisecond)
			for i, want := range row.want {
				got := b.do("DELETE", "/v2/tasks/"+id(400+i), "")
				name, value, _ := strings.Cut(row.header[i], "=")
				if !strings.HasPrefix(got.said(), want) || got.Header.Get(name) != value {
					t.Errorf("%s: refusal %d is %s with %v", row.profile, i, got.said(), got.Header)
				}
			}
			if got := b.Truth(); got.Throttled != int64(len(row.want)) || got.Effects != 400 {
				t.Errorf("%s: truth is %+v", row.profile, got)
			}
			time.Sleep(1400 * time.Millisecond)
			if got := b.del(id(400)); got != success {
				t.Errorf("%s: in the next window: %s", row.profile, got)
			}
		})
	}
}

// A middlebox begins after its time, takes its share of the requests, deletes
// nothing, and lets the same ID through another time.
func TestMiddlebox(t *testing.T) {
	for profile, want := range map[string]string{"middlebox-200": "200", "middlebox-204": "204"} {
		inBubble(t, profile, func(t *testing.T, b *bubbled) {
			for i := range 100 {
				if got := b.del(id(i)); got != success {
					t.Fatalf("%s: too early: %s", profile, got)
				}
			}
			time.Sleep(3 * time.Second)
			lied := 0
			for i := 100; i < 1000; i++ {
				switch got := b.del(id(i)); got {
				case success:
				case want:
					lied++
					if b.look(id(i)) != isThere || b.TruthOf(id(i)).Effects != 0 {
						t.Fatalf("%s: the middlebox has deleted", profile)
					}
				default:
					t.Fatal(got)
				}
			}
			if lied < 250 || lied > 350 {
				t.Errorf("%s: %d of 900 answered by the middlebox, want about 300", profile, lied)
			}
			for i := 100; i < 1000; i++ {
				for tries := 0; b.Exists(id(i)); tries++ {
					if b.del(id(i)); tries > 50 {
						t.Fatalf("%s: %s never gets through", profile, id(i))
					}
				}
			}
		})
	}
}

// What happens to connections happens without them, too, and a client that leaves
// does not wait.
func TestRoundTripperBreaks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, check := range map[string]func(answer) bool{
			"reset-after-effect": func(a answer) bool { return errors.Is(a.Err, syscall.ECONNRESET) },
			"cut":                func(a answer) bool { return a.Status == 200 && a.Body == "nu" && errors.Is(a.Err, io.ErrUnexpectedEOF) },
			"hang":               func(a answer) bool { return errors.Is(a.Err, context.DeadlineExceeded) },
			"hang-after-effect":  func(a answer) bool { return errors.Is(a.Err, context.DeadlineExceeded) },
			"slow":               func(a answer) bool { return a.said() == success },
		} {
			s := build(t, Options{Faults: []Fault{find(t, name, 1, 1)}})
			b := &bubbled{s, t, &http.Client{Transport: s.RoundTripper(), Timeout: 30 * time.Second}, ""}
			if got := b.do("DELETE", "/v2/tasks/"+id(1), ""); !check(got) {
				t.Errorf("%s: %+v", name, got)
			}
			synctest.Wait()
			lost := int64(1)
			if name == "hang" || name == "slow" {
				lost = 0
			}
			if got := b.Truth(); got.LostAnswers != lost || got.MaxConcurrent != 1 || got.Connections != 0 {
				t.Errorf("%s: truth is %+v", name, got)
			}
		}
	})
}

// The service answers in the process as it does over connections: path and query
// as they were written, body and headers whole.
func TestRoundTripperAgreesWithHTTP(t *testing.T) {
	options := Options{OnlyAdded: true, Faults: OddIDs(0.5)}
	g, in := serve(t, options), build(t, options)
	b := &bubbled{in, t, &http.Client{Transport: in.RoundTripper(), CheckRedirect: g.client.CheckRedirect}, ""}
	g.addN(100)
	for i := 1; i <= 100; i++ {
		if err := in.AddTasks(Task{ID: id(i)}); err != nil {
			t.Fatal(err)
		}
	}
	requests := [][3]string{
		{"GET", "/v2/p/tasks?limit=3&offset=2"},
		{"DELETE", "/v2/tasks/a%2Fb"},
		{"GET", "/v2//tasks/x"},
		{"GET", "/"},
		{"POST", "/v3/auth/tokens", "not JSON"},
		{"GET", "/v3/auth/domains"},
		{"POST", "/sim/revoke"},
		{"PUT", "/v2/tasks/x"},
	}
	for i := range 40 {
		requests = append(requests, [3]string{"DELETE", "/v2/tasks/" + id(i)}, [3]string{"GET", "/v2/tasks/" + id(i) + "/progress"})
	}
	for _, r := range requests {
		over, within := g.do(r[0], r[1], r[2]), b.do(r[0], r[1], r[2])
		if over.Status != within.Status || over.Body != within.Body || over.Header.Get("Content-Type") != within.Header.Get("Content-Type") ||
			over.Header.Get("X-Request-Id") != within.Header.Get("X-Request-Id") || over.Header.Get("Location") != within.Header.Get("Location") {
			t.Errorf("%s %s: %d %q %v, and in the process %d %q %v", r[0], r[1], over.Status, over.Body, over.Header, within.Status, within.Body, within.Header)
		}
	}
}
