package connpool

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// ParseEndpoint reads the address of a service: scheme, host and port, and
// nothing else. It refuses to send credentials unencrypted, but to this machine.
// Its errors do not repeat the URL, which may hold a password.
func ParseEndpoint(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case raw == "":
		return nil, errors.New("read endpoint: it is missing: set it, or the region")
	case err != nil:
		return nil, errors.New("read endpoint: it is no URL: write it as in https://host")
	case u.User != nil:
		return nil, errors.New("read endpoint: it holds a user's name or password: leave them out")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("read endpoint: it does not begin with https://: write it as in https://host")
	case u.Hostname() == "":
		return nil, errors.New("read endpoint: it names no host: write it as in https://host")
	case !isPort(u.Host, u.Port()):
		return nil, fmt.Errorf("read endpoint of %s: a port is a number from 1 to 65535", u.Host)
	case u.Path != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, fmt.Errorf("read endpoint of %s: something follows the host: leave it out, and a last slash too", u.Host)
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return nil, fmt.Errorf("read endpoint of %s: http:// would send credentials in the clear: write https://", u.Host)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

// isPort reports whether port, of a host, is one to connect to; none is that of the scheme.
func isPort(host, port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" && !strings.HasSuffix(host, ":") || err == nil && n > 0
}

// isLoopback reports whether host is this machine, by name or by address.
func isLoopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// Loopback reports whether an address, host and port, is of this machine.
func Loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	return err == nil && isLoopback(host)
}

// CheckEndpoint says what is wrong with the address of a service; nil when
// ParseEndpoint takes it.
func CheckEndpoint(raw string) error {
	_, err := ParseEndpoint(raw)
	return err
}
