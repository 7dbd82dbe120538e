package peertest

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// Serve starts a server that ends with the test.
func Serve(t testing.TB, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// Quiet is the log of servers that are meant to fail.
var Quiet = log.New(io.Discard, "", 0)

// Listen starts a server of bare connections, which ends with the test, and
// returns its address. It handles one connection after the other and closes it.
func Listen(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			handle(conn)
			_ = conn.Close()
		}
	})
	t.Cleanup(func() { _ = l.Close(); wg.Wait() })
	return l.Addr().String()
}

// Answering returns a handler that reads a request and writes a text.
func Answering(text string) func(net.Conn) {
	return func(c net.Conn) {
		ReadRequest(c)
		_, _ = io.WriteString(c, text)
	}
}

// ReadRequest reads one request without a body.
func ReadRequest(c net.Conn) {
	_, _ = http.ReadRequest(bufio.NewReader(c))
}

// WaitForEnd reads until the client ends the connection.
func WaitForEnd(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

// Reset ends a connection the hard way.
func Reset(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0) }

// ReadSome reads the beginning of a handshake.
func ReadSome(c net.Conn) { _, _ = c.Read(make([]byte, 4096)) }

// Certified starts a TLS server with a certificate for the name given, which ends
// when until says. It returns the server's URL and the certificate, in PEM form.
func Certified(t *testing.T, name string, until time.Time) (url, ca string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: until.Add(-365 * 24 * time.Hour), NotAfter: until, IsCA: true, BasicConstraintsValid: true,
	}
	if ip := net.ParseIP(name); ip != nil {
		template.DNSNames, template.IPAddresses = nil, []net.IP{ip}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "null") }))
	s.Config.ErrorLog = Quiet
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// UntrustedTLS starts a server with a certificate that nobody trusts.
func UntrustedTLS(t *testing.T) string {
	t.Helper()
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = Quiet
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}
