package admin

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/queue"
)

var bearer = []string{"Authorization", "Bearer " + testToken}

func TestControlAsks(t *testing.T) {
	d := &desk{}
	o := d.options(t)
	s := start(t, o)
	for _, row := range []struct {
		name, path string
		form       url.Values
		code       int
		asked      []string
		says       string
	}{
		{"pause", "/control/pause", nil, 200, []string{"pause"}, "Paused"},
		{"resume", "/control/resume", nil, 200, []string{"resume"}, "Resumed"},
		{"run", "/control/run", nil, 200, []string{"run"}, "A pass was requested"},
		{"stop", "/control/stop", nil, 200, []string{"stop"}, "nothing more is sent"},
		{"rate", "/control/set", url.Values{"rate": {"12.5"}}, 200, []string{"set 12.5 0"}, "changed"},
		{"workers", "/control/set", url.Values{"workers": {" 8 "}}, 200, []string{"set 0 8"}, "changed"},
		{"both", "/control/set", url.Values{"rate": {"3"}, "workers": {"8"}}, 200, []string{"set 3 8"}, "changed"},
		{"neither", "/control/set", nil, 400, nil, "nothing to change"},
		{"zero", "/control/set", url.Values{"rate": {"0"}}, 400, nil, "rate must be a number above 0"},
		{"negative", "/control/set", url.Values{"workers": {"-1"}}, 400, nil, "workers must be"},
		{"not a number", "/control/set", url.Values{"rate": {"NaN"}}, 400, nil, "rate must be"},
		{"infinite", "/control/set", url.Values{"rate": {"+Inf"}}, 400, nil, "rate must be"},
		{"half a worker", "/control/set", url.Values{"workers": {"1.5"}}, 400, nil, "workers must be"},
		{"by code", "/dead/requeue", url.Values{"code": {"CC.1"}}, 200, []string{"requeue CC.1/"}, "1,234"},
		{"by batch", "/dead/requeue", url.Values{"batch": {"b"}}, 200, []string{"requeue /b"}, "1,234"},
		{"all", "/dead/requeue", url.Values{"all": {"yes"}}, 200, []string{"requeue /"}, "1,234"},
		{"pause for a while", "/control/pause", url.Values{"by": {"ann@host"}, "reason": {"a  freeze"}, "for": {"8h"}}, 200, []string{"pause ann@host/a freeze/8h0m0s"}, "also after a restart"},
		{"pause for no time", "/control/pause", url.Values{"for": {"-1h"}}, 400, nil, "for must be a time above 0"},
		{"release a batch", "/control/release", url.Values{"by": {"ann"}, "batch": {"b"}, "reason": {"seen"}}, 200, []string{"release {Batch:b All:false} ann/seen"}, "released, and the next pass sends what no other hold keeps: 1"},
		{"release the whole ledger", "/control/release", url.Values{"by": {"ann"}, "whole": {"yes"}, "reason": {"seen"}}, 200, []string{"release {Batch: All:false} ann/seen"}, "released"},
		{"release all", "/control/release", url.Values{"by": {"ann"}, "all": {"yes"}, "reason": {"seen"}}, 200, []string{"release {Batch: All:true} ann/seen"}, "released"},
		{"release without a reason", "/control/release", url.Values{"batch": {"b"}, "reason": {" "}}, 400, nil, "say why"},
		{"release of nothing chosen", "/control/release", url.Values{"reason": {"seen"}}, 400, nil, "choose which"},
		{"release of two choices", "/control/release", url.Values{"all": {"yes"}, "batch": {"b"}, "reason": {"seen"}}, 400, nil, "choose which"},
		{"one", "/dead/requeue", url.Values{"id": {"t1"}}, 200, []string{"requeue //t1"}, "1,234"},
		{"drop one", "/dead/drop", url.Values{"id": {"t1"}}, 200, []string{"drop //t1"}, "dropped: 7"},
		{"drop all", "/dead/drop", url.Values{"all": {"yes"}}, 200, []string{"drop /"}, "dropped: 7"},
		{"drop without a choice", "/dead/drop", nil, 400, nil, "choose which"},
		{"withdraw", "/control/withdraw", url.Values{"batch": {"b"}, "reason": {"a  mistake"}, "by": {"ann"}}, 200, []string{"withdraw b/a mistake, by ann"}, "not deleted now: 12"},
		{"withdraw without a reason", "/control/withdraw", url.Values{"batch": {"b"}}, 400, nil, "say why"},
		{"withdraw nothing", "/control/withdraw", url.Values{"reason": {"r"}}, 400, nil, "give a batch"},
		{"none chosen", "/dead/requeue", nil, 400, nil, "choose which"},
		{"all and one", "/dead/requeue", url.Values{"all": {"yes"}, "code": {"c"}}, 400, nil, "choose which"},
		{"too long", "/control/pause", url.Values{"x": {strings.Repeat("x", maxForm)}}, 400, nil, "too large"},
		{"unknown", "/control/format", nil, 404, nil, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := send(t, client(t, ""), "POST", "http://"+s.Addr()+row.path, row.form, bearer...)
			if g.code != row.code || !strings.Contains(g.body, row.says) {
				t.Errorf("%d %s", g.code, g.body)
			}
			if diff := cmp.Diff(row.asked, d.took()); diff != "" {
				t.Error(diff)
			}
			g = send(t, client(t, o.Socket), "POST", "http://localhost"+row.path, row.form)
			if g.code != row.code {
				t.Errorf("by the socket, without a token: %d %s", g.code, g.body)
			}
			if diff := cmp.Diff(row.asked, d.took()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNothingChangesByGet(t *testing.T) {
	d := &desk{}
	s := start(t, d.options(t))
	for path := range actions {
		for _, method := range []string{"GET", "HEAD", "PUT", "DELETE", "OPTIONS"} {
			g := send(t, client(t, ""), method, "http://"+s.Addr()+path+"?rate=1&code=x", nil, bearer...)
			if g.code != http.StatusMethodNotAllowed || g.header.Get("Allow") != "POST" {
				t.Errorf("%s %s: %d, Allow %q", method, path, g.code, g.header.Get("Allow"))
			}
		}
	}
	if g := send(t, client(t, ""), "POST", "http://"+s.Addr()+"/status", nil); g.code != 405 || g.header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST /status: %d, Allow %q", g.code, g.header.Get("Allow"))
	}
	if asked := d.took(); asked != nil {
		t.Errorf("asked %v", asked)
	}
}

func TestRefusalsOfControlAreTold(t *testing.T) {
	d := &desk{refuse: errors.New("a pass is under way")}
	o := d.options(t)
	start(t, o)
	c := client(t, o.Socket)
	if g := send(t, c, "POST", "http://localhost/control/run", nil); g.code != 409 || g.body != `{"error":"a pass is under way"}`+"\n" {
		t.Errorf("%d %s", g.code, g.body)
	}
	if g := send(t, c, "POST", "http://localhost/control/set", url.Values{"rate": {"5"}}); g.code != 400 {
		t.Errorf("%d %s", g.code, g.body)
	}
	if g := send(t, c, "POST", "http://localhost/control/stop", nil); g.code != 409 || g.body != `{"error":"a pass is under way"}`+"\n" {
		t.Errorf("%d %s", g.code, g.body)
	}
	g := send(t, c, "POST", "http://localhost/control/run", nil, "Accept", "text/html")
	if g.code != 409 || !strings.Contains(g.body, "Not done: a pass is under way.") {
		t.Errorf("a browser is told: %d %s", g.code, g.body)
	}
}

func TestWithoutControlNothingIsOffered(t *testing.T) {
	d := &desk{}
	o := d.options(t)
	o.Control = nil
	start(t, o)
	c := client(t, o.Socket)
	if g := send(t, c, "POST", "http://localhost/control/run", nil); g.code != 403 {
		t.Errorf("%d %s", g.code, g.body)
	}
	if g := send(t, c, "GET", "http://localhost/", nil); strings.Contains(g.body, "<button") {
		t.Error("the page has buttons")
	}
}

// A browser without scripting is sent back to the page, which says what was done
// in words of its own, whatever its address says.
func TestBrowserIsSentBackToThePage(t *testing.T) {
	d := &desk{}
	o := d.options(t)
	start(t, o)
	c := client(t, o.Socket)
	g := send(t, c, "POST", "http://localhost/dead/requeue", url.Values{"all": {"yes"}}, "Accept", "text/html")
	if g.code != 303 || g.header.Get("Location") != "/?done=requeue&n=1234" {
		t.Fatalf("%d to %s", g.code, g.header.Get("Location"))
	}
	if g := send(t, c, "GET", "http://localhost/?done=requeue&n=1234", nil); !strings.Contains(g.body, "pending again: 1,234.") {
		t.Error("the page does not tell")
	}
	if g := send(t, c, "GET", "http://localhost/?done=<b>Call+me</b>&n=<b>", nil); g.code != 200 || strings.Contains(g.body, "Call") {
		t.Error("the page says what its address says")
	}
}

// TestPageShowsHolds: with why, and a button that asks and releases the one.
func TestPageShowsHolds(t *testing.T) {
	d := &desk{}
	d.change(func(d *desk) {
		d.status.Holds = []Hold{
			{Hold: queue.Hold{Why: "still there", Pending: 9}, Words: "the whole ledger is held"},
			{Hold: queue.Hold{Batch: "wrong.txt", Why: "65 of 100 were not there", Pending: 1350}, Words: "batch wrong.txt is held"},
		}
		d.status.Pause = &Pause{By: "ann@host", Reason: "a freeze", Since: time.Unix(0, 0), Until: time.Unix(3600, 0)}
		d.status.Paused = true
	})
	o := d.options(t)
	start(t, o)
	g := send(t, client(t, o.Socket), "GET", "http://localhost/", nil)
	for _, want := range []string{
		"Held: batch wrong.txt is held.", `name="batch" value="wrong.txt" aria-label="Release batch wrong.txt"`, "65 of 100 were not there",
		`name="whole" value="yes" aria-label="Release the whole ledger"`, "1,350", "Paused by ann@host since", "(a freeze)",
	} {
		if !strings.Contains(g.body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestWords: what an operator says is one line, controls no terminal, and is cut at a character.
func TestWords(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "",
		" \t\n":                                "",
		"a freeze\nuntil  Monday":              "a freeze until Monday",
		"\x1b[31mred\x07\x00":                  "[31mred",
		"\xff凍結":                               "凍結",
		strings.Repeat("x", mostWords-1) + "é": strings.Repeat("x", mostWords-1),
		strings.Repeat("x", mostWords) + "too long": strings.Repeat("x", mostWords),
	} {
		if got := Words(text); got != want {
			t.Errorf("%q is kept as %q, want %q", text, got, want)
		}
	}
}
