package checkup

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/connpool"
	"cleaner/internal/secret"
)

// soon is how long before its end a certificate is to be renewed, and apart how far two
// clocks may be from each other.
const (
	soon  = 14 * 24 * time.Hour
	apart = time.Minute
)

// reach checks the way to an endpoint without any credential: its name, the proxy, TLS,
// and the two clocks. It reports whether an answer came back.
func (c *checkup) reach(ctx context.Context, name, endpoint string) bool {
	u, err := connpool.ParseEndpoint(endpoint)
	if err != nil {
		c.add(Access, name, Mend, err.Error())
		return false
	}
	via, err := c.Proxy(&http.Request{URL: u})
	if err != nil {
		c.add(Access, name+" proxy", Mend, "HTTPS_PROXY or HTTP_PROXY is no URL: correct it")
		return false
	}
	if via != nil {
		c.add(Access, name+" proxy", OK, "by way of "+via.Host)
	}
	pool, err := connpool.New(connpool.Options{
		Endpoint: u, Size: 1, MaxBody: 1 << 20, CAFile: c.Config.Service.CAFile, Proxy: c.Proxy,
		Timeouts: connpool.Timeouts{Request: c.Config.Limits.RequestTimeout},
	})
	if err != nil {
		c.add(Access, name, Mend, err.Error())
		return false
	}
	defer pool.CloseIdleConnections()
	var shown tls.ConnectionState // of the last handshake, which is the endpoint's
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{TLSHandshakeDone: func(s tls.ConnectionState, _ error) { shown = s }})
	began := time.Now()
	reply, fault, err := pool.Exchange(ctx, &http.Request{
		Method: http.MethodGet, URL: u, Host: u.Host, Header: http.Header{"Accept-Encoding": {"identity"}, "User-Agent": {"cleaner/" + c.Process.Version}},
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	})
	if fault != answer.FaultNone {
		text := fmt.Sprintf("%s: %v", u.Host, secret.Scrub(err, pool.Secrets()))
		c.add(Access, name, Mend, c.whatToDo(answer.Answer{Fault: fault, Message: text}))
		return false
	}
	c.add(Access, name, OK, fmt.Sprintf("%s answers HTTP %d within %v", u.Host, reply.Status, time.Since(began).Round(time.Millisecond)))
	if u.Scheme == "https" {
		c.certificate(name, u.Host, shown)
	}
	c.clock(name, u.Host, reply.Header, time.Now())
	return true
}

// certificate says how long the certificate of a host is valid.
func (c *checkup) certificate(name, host string, s tls.ConnectionState) {
	check := name + " tls"
	if len(s.PeerCertificates) == 0 {
		c.add(Access, check, Unknown, "the certificate of "+host+" was not seen")
		return
	}
	until := s.PeerCertificates[0].NotAfter
	says := fmt.Sprintf("%s, the certificate of %s is valid until %s", tls.VersionName(s.Version), host, until.UTC().Format(time.RFC3339))
	if time.Until(until) < soon {
		c.add(Access, check, Mend, says+": have it renewed before that, or passes will stop")
		return
	}
	c.add(Access, check, OK, says)
}

// clock compares this machine's clock with what an answer says.
func (c *checkup) clock(name, host string, h http.Header, now time.Time) {
	check := name + " clock"
	theirs, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		c.add(Machine, check, Unknown, host+" does not say what time it is")
		return
	}
	off, how := now.Sub(theirs).Round(time.Second), "ahead of"
	if off < 0 {
		off, how = -off, "behind"
	}
	if off > apart {
		c.add(Machine, check, Mend, fmt.Sprintf("this machine's clock is %v %s that of %s: set it by NTP; signatures and tokens have times", off, how, host))
		return
	}
	c.add(Machine, check, OK, fmt.Sprintf("this machine and %s agree to %v", host, max(off, time.Second)))
}
