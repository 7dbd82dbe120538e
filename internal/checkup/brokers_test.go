package checkup

import (
	"net"
	"path/filepath"
	"strings"
	"testing"

	"cleaner/internal/config"
	"cleaner/internal/rig/brokertest"
	"cleaner/internal/sim"
)

// TestBrokers: the way to each broker is tried, as far as TLS; of a Kafka's hosts one is
// enough. One that cannot be reached is said with what to look at.
func TestBrokers(t *testing.T) {
	s, err := sim.New(sim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	url, stop, err := s.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	server, caFile := brokertest.Certificate(t)
	there, secured, closed := l.Addr().String(), brokertest.WithTLS(t, server, l.Addr().String()), "127.0.0.1:1"
	b := newBench(t, url)
	b.cfg.Intake = []config.Intake{
		{Name: "there", URL: "redis://" + there},
		{Name: "closed", URL: "amqp://" + closed},
		{Name: "one-of-two", URL: "kafka://" + closed + "," + there},
		{Name: "none-of-two", URL: "kafka://" + closed + "," + closed},
		{Name: "secured", URL: "rediss://" + secured, CAFile: caFile},
		{Name: "untrusted", URL: "rediss://" + secured},
		{Name: "in-the-clear", URL: "redis://" + secured},
		{Name: "no-authority", URL: "rediss://" + secured, CAFile: filepath.Join(t.TempDir(), "none.pem")},
	}
	got := map[string]Line{}
	for _, line := range b.run() {
		if name, ok := strings.CutPrefix(line.Check, "intake "); ok {
			got[name] = line
		}
	}
	for name, want := range map[string]Line{
		"there": {Mark: OK, Says: there + " can be reached"}, "closed": {Mark: Mend, Says: closed}, "one-of-two": {Mark: OK, Says: there},
		"none-of-two": {Mark: Mend, Says: "network policy"}, "secured": {Mark: OK, Says: secured}, "untrusted": {Mark: Mend, Says: "certificate"},
		"in-the-clear": {Mark: Mend, Says: "begin url with rediss://"},
		"no-authority": {Mark: Mend, Says: "none.pem"},
	} {
		if line := got[name]; line.Mark != want.Mark || !strings.Contains(line.Says, want.Says) {
			t.Errorf("%s: %+v", name, line)
		}
	}
	if len(got) != len(b.cfg.Intake) {
		t.Errorf("%d lines", len(got))
	}
}
