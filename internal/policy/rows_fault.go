package policy

import "cleaner/internal/answer"

// faultRows judge exchanges that brought no whole answer.
func faultRows() []Row {
	return from(srcOurs, []Row{
		{Name: "timeout", Fault: answer.FaultTimeout, Verdict: Again, Lost: true, Why: "no answer came in time"},
		{Name: "reset", Fault: answer.FaultReset, Verdict: Again, Lost: true, Why: "the connection broke before the answer"},
		{Name: "cut", Fault: answer.FaultCut, Verdict: Again, Lost: true, Why: "the connection broke inside the answer"},
		{Name: "connect", Fault: answer.FaultConnect, Verdict: Again, Why: "no connection could be made"},
		{Name: "dns", Fault: answer.FaultDNS, Verdict: Again, Why: "the host's name could not be looked up"},
		{Name: "no-host", Fault: answer.FaultNoHost, Verdict: Again, Do: "check service.endpoint, service.region and the proxy's address", Why: "there is no host of that name"},
		{Name: "proxy", Fault: answer.FaultProxy, Verdict: Halt, Blames: SuspectEndpoint, Do: "check the proxy's address, user and password in HTTPS_PROXY, and that it allows service.endpoint", Why: "the proxy refused to connect"},
		{Name: "tls", Fault: answer.FaultTLS, Verdict: Halt, Blames: SuspectEndpoint, Do: "check service.ca_file, service.endpoint and the host's clock", Why: "the TLS handshake or the certificate was refused"},
		{Name: "login", Fault: answer.FaultLogin, Verdict: Later, Slow: true, Do: doLogin, Why: "no credential can be had for now"},
		{Name: "login-refused", Fault: answer.FaultRefused, Verdict: Halt, Blames: SuspectCredential, Do: doLogin, Why: "the credential is refused for good"},
		{Name: "invalid-id", Fault: answer.FaultInvalid, Verdict: Never, Why: "the ID is none that can be sent"},
		{Name: "canceled", Fault: answer.FaultCanceled, Verdict: Later, Lost: true, Why: "we stopped before the answer"},
		{Name: "stopped", Fault: answer.FaultStopped, Verdict: Later, Why: "we stopped before anything was sent"},
		{Name: "dry-run", Fault: answer.FaultDryRun, Verdict: Later, Once: true, Why: "rehearsed: nothing was sent"},
	})
}

// lastRows holds the row that makes the table total.
func lastRows() []Row {
	return from(srcOurs, []Row{
		{Name: "unknown", Fault: anyFault, Verdict: Never, Why: "nobody knows what the answer means"},
	})
}
