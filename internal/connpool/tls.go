package connpool

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
)

// explainTLS returns err with a sentence before it that names the host at the other
// end, says what is wrong, and what to do.
func explainTLS(host string, err error) error {
	return fmt.Errorf("%s: %w", TLSFault(host, "service.ca_file", err), err)
}

// TLSFault says what a handshake with host failed of, and what to do. caFile is the key
// that names a file of authorities.
func TLSFault(host, caFile string, err error) string {
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	_, otherName := errors.AsType[x509.HostnameError](err)
	invalid, isInvalid := errors.AsType[x509.CertificateInvalidError](err)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	record, plainText := errors.AsType[tls.RecordHeaderError](err)
	op, isOp := errors.AsType[*net.OpError](err)
	switch {
	case unknown:
		return "the certificate of " + host + " is signed by an authority that is not trusted here: name its file in " + caFile + ", if it is the right host"
	case otherName:
		return "the certificate of " + host + " is for another name: check the address"
	case isInvalid && invalid.Reason == x509.Expired:
		return "the certificate of " + host + " has expired or is not valid yet: have it renewed, and check this host's clock"
	case untrusted:
		return "the certificate of " + host + " is not valid"
	case plainText && bytes.HasPrefix(record.RecordHeader[:], []byte("HTTP/")):
		return host + " speaks plain HTTP where TLS is expected: check the address and its port"
	case plainText:
		return host + " does not speak TLS: check the address and its port"
	case isOp && op.Op == "remote error":
		return host + " refuses the TLS handshake"
	default:
		return "the TLS handshake with " + host + " failed: check that it speaks TLS at this port"
	}
}
