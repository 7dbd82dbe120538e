package assemble

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"cleaner/internal/config"
	"cleaner/internal/connpool"
	"cleaner/internal/intake"
)

// Reach connects to the broker of an entry, with TLS where it has that, and hangs up. It
// returns which of its addresses has answered.
func Reach(ctx context.Context, e config.Intake) (address string, err error) {
	b, err := e.Broker()
	if err != nil {
		return "", err
	}
	secured, err := tlsOf(e, b)
	if err != nil {
		return "", err
	}
	for _, address := range b.Addresses {
		fault := reach(ctx, e, address, secured)
		switch {
		case fault == nil:
			return address, nil
		case err == nil:
			err = fmt.Errorf("connect to %s: %w", address, fault)
		default:
			err = fmt.Errorf("%w; to %s: %w", err, address, fault)
		}
	}
	return "", err
}

// How long to wait for a connection and its handshake, and for the answer to a handshake
// where none is expected.
const (
	reaches    = 10 * time.Second
	answersTLS = 2 * time.Second
)

// reach connects to an address of the broker of an entry. It fails with a *transportError
// when that speaks TLS and is not to, or the other way round, or is not trusted.
func reach(ctx context.Context, e config.Intake, address string, secured *tls.Config) error {
	conn, err := (&net.Dialer{Timeout: reaches}).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if secured != nil {
		if err := handshake(ctx, conn, address, secured, reaches); err != nil {
			return &transportError{connpool.TLSFault(address, "ca_file of the entry", err), err}
		}
		return nil
	}
	// To learn that it speaks no TLS, a handshake is begun, and nothing else is sent.
	if err := handshake(ctx, conn, address, new(tls.Config), answersTLS); speaksTLS(err) {
		scheme, _, _ := strings.Cut(e.URL, "://")
		return &transportError{says: fmt.Sprintf("%s speaks TLS: begin url with %ss://, or name a port without TLS", address, scheme)}
	}
	return nil
}

// speaksTLS reports whether a handshake that ended with err was answered by somebody who
// speaks TLS: it went well, or the certificate is not trusted, or an alert came.
func speaksTLS(err error) bool {
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	op, network := errors.AsType[*net.OpError](err)
	return err == nil || untrusted || network && op.Op == "remote error"
}

// handshake makes the TLS handshake with address over conn within so long.
func handshake(ctx context.Context, conn net.Conn, address string, secured *tls.Config, within time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	secured = secured.Clone()
	var err error
	if secured.ServerName, _, err = net.SplitHostPort(address); err != nil {
		return err
	}
	return tls.Client(conn, secured).HandshakeContext(ctx)
}

// transportError is that the other end speaks TLS and is not to, or the other way round, or
// that it is not trusted.
type transportError struct {
	says string
	err  error // what a handshake failed of; nil when it was only to see whether TLS is spoken
}

// Error says what is wrong, and what to do.
func (e *transportError) Error() string {
	if e.err == nil {
		return e.says
	}
	return e.says + ": " + e.err.Error()
}

// Unwrap returns what a handshake failed of.
func (e *transportError) Unwrap() error { return e.err }

// opening connects to a broker.
type opening func(context.Context) (intake.Broker, error)

// advised is open, whose errors say what to do where TLS is the cause: the libraries say
// that the time was over, or that a frame is too large. A broker where it is not the cause
// is not asked again before it could be used: it may wait for more of the handshake, or log
// an error.
func advised(e config.Intake, open opening) opening {
	asked := false
	return func(ctx context.Context) (intake.Broker, error) {
		b, err := open(ctx)
		if err == nil {
			asked = false
			return b, nil
		}
		_, fatal := errors.AsType[*intake.FatalError](err)
		op, network := errors.AsType[*net.OpError](err)
		if asked || fatal || network && op.Op == "dial" || ctx.Err() != nil {
			return nil, err
		}
		_, reaching := Reach(ctx, e)
		asked = reaching == nil
		if cause, ok := errors.AsType[*transportError](reaching); ok && ctx.Err() == nil {
			err = fmt.Errorf("%s: %w", cause.says, err)
		}
		return nil, err
	}
}
