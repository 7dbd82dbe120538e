package connpool

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"syscall"

	"cleaner/internal/answer"
)

// UnsentError says why a request has not left.
type UnsentError struct {
	// Fault is the reason, one of those after which nothing was sent.
	Fault answer.Fault
	// Err is the cause; never nil.
	Err error
}

// Error is the text of the cause.
func (e *UnsentError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *UnsentError) Unwrap() error { return e.Err }

// stopped is the error of a wait that ctx ended.
func stopped(ctx context.Context) error {
	return &UnsentError{answer.FaultStopped, context.Cause(ctx)}
}

// unsentFault says why a request has not left. The caller's end must not look like
// a fault of the network or of TLS, whatever err is: it may be the cause that the
// caller gave, which can be any error.
func unsentFault(ctx context.Context, err error) answer.Fault {
	if e, ok := errors.AsType[*UnsentError](err); ok && ctx.Err() == nil {
		return e.Fault
	}
	return answer.FaultStopped
}

// faultOf says what err is, with which the transport answered a request over c. When
// nothing of the request was written it is one of those that promise so.
func (c *conn) faultOf(ctx context.Context, late bool, err error) answer.Fault {
	switch {
	case c.mayHaveSent():
		return interrupted(ctx, late, err, answer.FaultReset)
	case ctx.Err() != nil:
		return answer.FaultStopped
	default:
		return answer.FaultConnect
	}
}

// connectFault says why there is no connection. A handshake that breaks off or
// takes too long is the network's doing and may go well the next time; all other
// faults of a handshake are refusals.
func connectFault(err error, handshake bool) answer.Fault {
	dns, unresolved := errors.AsType[*net.DNSError](err)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	switch {
	case unresolved && dns.IsNotFound:
		return answer.FaultNoHost
	case unresolved:
		return answer.FaultDNS
	case untrusted, handshake && !isNetwork(err):
		return answer.FaultTLS
	default:
		return answer.FaultConnect
	}
}

// interrupted says what ended an exchange that had begun: the caller, the time
// limit, or otherwise.
func interrupted(ctx context.Context, late bool, err error, otherwise answer.Fault) answer.Fault {
	switch {
	case ctx.Err() != nil:
		return answer.FaultCanceled
	case late, isTimeout(err):
		return answer.FaultTimeout
	default:
		return otherwise
	}
}

// isNetwork reports whether err is of the connection and not of what was said
// over it.
func isNetwork(err error) bool {
	return isTimeout(err) ||
		errors.Is(err, context.Canceled) ||
		errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) ||
		errors.Is(err, syscall.EPIPE)
}

// isTimeout reports whether err is a time-out, the context's included.
func isTimeout(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}
