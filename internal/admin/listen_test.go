package admin

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestOnlyLoopbackWithoutAWebConfiguration(t *testing.T) {
	for _, address := range []string{":0", "0.0.0.0:0", "[::]:0", "192.0.2.1:0", "example.org:80", "127.0.0.1.example.org:80", "127.0.0.1", ""} {
		if l, err := listenTCP(t.Context(), address, ""); err == nil {
			t.Errorf("listens at %s, asked for %q", l.Addr(), address)
			_ = l.Close()
		}
		if CheckAddress(address, "") == nil {
			t.Errorf("nothing is wrong with %q", address)
		}
	}
	for _, address := range []string{"127.0.0.1:0", "localhost:0", "127.8.9.10:0"} {
		l, err := listenTCP(t.Context(), address, "")
		if err != nil {
			t.Error(err)
			continue
		}
		_ = l.Close()
		if err := CheckAddress(address, ""); err != nil {
			t.Error(err)
		}
	}
}

// TestNoListener: whoever cannot listen is told what to do, and to end somebody else only where
// that has the address.
func TestNoListener(t *testing.T) {
	file := filepath.Join(t.TempDir(), "web.yml")
	write(t, file, "basic_auth_users: {alice: $2a$04$F1mCJjXidhXp3r6jzP3.fOOX1F9eSHFVE9vCScoT34p1yQ8cVbET.}\n")
	taken, err := listenTCP(t.Context(), "127.0.0.1:0", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	for address, used := range map[string]bool{taken.Addr().String(): true, "192.0.2.1:0": false} {
		_, err := listenTCP(t.Context(), address, file)
		if err == nil || !strings.Contains(err.Error(), "choose another listen.address") || strings.Contains(err.Error(), "end what listens there") != used {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestNothingToShowIsRefused(t *testing.T) {
	if _, err := Listen(t.Context(), Options{Listeners: Listeners{Address: "127.0.0.1:0"}}); err == nil {
		t.Error("a server without a status")
	}
}

func TestDefaults(t *testing.T) {
	if o := (Options{}).withDefaults(); o.Address != DefaultAddress {
		t.Errorf("listens at %q by default", o.Address)
	}
	if o := (Options{Listeners: Listeners{Socket: "s"}}).withDefaults(); o.Address != "" {
		t.Errorf("listens at %q beside the socket", o.Address)
	}
}

func TestABadWebConfigurationIsRefusedBeforeServing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "web.yml")
	for name, text := range map[string]string{"missing": "", "unknown key": "tls: yes\n", "no such certificate": "tls_server_config: {cert_file: a, key_file: b}\n"} {
		if text != "" {
			write(t, file, text)
		}
		_, err := Listen(t.Context(), Options{Listeners: Listeners{Address: "127.0.0.1:0", WebConfigFile: file}, Status: (&fakeControl{}).Status})
		if err == nil || !strings.Contains(err.Error(), "web configuration file") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// With TLS and a user the server may listen everywhere; both are asked for, and
// the control token is asked for all the same.
func TestWebConfigurationWithTLSAndUsers(t *testing.T) {
	dir := t.TempDir()
	pool := certificate(t, dir)
	file := filepath.Join(dir, "web.yml")
	// The password of alice is alice123.
	write(t, file, "tls_server_config: {cert_file: cert.pem, key_file: key.pem}\n"+
		"basic_auth_users: {alice: $2a$04$F1mCJjXidhXp3r6jzP3.fOOX1F9eSHFVE9vCScoT34p1yQ8cVbET.}\n")
	d := &fakeControl{}
	o := d.options(t)
	o.Address, o.Socket, o.WebConfigFile = ":0", "", file
	s := start(t, o)
	_, port, _ := net.SplitHostPort(s.Addr())
	at := "https://127.0.0.1:" + port
	c := client(t, "")
	c.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: pool}
	if g := send(t, c, "GET", at+"/healthz", nil); g.code != 401 {
		t.Errorf("without a user: %d", g.code)
	}
	user := []string{"Authorization", "Basic YWxpY2U6YWxpY2UxMjM="}
	if g := send(t, c, "GET", at+"/healthz", nil, user...); g.code != 200 {
		t.Errorf("with a user: %d %s", g.code, g.body)
	}
	if g := send(t, c, "POST", at+"/control/pause", nil, user...); g.code != 401 || !strings.Contains(g.body, "control token") {
		t.Errorf("control without a token: %d %s", g.code, g.body)
	}
	form := map[string][]string{"token": {testToken + "\n"}}
	if g := send(t, c, "POST", at+"/control/pause", form, append(user, "Host", "cleaner.example.org")...); g.code != 200 {
		t.Errorf("control with a user and a token: %d %s", g.code, g.body)
	}
	if asked := d.took(); len(asked) != 1 {
		t.Errorf("asked %v", asked)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// certificate writes cert.pem and key.pem for 127.0.0.1 to dir.
func certificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	write(t, filepath.Join(dir, "cert.pem"), string(text))
	write(t, filepath.Join(dir, "key.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return pool
}
