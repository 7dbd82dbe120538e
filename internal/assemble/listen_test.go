package assemble

import "testing"

// TestAwaited: below /run folders are made by whoever starts serve.
func TestAwaited(t *testing.T) {
	for socket, want := range map[string]bool{
		"/run/no-such-folder/s": true, "/run/s": false, "/run/no/such/s": false, "/no-such-folder/s": false, "s": false,
	} {
		if isMadeAtStart(socket) != want {
			t.Errorf("%s: %v", socket, !want)
		}
	}
}
