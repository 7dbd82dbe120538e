package ledger

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestRemoving: a removal that is soon over says nothing, and a long one how far it is,
// every five seconds.
func TestRemoving(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said []string
		tell := removing(func(text string) { said = append(said, text) })
		for n := range int64(13) { // twelve seconds
			tell(n*1_000_000, 20_000_000)
			time.Sleep(time.Second)
		}
		const rest = " of 20,000,000 task IDs are removed; if the process ends before the last, the next that opens the ledger goes on"
		want := []string{"taking back a load that was stopped: 5,000,000" + rest, "taking back a load that was stopped: 10,000,000" + rest}
		if diff := cmp.Diff(want, said); diff != "" {
			t.Errorf("said (-want +got):\n%s", diff)
		}
	})
	if removing(nil) != nil {
		t.Error("somebody is told whom nobody named")
	}
}
