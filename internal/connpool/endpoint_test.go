package connpool

import (
	"strings"
	"testing"

	"cleaner/internal/rig/peertest"
)

func TestParseEndpoint(t *testing.T) {
	for _, row := range []struct{ name, raw, want, err string }{
		{"https", "https://check.example", "https://check.example", ""},
		{"port", "https://check.example:8443", "https://check.example:8443", ""},
		{"upper-case scheme", "HTTPS://check.example", "https://check.example", ""},
		{"loopback name", "http://localhost:80", "http://localhost:80", ""},
		{"loopback address", "http://127.0.0.1:80", "http://127.0.0.1:80", ""},
		{"loopback address, IPv6", "http://[::1]:80", "http://[::1]:80", ""},
		{"last port", "https://check.example:65535", "https://check.example:65535", ""},
		{"no such port", "https://check.example:99999", "", "from 1 to 65535"},
		{"port 0", "https://check.example:0", "", "from 1 to 65535"},
		{"port left out", "https://check.example:", "", "from 1 to 65535"},
		{"port left out, IPv6", "https://[::1]:", "", "from 1 to 65535"},
		{"IPv6 without a port", "https://[::1]", "https://[::1]", ""},
		{"empty", "", "", "missing"},
		{"no URL", "https://a b", "", "no URL"},
		{"no scheme", "check.example", "", "https://"},
		{"other scheme", "ftp://check.example", "", "https://"},
		{"no host", "https://", "", "no host"},
		{"port alone", "https://:443", "", "no host"},
		{"opaque", "https:check.example", "", "no host"},
		{"user", "https://user:" + peertest.SecretKey + "@check.example", "", "leave them out"},
		{"broken, with a password", "https://user:" + peertest.SecretKey + "@check.example:x", "", "no URL"},
		{"path", "https://check.example/v2", "", "leave it out"},
		{"last slash", "https://check.example/", "", "last slash"},
		{"query", "https://check.example?a=b", "", "leave it out"},
		{"empty query", "https://check.example?", "", "leave it out"},
		{"fragment", "https://check.example#a", "", "leave it out"},
		{"in the clear", "http://check.example", "", "in the clear"},
		{"name that begins like loopback", "http://127.0.0.1.example", "", "in the clear"},
	} {
		t.Run(row.name, func(t *testing.T) {
			u, err := ParseEndpoint(row.raw)
			if checked := CheckEndpoint(row.raw); (checked == nil) != (err == nil) {
				t.Errorf("CheckEndpoint says %v, ParseEndpoint %v", checked, err)
			}
			switch {
			case row.err == "" && err != nil:
				t.Fatal(err)
			case row.err == "" && u.String() != row.want:
				t.Errorf("got %s, want %s", u, row.want)
			case row.err != "" && (err == nil || !strings.Contains(err.Error(), row.err)):
				t.Errorf("error %v, want one with %q", err, row.err)
			case err != nil && strings.Contains(err.Error(), peertest.SecretKey):
				t.Errorf("error shows the password: %v", err)
			}
		})
	}
}
