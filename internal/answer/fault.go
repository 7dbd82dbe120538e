package answer

// Fault is the reason why no whole answer arrived.
type Fault string

// The faults. After FaultTimeout, FaultReset, FaultCut and FaultCanceled the
// request may have taken effect; after the others the service never received it.
const (
	FaultNone     Fault = ""         // a whole answer arrived
	FaultTimeout  Fault = "timeout"  // the time for the request ran out
	FaultReset    Fault = "reset"    // the connection broke before the header ended
	FaultCut      Fault = "cut"      // the connection broke inside the body
	FaultConnect  Fault = "connect"  // no connection: refused, unreachable, too slow
	FaultDNS      Fault = "dns"      // the host's name could not be looked up for now
	FaultTLS      Fault = "tls"      // the certificate or the handshake was refused
	FaultProxy    Fault = "proxy"    // a proxy refused to connect, or asks for a login
	FaultLogin    Fault = "login"    // no credential could be had for now
	FaultRefused  Fault = "refused"  // the credential is refused for good
	FaultInvalid  Fault = "invalid"  // the ID cannot be put into a URL safely
	FaultCanceled Fault = "canceled" // the caller stopped waiting for the answer
	FaultStopped  Fault = "stopped"  // the caller stopped before the request was sent
	FaultDryRun   Fault = "dry run"  // a dry run, in which nothing is sent
	// FaultNoHost: the name service says that there is no such host.
	FaultNoHost Fault = "no such host"
)

// traits says of each fault whether the request may have reached the service, and
// whether we ended it ourselves. Neither is true of the others.
var traits = map[Fault]struct{ sent, own bool }{
	FaultNone:     {sent: true},
	FaultTimeout:  {sent: true},
	FaultReset:    {sent: true},
	FaultCut:      {sent: true},
	FaultCanceled: {sent: true, own: true},
	FaultStopped:  {own: true},
	FaultDryRun:   {own: true},
}

// Sent reports whether the request may have reached the service.
func (f Fault) Sent() bool { return traits[f].sent }

// Own reports whether we ended the request ourselves: it was not sent, or its answer was
// not waited for.
func (f Fault) Own() bool { return traits[f].own }
