package api

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http/httptrace"
	"sync/atomic"
	"syscall"
)

// The stages of a request, as far as they decide whether it may have left.
const (
	stageUnknown   int32 = iota // the transport does not tell
	stageWaiting                // for a connection
	stageHandshake              // of TLS, on a connection of its own
	stageSending                // a connection was had
)

// tracer follows one request through its stages. Whether a lost request may
// have taken effect hangs on it, so it is asked and not guessed from the text of
// errors. The zero value is ready, and trusts no transport that it hears nothing
// from.
type tracer struct {
	hooks httptrace.ClientTrace
	stage atomic.Int32
}

// follow returns ctx with hooks that tell t about the request's stages.
//
// The transport sends a request again by itself only when nothing of it had
// been written, and asks for another connection then: the stage falls back to
// stageWaiting, rightly.
func (t *tracer) follow(ctx context.Context) context.Context {
	t.hooks.GetConn = func(string) { t.stage.Store(stageWaiting) }
	t.hooks.TLSHandshakeStart = func() { t.stage.CompareAndSwap(stageWaiting, stageHandshake) }
	t.hooks.GotConn = func(httptrace.GotConnInfo) { t.stage.Store(stageSending) }
	return httptrace.WithClientTrace(ctx, &t.hooks)
}

// fault says what err, which RoundTrip returned, was. Without a connection it is
// one of those that promise that the request never left.
func (t *tracer) fault(ctx, timed context.Context, err error) Fault {
	stage := t.stage.Load()
	switch {
	case stage != stageWaiting && stage != stageHandshake:
		return interrupted(ctx, timed, err, FaultReset)
	case ctx.Err() != nil:
		// Whatever err is, and it may be the cause of ctx, which can be any error:
		// the caller's end must not look like a fault of the network or of TLS.
		return FaultStopped
	default:
		return connectFault(err, stage == stageHandshake)
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
func interrupted(ctx, timed context.Context, err error, otherwise Fault) Fault {
	switch {
	case ctx.Err() != nil:
		return FaultCanceled
	case timed.Err() != nil, isTimeout(err):
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
