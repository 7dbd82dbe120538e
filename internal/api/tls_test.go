package api

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/rig/peertest"
)

// soon is when a good certificate ends.
func soon() time.Time { return time.Now().Add(time.Hour) }

// A certificate that is refused is named with its host, and so is what is wrong.
func TestCertificates(t *testing.T) {
	const here = "127.0.0.1"
	for _, row := range []struct {
		name, of string
		until    time.Time
		trusted  bool
		want     string
	}{
		{"good", here, soon(), true, ""},
		{"unknown authority", here, soon(), false, "the certificate of HOST is signed by an authority that is not trusted here: name its file in service.ca_file, if it is the right host: "},
		{"expired", here, time.Now().Add(-time.Hour), true, "the certificate of HOST has expired or is not valid yet: have it renewed, and check this host's clock: "},
		{"not valid yet", here, time.Now().Add(2 * 365 * 24 * time.Hour), true, "the certificate of HOST has expired or is not valid yet: "},
		{"another name", "check.example", soon(), true, "the certificate of HOST is for another name: check the address: "},
	} {
		t.Run(row.name, func(t *testing.T) {
			endpoint, ca := peertest.Certified(t, row.of, row.until)
			c := newTestClient(t, endpoint, func(o *Options) {
				if row.trusted {
					o.CAFile = peertest.WriteFile(t, "ca.pem", ca)
				}
			})
			_, err := c.DeleteTask(t.Context(), peertest.TaskID)
			if row.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			want := "delete task " + peertest.TaskID + ": tls: " + strings.ReplaceAll(row.want, "HOST", strings.TrimPrefix(endpoint, "https://"))
			if peertest.Fault(t, err) != answer.FaultTLS || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			if _, ok := errors.AsType[*tls.CertificateVerificationError](err); !ok {
				t.Errorf("the cause is lost: %v", err)
			}
		})
	}
}

// A host that does not speak TLS, or none that this client may speak, is named as
// well.
func TestHandshakes(t *testing.T) {
	for _, row := range []struct {
		name   string
		handle func(net.Conn)
		want   string
	}{
		{"plain HTTP", func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n"); peertest.WaitForEnd(c) }, "HOST speaks plain HTTP where TLS is expected: check the address and its port: "},
		{"another protocol", func(c net.Conn) { _, _ = io.WriteString(c, "SSH-2.0-OpenSSH_9.2\r\n"); peertest.WaitForEnd(c) }, "HOST does not speak TLS: check the address and its port: "},
		{"alert", func(c net.Conn) {
			peertest.ReadSome(c)
			_, _ = c.Write([]byte{21, 3, 3, 0, 2, 2, 40}) // fatal: handshake_failure
			peertest.WaitForEnd(c)
		}, "HOST refuses the TLS handshake: "},
	} {
		t.Run(row.name, func(t *testing.T) {
			host := peertest.Listen(t, row.handle)
			_, err := newTestClient(t, "https://"+host, nil).DeleteTask(t.Context(), peertest.TaskID)
			want := "delete task " + peertest.TaskID + ": tls: " + strings.ReplaceAll(row.want, "HOST", host)
			if peertest.Fault(t, err) != answer.FaultTLS || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}
