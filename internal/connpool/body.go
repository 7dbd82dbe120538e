package connpool

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
)

// drainBody is how much more of a body that is too big is read and thrown away,
// so that its connection can be used again. For a longer body, or one of unknown
// length, a new connection is cheaper.
const drainBody = 256 << 10

// readBody reads what the body says, at most limit bytes. One that says more is reported
// as too big.
func readBody(resp *http.Response, limit int64) (body []byte, tooBig bool, err error) {
	if body, tooBig, err = readSent(resp, limit); len(body) == 0 || !strings.EqualFold(resp.Header.Get(contentEncoding), "gzip") {
		return body, tooBig, err
	}
	if said, ok := gunzip(body, limit); ok {
		body = said
		resp.Header.Del(contentEncoding)
	}
	if int64(len(body)) > limit {
		return nil, true, nil
	}
	return body, false, nil
}

const contentEncoding = "Content-Encoding"

// gunzip undoes what some proxies do to a body although nobody asked for it (RFC 9110,
// section 8.4.1.3), and reads a byte more than limit at most. What is no gzip stays as it
// was sent, and its header tells.
func gunzip(sent []byte, limit int64) (body []byte, ok bool) {
	r, err := gzip.NewReader(bytes.NewReader(sent))
	if err != nil {
		return nil, false
	}
	body, err = io.ReadAll(io.LimitReader(r, limit+1))
	return body, err == nil
}

// readSent reads at most limit bytes of the body as it was sent. A longer one is drained
// if that is cheap.
func readSent(resp *http.Response, limit int64) (body []byte, tooBig bool, err error) {
	if resp.StatusCode == http.StatusSwitchingProtocols {
		// What follows is no body but another protocol, and reading it would not
		// end when the time does.
		return nil, false, nil
	}
	if n := resp.ContentLength; 0 < n && n <= limit {
		body = make([]byte, n)
		_, err = io.ReadFull(resp.Body, body) // a body that ends early is an error
	} else {
		body, err = io.ReadAll(io.LimitReader(resp.Body, limit+1))
	}
	if err != nil {
		return nil, false, err
	}
	if len(body) == 0 && endsAtClose(resp) {
		return nil, false, errNoEnd
	}
	if int64(len(body)) <= limit {
		return body, false, nil
	}
	if resp.ContentLength > 0 && resp.ContentLength < limit+drainBody {
		_, _ = io.Copy(io.Discard, resp.Body) // the judgement stands, whatever comes
	}
	return nil, true, nil
}

// errNoEnd is the cause of a FaultCut that the transport cannot see.
var errNoEnd = errors.New("the connection closed where the body should be: nothing tells whether one was meant")

// endsAtClose reports whether nothing but the end of the connection ends the
// body. Such a body cannot be told from a shorter one, and none from a lost one:
// since an empty body may stand for success, it has to be there by intention.
func endsAtClose(resp *http.Response) bool {
	return resp.ContentLength < 0 && len(resp.TransferEncoding) == 0 && resp.StatusCode != http.StatusNoContent
}
