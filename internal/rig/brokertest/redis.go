package brokertest

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cleaner/internal/rig/freeport"
)

// Redis is a real redis-server that keeps what it is told on disk.
type Redis struct {
	process
	// Address is its host and port. With TLS, the port speaks nothing else.
	Address string
}

// The user that StartRedis makes: it may do what a feed needs, and no more.
const (
	RedisUser     = "feeder"
	RedisPassword = "planted-redis-word"
)

// redisACL is what a feed needs of a Redis.
const redisACL = "+xreadgroup +xack +xautoclaim +xgroup|create +xinfo|groups +xrange +select"

// StartRedis starts a Redis with further lines in its configuration, in which PORT is its
// port; without any it listens there in the clear. Everybody may use it, and so may
// RedisUser. It ends with the test.
func StartRedis(t testing.TB, lines ...string) *Redis {
	t.Helper()
	path, dir := program(t, "redis-server"), t.TempDir()
	r := &Redis{Address: freeport.ForTest(t)}
	_, port, _ := net.SplitHostPort(r.Address)
	if len(lines) == 0 {
		lines = []string{"port PORT"}
	}
	lines = append(lines, "bind 127.0.0.1", "dir "+dir, "appendonly yes", "appendfsync always", `save ""`,
		"user default on nopass ~* &* +@all", "user "+RedisUser+" on >"+RedisPassword+" ~* "+redisACL)
	conf := filepath.Join(dir, "redis.conf")
	if err := os.WriteFile(conf, []byte(strings.ReplaceAll(strings.Join(lines, "\n")+"\n", "PORT", port)), 0o600); err != nil {
		t.Fatal(err)
	}
	r.process = process{t: t, command: func() *exec.Cmd { return exec.Command(path, conf) }, ready: r.ping} //nolint:gosec,noctx // ended by Kill
	t.Cleanup(r.Kill)
	r.Start()
	return r
}

// Add adds an entry to a stream, whose value is a word.
func (r *Redis) Add(stream, field, value string) {
	r.t.Helper()
	conn, err := dial(r.Address)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := fmt.Fprintf(conn, "XADD %s * %s %s\r\n", stream, field, value); err != nil {
		r.t.Fatal(err)
	}
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || line[0] != '$' {
		r.t.Fatalf("XADD: %q, %v", line, err)
	}
}

// ping asks whether it answers; what speaks TLS answers nothing that is understood, and
// that is enough.
func (r *Redis) ping() error {
	conn, err := dial(r.Address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(2 * time.Second))
	if _, err := fmt.Fprint(conn, "PING\r\n"); err != nil {
		return err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil && !strings.HasPrefix(line, "+PONG") {
		err = fmt.Errorf("it says %q", line) // it loads its data
	}
	if err != nil && strings.Contains(err.Error(), "EOF") {
		return nil
	}
	return err
}
