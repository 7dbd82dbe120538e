// Package freeport finds addresses of this machine for servers that must be told where to
// listen.
package freeport

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// Ports from first on, so many of them, are below those that systems give to connections
// (from 32768 on Linux): no connection takes one before the server does.
const (
	first = 12000
	many  = 20000
)

// Address returns a loopback address, host and port, that nobody listens at.
func Address(ctx context.Context) (string, error) {
	for range 100 {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(first+rand.IntN(many))) //nolint:gosec // it is no secret
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
		if err == nil {
			return address, l.Close()
		}
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
	}
	return "", errors.New("find a free port: 100 ports are all in use")
}

// ForTest returns an Address, or ends the test.
func ForTest(t testing.TB) string {
	t.Helper()
	address, err := Address(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return address
}
