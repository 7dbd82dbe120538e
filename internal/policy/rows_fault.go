package policy

// faultRows judge exchanges that brought no whole answer.
func faultRows() []Row {
	return from(srcOurs, []Row{
		{Name: "timeout", Fault: FaultTimeout, Verdict: Again, Lost: true, Why: "no answer came in time"},
		{Name: "reset", Fault: FaultReset, Verdict: Again, Lost: true, Why: "the connection broke before the answer"},
		{Name: "cut", Fault: FaultCut, Verdict: Again, Lost: true, Why: "the connection broke inside the answer"},
		{Name: "connect", Fault: FaultConnect, Verdict: Again, Why: "no connection could be made"},
		{Name: "dns", Fault: FaultDNS, Verdict: Again, Why: "the host's name did not resolve"},
		{Name: "tls", Fault: FaultTLS, Verdict: Halt, Do: "check service.ca_file, service.endpoint and the host's clock", Why: "the TLS handshake or the certificate was refused"},
		{Name: "login", Fault: FaultLogin, Verdict: Later, Slow: true, Do: doLogin, Why: "no credential can be had for now"},
		{Name: "login-refused", Fault: FaultRefused, Verdict: Halt, Do: doLogin, Why: "the credential is refused for good"},
		{Name: "invalid-id", Fault: FaultInvalid, Verdict: Never, Why: "the ID is none that can be sent"},
		{Name: "canceled", Fault: FaultCanceled, Verdict: Later, Lost: true, Why: "we stopped before the answer"},
		{Name: "stopped", Fault: FaultStopped, Verdict: Later, Why: "we stopped before anything was sent"},
		{Name: "dry-run", Fault: FaultDryRun, Verdict: Later, Why: "rehearsed: nothing was sent"},
	})
}

// lastRows holds the row that makes the table total.
func lastRows() []Row {
	return from(srcOurs, []Row{
		{Name: "unknown", Fault: anyFault, Verdict: Never, Why: "nobody knows what the answer means"},
	})
}
