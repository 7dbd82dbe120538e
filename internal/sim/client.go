package sim

import (
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// client is the other end of an exchange: who asked, and waits for the answer.
type client struct {
	w http.ResponseWriter
	r *http.Request
}

// write puts rep on the wire, as the answer to a request of this ID, and returns when the kernel has all of it.
func (c client) write(rep reply, requestID string, now time.Time) error {
	h := c.w.Header()
	h.Set("Content-Type", "application/json;charset=UTF-8")
	h.Set("Content-Length", strconv.Itoa(len(rep.body)))
	// These names are in canonical form already, and Set would allocate.
	h["X-Request-Id"] = []string{requestID}
	h["Date"] = []string{now.UTC().Format(http.TimeFormat)}
	for name, values := range rep.header {
		h[http.CanonicalHeaderKey(name)] = values
	}
	c.w.WriteHeader(rep.status)
	// net/http would write the answer after the handler's end, where an error
	// goes unseen; so it is flushed here.
	if _, err := io.WriteString(c.w, rep.body); err != nil {
		return err
	}
	return http.NewResponseController(c.w).Flush()
}

// wait returns after d, or as soon as the client leaves.
func (c client) wait(d time.Duration) {
	if d <= 0 {
		return
	}
	select {
	case <-time.After(d):
	case <-c.r.Context().Done():
	}
}

// hijack takes the connection over, writes last to it and resets it.
func (c client) hijack(last string) {
	if b, ok := c.w.(breaker); ok {
		b.breakOff(last)
		return
	}
	conn, _, err := http.NewResponseController(c.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // no real connection, as in a recorded exchange
	}
	// What was written before arrives before the reset: the kernel at the other
	// end hands out what it holds before it reports the error.
	_, _ = strings.NewReader(last).WriteTo(conn)
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
