package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"cleaner/internal/sim"
)

// serviceOptions are how the simulated service is reached.
type serviceOptions struct {
	tls     bool
	latency time.Duration
}

// String says it for people.
func (o serviceOptions) String() string {
	s := "plain HTTP"
	if o.tls {
		s = "TLS"
	}
	if o.latency > 0 {
		s += ", answers take " + o.latency.String()
	}
	return s
}

// service is a simulated service that counts connections and notes its first DELETE.
type service struct {
	*sim.Sim
	url         string
	ca          string // a file with the certificate to trust; empty without TLS
	connections atomic.Int64
	first       atomic.Int64 // when the first DELETE came, in Unix nanoseconds
	server      *http.Server
	after       []func() // called when it has ended
}

// serve starts a service. Its certificate goes into dir.
func serve(ctx context.Context, o serviceOptions, dir string) (*service, error) {
	simulated, err := sim.New(sim.Options{Latency: sim.Latency{Min: o.latency}})
	if err != nil {
		return nil, err
	}
	s := &service{Sim: simulated}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.url = "http://" + l.Addr().String()
	if o.tls {
		s.url, s.ca = "https://"+l.Addr().String(), filepath.Join(dir, "ca.pem")
		config, err := certify(s.ca)
		if err != nil {
			return nil, err
		}
		l = tls.NewListener(l, config)
	}
	handler := simulated.Handler()
	s.server = &http.Server{
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0),
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				s.connections.Add(1)
			}
		},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodDelete && s.first.Load() == 0 {
				s.first.CompareAndSwap(0, time.Now().UnixNano())
			}
			handler.ServeHTTP(w, r)
		}),
	}
	go func() { _ = s.server.Serve(l) }() // until stop
	return s, nil
}

// stop ends the service.
func (s *service) stop() {
	_ = s.server.Close()
	for _, end := range s.after {
		end()
	}
}

// certify makes a certificate for 127.0.0.1 and writes it to a file, for those who are to
// trust it.
func certify(file string) (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	pair := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}, os.WriteFile(file, text, 0o600)
}
