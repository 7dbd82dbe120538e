package admin

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestPageShowsIntake: each source of messages with its counts and how it is; one that has
// stopped is a problem, and without any the section is hidden.
func TestPageShowsIntake(t *testing.T) {
	shown := func(d *fakeControl) string {
		o := d.options(t)
		start(t, o)
		return send(t, client(t, o.Socket), "GET", "http://localhost/", nil).body
	}
	if body := shown(&fakeControl{}); !strings.Contains(body, `<section id="intake" data-live aria-labelledby="h-intake" class="wide" hidden>`) {
		t.Error("without intake there is a section of it")
	}
	none, lag, at := int64(0), int64(12345), time.Now()
	body := shown(&fakeControl{status: Status{Intake: []Intake{
		{Name: "orders", Kind: "redis", Connected: true, Received: 1111, Acked: 1112, Redelivered: 1113, Rejected: 1114, New: 1115, Lag: &lag, LastReceived: &at},
		{Name: "projects", Kind: "kafka", Connected: true, Lag: &none, Waits: "as many IDs are pending as max_pending allows"},
		{Name: "audit", Kind: "rabbitmq", Stopped: "8 of the last 11 messages cannot be read <b>"},
		{Name: "new", Kind: "rabbitmq"},
	}}})
	for _, want := range []string{
		`(?s)id="intake-orders".*Receives\..*last message.*>1,111<.*>1,112<.*>1,113<.*>1,114<.*>12,345<.*>1,115<.*id="intake-projects"`,
		`(?s)id="intake-projects".*Receives nothing now: as many IDs are pending as max_pending allows\..*<td class="n"[^>]*>0</td><td class="n"[^>]*>0</td></tr>`,
		`(?s)id="intake-audit".*Stopped until somebody has looked: 8 of the last 11 messages cannot be read &lt;b&gt;.*<td class="n"[^>]*>–</td>`,
		`(?s)id="intake-new".*Not connected yet\.`,
		`<li class="bad">Nothing more is received from audit: 8 of the last 11`,
	} {
		if !regexp.MustCompile(want).MatchString(body) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(body, ` class="wide" hidden>`) {
		t.Error("the section is hidden")
	}
}
