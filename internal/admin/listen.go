package admin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"

	"cleaner/internal/regular"

	"github.com/prometheus/exporter-toolkit/web"
)

// listenTCP listens at address, which must be a loopback address unless there is a valid
// web configuration file, which says how to protect it.
func listenTCP(ctx context.Context, address, webConfigFile string) (net.Listener, error) {
	if err := CheckAddress(address, webConfigFile); err != nil {
		return nil, err
	}
	if err := CheckWebConfig(webConfigFile); err != nil {
		return nil, err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		do := "choose another listen.address"
		if errors.Is(err, syscall.EADDRINUSE) {
			do = "end what listens there, or " + do
		}
		return nil, fmt.Errorf("open the admin server: %w; %s", err, do)
	}
	// The machine decides what localhost resolves to.
	if at, ok := l.Addr().(*net.TCPAddr); webConfigFile == "" && (!ok || !at.IP.IsLoopback()) {
		_ = l.Close()
		return nil, refused(address)
	}
	return l, nil
}

// CheckAddress returns why the server cannot listen at address, as far as that can be
// found out without listening.
func CheckAddress(address, webConfigFile string) error {
	host, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = net.DefaultResolver.LookupPort(context.Background(), "tcp", port) // asks no network
	}
	if err != nil {
		return fmt.Errorf("listen at %s: %w; give host and port, such as %s", address, err, DefaultAddress)
	}
	if webConfigFile == "" && !isLoopback(host) {
		return refused(address)
	}
	return nil
}

// CheckWebConfig returns what is wrong with a web configuration file and the files
// that it names; nil when path is empty.
func CheckWebConfig(path string) error {
	if err := regular.Check(path); err != nil {
		return fmt.Errorf("read the web configuration file %s: %w", path, err)
	}
	if err := web.Validate(path); err != nil {
		return fmt.Errorf("read the web configuration file %s: %w", path, err)
	}
	return nil
}

func refused(address string) error {
	return fmt.Errorf("listen at %s: not a loopback address; give one, such as %s, or a web configuration file with TLS and users", address, DefaultAddress)
}

// isLoopback reports whether a host, an address or a name without port, always means this
// machine. An empty host means all addresses, and is not.
func isLoopback(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.Unmap().IsLoopback()
}
