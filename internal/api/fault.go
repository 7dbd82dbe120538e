package api

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"syscall"
)

// unsentError is why a request has not left.
type unsentError struct {
	fault Fault
	error
}

func (e *unsentError) Unwrap() error { return e.error }

// unsentFault says why a request has not left. The caller's end must not look like
// a fault of the network or of TLS, whatever err is: it may be the cause that the
// caller gave, which can be any error.
func unsentFault(ctx context.Context, err error) Fault {
	if e, ok := errors.AsType[*unsentError](err); ok && ctx.Err() == nil {
		return e.fault
	}
	return FaultStopped
}

// faultOf says what err was, with which the transport answered a request over l.
// When nothing of the request was written it is one of those that promise so.
func (l *line) faultOf(ctx context.Context, late bool, err error) Fault {
	switch {
	case l.left():
		return interrupted(ctx, late, err, FaultReset)
	case ctx.Err() != nil:
		return FaultStopped
	default:
		return FaultConnect
	}
}

// connectFault says why there is no connection. A handshake that breaks off or
// takes too long is the network's doing and may go well the next time; all other
// faults of a handshake are refusals.
func connectFault(err error, handshake bool) Fault {
	_, unknownHost := errors.AsType[*net.DNSError](err)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	switch {
	case unknownHost:
		return FaultDNS
	case untrusted, handshake && !isNetwork(err):
		return FaultTLS
	default:
		return FaultConnect
	}
}

// interrupted says what ended an exchange that had begun: the caller, the time
// limit, or otherwise.
func interrupted(ctx context.Context, late bool, err error, otherwise Fault) Fault {
	switch {
	case ctx.Err() != nil:
		return FaultCanceled
	case late, isTimeout(err):
		return FaultTimeout
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
