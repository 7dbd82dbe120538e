package connpool

import (
	"context"
	"errors"
	"net/http"
	"time"

	"cleaner/internal/answer"
)

// Reply is an answer that arrived whole.
type Reply struct {
	// Status is the HTTP status.
	Status int
	// Header is the header of the answer; it may be there when the answer is not.
	Header http.Header
	// Body is what the answer said; nil when it said more than Options.MaxBody.
	Body []byte
	// TooBig says that it did.
	TooBig bool
}

// Exchange sends req once and reads the whole answer. Redirects are answers like any
// other: nothing is followed, and no credential leaves the endpoint. When the fault
// is not FaultNone there is no answer, and err says why; the Reply then holds what
// arrived of the header, if anything.
func (p *Pool) Exchange(ctx context.Context, req *http.Request) (Reply, answer.Fault, error) {
	if err := ctx.Err(); err != nil {
		return Reply{}, answer.FaultStopped, err // nothing was sent, and it should not look otherwise
	}
	c, resp, err := p.conns.roundTrip(ctx, req, time.Now())
	if c == nil {
		return Reply{}, unsentFault(ctx, err), err
	}
	if err != nil {
		late := p.conns.put(c)
		if e, ok := errors.AsType[*UnsentError](err); ok {
			return Reply{}, e.Fault, err
		}
		return Reply{}, p.broken(c, c.faultOf(ctx, late, err)), causeOf(ctx, late, err)
	}
	r := Reply{Status: resp.StatusCode, Header: resp.Header}
	r.Body, r.TooBig, err = readBody(resp, p.maxBody)
	_ = resp.Body.Close() // what matters has been read
	late := p.conns.put(c)
	if err != nil {
		return r, p.broken(c, interrupted(ctx, late, err, answer.FaultCut)), causeOf(ctx, late, err)
	}
	return r, answer.FaultNone, nil
}

// broken closes the idle connections that lead where c led, if it is the network's
// fault that it broke. It returns the fault.
func (p *Pool) broken(c *conn, f answer.Fault) answer.Fault {
	switch f {
	case answer.FaultReset, answer.FaultCut, answer.FaultTimeout, answer.FaultConnect:
		p.conns.drop(c.remote)
	}
	return f
}

// errLate is the cause of a FaultTimeout.
var errLate = errors.New("the time for the request was up")

// causeOf is why an exchange broke off. When it was cut short here, net/http only
// tells that the connection was closed.
func causeOf(ctx context.Context, late bool, err error) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case late:
		return errLate
	default:
		return err
	}
}
