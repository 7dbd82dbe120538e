package answer

import "testing"

func TestAnswerCode(t *testing.T) {
	if got := (Answer{}).Code(); got != "" {
		t.Errorf("no codes: got %q", got)
	}
	if got := (Answer{Codes: []string{"CC.00050006", "CC.1"}}).Code(); got != "CC.00050006" {
		t.Errorf("got %q, want the outermost", got)
	}
}

func TestFaultSent(t *testing.T) {
	for fault, want := range map[Fault]bool{
		FaultNone: true, FaultTimeout: true, FaultReset: true, FaultCut: true, FaultCanceled: true,
		FaultConnect: false, FaultDNS: false, FaultTLS: false, FaultLogin: false,
		FaultRefused: false, FaultInvalid: false, FaultProxy: false, FaultNoHost: false, FaultStopped: false, FaultDryRun: false,
	} {
		if got := fault.Sent(); got != want {
			t.Errorf("%q.Sent() = %v, want %v", fault, got, want)
		}
	}
}

func TestFaultOwn(t *testing.T) {
	for fault, want := range map[Fault]bool{
		FaultCanceled: true, FaultStopped: true, FaultDryRun: true,
		FaultNone: false, FaultTimeout: false, FaultReset: false, FaultCut: false, FaultConnect: false, FaultDNS: false, FaultTLS: false,
		FaultLogin: false, FaultRefused: false, FaultInvalid: false, FaultProxy: false, FaultNoHost: false,
	} {
		if got := fault.Own(); got != want {
			t.Errorf("%q.Own() = %v, want %v", fault, got, want)
		}
	}
}
