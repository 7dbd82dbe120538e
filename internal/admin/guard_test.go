package admin

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestTokenIsAskedForOverTCP(t *testing.T) {
	for _, row := range []struct {
		name    string
		token   func() (string, error)
		form    url.Values
		headers []string
		code    int
		says    string
	}{
		{"none sent", token, nil, nil, 401, "missing or wrong"},
		{"wrong", token, nil, []string{"Authorization", "Bearer " + testToken + "x"}, 401, "missing or wrong"},
		{"its beginning", token, nil, []string{"Authorization", "Bearer " + testToken[:5]}, 401, "missing or wrong"},
		{"empty", token, url.Values{"token": {""}}, []string{"Authorization", "Bearer "}, 401, "missing or wrong"},
		{"right", token, nil, bearer, 200, "Paused"},
		{"any case of the scheme", token, nil, []string{"Authorization", "bearer " + testToken}, 200, "Paused"},
		{"in the form", token, url.Values{"token": {testToken}}, nil, 200, "Paused"},
		{"in the form, wrong", token, url.Values{"token": {"x"}}, nil, 401, "missing or wrong"},
		{"wrong in the header, right in the form", token, url.Values{"token": {testToken}}, []string{"Authorization", "Bearer x"}, 401, "missing or wrong"},
		{"none configured", nil, nil, bearer, 403, "no token is configured"},
		{"none configured, none sent", nil, nil, nil, 403, "no token is configured"},
		{"too short", func() (string, error) { return "short", nil }, nil, []string{"Authorization", "Bearer short"}, 403, "shorter than 16"},
		{"not readable", func() (string, error) { return testToken, errors.New("open /secret/path") }, nil, bearer, 403, "cannot be read"},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := &fakeControl{}
			o := d.options(t)
			o.Token = row.token
			s := start(t, o)
			g := send(t, client(t, ""), "POST", "http://"+s.Addr()+"/control/pause", row.form, row.headers...)
			if g.code != row.code || !strings.Contains(g.body, row.says) {
				t.Errorf("%d %s", g.code, g.body)
			}
			if strings.Contains(g.body, "/secret/path") {
				t.Error("the answer says where the token is")
			}
			if asked := d.took(); (len(asked) == 1) != (row.code == 200) {
				t.Errorf("asked %v", asked)
			}
			if g := send(t, client(t, ""), "POST", "http://"+s.Addr()+"/control/pause?token="+testToken, nil); g.code == 200 {
				t.Error("a token in the address was taken")
			}
			if g := send(t, client(t, o.Socket), "POST", "http://localhost/control/pause", nil); g.code != 200 {
				t.Errorf("by the socket: %d %s", g.code, g.body)
			}
		})
	}
}

// A page of another site can neither post here nor, by a name of its own for
// this machine, read here.
func TestOtherSitesAreRefused(t *testing.T) {
	d := &fakeControl{}
	o := d.options(t)
	s := start(t, o)
	for _, row := range []struct {
		name, method string
		headers      []string
		code         int
	}{
		{"cross-site", "POST", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"same-site", "POST", []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"another port, old browser", "POST", []string{"Origin", "http://localhost:1"}, 403},
		{"opaque origin, old browser", "POST", []string{"Origin", "null"}, 403},
		{"same origin", "POST", []string{"Sec-Fetch-Site", "same-origin"}, 200},
		{"not a browser", "POST", nil, 200},
		{"name of another", "POST", []string{"Host", "evil.example:80", "Sec-Fetch-Site", "same-origin"}, 421},
		{"name of another", "GET", []string{"Host", "evil.example"}, 421},
		{"name that looks like ours", "GET", []string{"Host", "localhost.evil.example"}, 421},
		{"address that is not ours", "GET", []string{"Host", "192.0.2.1"}, 421},
		{"loopback, version 6", "GET", []string{"Host", "[::1]:80"}, 404},
	} {
		t.Run(row.name, func(t *testing.T) {
			path := "/control/pause"
			if row.method == "GET" {
				path = "/x"
			}
			for way, c := range map[string]*http.Client{"tcp": client(t, ""), "unix": client(t, o.Socket)} {
				g := send(t, c, row.method, "http://"+s.Addr()+path, nil, append(row.headers, bearer...)...)
				if g.code != row.code {
					t.Errorf("by %s: %d %s", way, g.code, g.body)
				}
				if asked := d.took(); (asked != nil) != (row.code == 200) {
					t.Errorf("by %s: asked %v", way, asked)
				}
			}
		})
	}
}
