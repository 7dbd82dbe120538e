package admin

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"cleaner/internal/rig/browsertest"
)

// Every page is whole on a phone and on a desk, in light and dark, breaks no serious rule of
// accessibility, and complains of nothing.
func TestPagesLook(t *testing.T) {
	d := &fakeControl{status: busy()}
	s := start(t, d.options(t))
	b := browsertest.Open(t, 390)
	for _, width := range []int64{390, 1280} {
		b.Do(chromedp.EmulateViewport(width, 900))
		for _, path := range []string{"/", "/passes", "/passes/41", "/dead", "/batches"} {
			b.Do(browsertest.Dark(false), chromedp.Navigate("http://"+s.Addr()+path))
			if path == "/" {
				b.Until(settled, 30*time.Second)
			}
			if path == "/passes/41" || path == "/" {
				b.Until(`document.querySelectorAll("figure .uplot canvas").length === 4`, 20*time.Second)
				b.Eval(`document.querySelector(".rows").open = true`)
			}
			for scheme, on := range map[string]bool{"light": false, "dark": true} {
				b.Do(browsertest.Dark(on))
				b.Shot(fmt.Sprintf("look%s-%d-%s", strings.ReplaceAll(path, "/", "-"), width, scheme))
				if on == (width == 390) { // each scheme once: a check costs a second
					b.Accessible()
				}
			}
			if over := b.Eval("document.documentElement.scrollWidth - innerWidth"); over != "0" {
				t.Errorf("%s at %d is %s pixels too wide", path, width, over)
			}
			if got := b.Eval(`[...document.querySelectorAll(".scroll")].filter(e => e.scrollWidth > e.clientWidth).length`); got != "0" {
				t.Errorf("%s at %d: %s tables are cut off", path, width, got)
			}
			if t.Failed() {
				return
			}
		}
	}
	b.Calm()
	b.Do(chromedp.Navigate("data:text/html,<title>x</title><input><img src=x>"))
	if found := b.Violations(); len(found) < 2 {
		t.Errorf("of a field and a picture without a name only this is found: %+v", found)
	}
}

// The picture of the page that README.md shows is made here: see `make docs`.
func TestPicture(t *testing.T) {
	d := &fakeControl{status: busy()}
	s := start(t, d.options(t))
	b := browsertest.Open(t, 1100)
	b.Do(chromedp.EmulateViewport(1100, 1130, chromedp.EmulateScale(0.8)), chromedp.Navigate("http://"+s.Addr()))
	b.Until(settled, 30*time.Second)
	b.Until(`document.querySelectorAll("figure .uplot canvas").length === 4`, 20*time.Second)
	b.View("page")
}

// The charts have axes and lines, and show the numbers under the pointer.
func TestChartsAreDrawn(t *testing.T) {
	d := &fakeControl{status: busy()}
	s := start(t, d.options(t))
	b := browsertest.Open(t, 1280)
	b.Do(chromedp.Navigate("http://" + s.Addr() + "/passes/41"))
	b.Until(`document.querySelectorAll("figure .uplot canvas").length === 4`, 20*time.Second)
	for kind, lines := range map[string]string{"rate": "sent permitted limit learned", "throttled": "throttled", "latency": "half within 95 % within 99 % within", "errors": "server error throttled timeout"} {
		got := b.Eval(`[...document.querySelectorAll('[data-chart=` + kind + `] .u-label')].slice(1).map(e => e.textContent).join(" ")`)
		if got != lines {
			t.Errorf("%s has the lines %q, want %q", kind, got, lines)
		}
		if b.Eval(`(c => { const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data; return d.some(v => v); })(document.querySelector('[data-chart=`+kind+`] canvas'))`) != "true" {
			t.Errorf("%s is empty", kind)
		}
	}
	b.Eval(`(e => { const r = e.getBoundingClientRect(); for (const n of ["mouseenter", "mousemove"]) e.dispatchEvent(new MouseEvent(n, {bubbles: true, clientX: r.left + r.width / 2, clientY: r.top + 50})); })(document.querySelector("[data-chart=rate] .u-over"))`)
	b.Until(`/^\d/.test(document.querySelectorAll("[data-chart=rate] .u-value")[1].textContent)`, 10*time.Second)
	b.Calm()
}

// An operator requeues, drops and withdraws with the keyboard; each button asks, and says
// what came of it. Without a token nothing is done.
func TestPagesAct(t *testing.T) {
	d := &fakeControl{status: busy()}
	d.status.Pass = nil
	s := start(t, d.options(t))
	b := browsertest.Open(t, 1280)
	press := func(button string) { b.Do(chromedp.Focus(chromedp.CSS(button)), chromedp.KeyEvent("\r")) }
	says := func(text string) {
		t.Helper()
		b.Until(fmt.Sprintf(`document.getElementById("answer").textContent.includes(%q)`, text), 10*time.Second)
	}
	b.Do(chromedp.Navigate("http://" + s.Addr() + "/dead"))
	b.Agrees(true)
	press(`button[aria-label="Drop -dash"]`)
	says("the control token is missing or wrong")
	if d.took() != nil {
		t.Error("it was done without a token")
	}
	b.Do(chromedp.Focus(chromedp.CSS("#token")), chromedp.KeyEvent(testToken))
	press(`button[aria-label="Drop -dash"]`)
	says("Dead letters dropped: 7.")
	b.Agrees(false)
	press("#drop-these")
	says("you have not agreed")
	b.Agrees(true)
	press("#requeue-these")
	says("pending again: 1,234.")
	b.Do(chromedp.Navigate("http://" + s.Addr() + "/batches"))
	b.Agrees(true)
	b.Do(chromedp.Focus(chromedp.CSS("#token")), chromedp.KeyEvent(testToken), chromedp.Focus(chromedp.CSS("#reason")), chromedp.KeyEvent("a mistake"))
	press(`button[aria-label^="Withdraw batch tasks"]`)
	says("not deleted now: 12.")
	if asked := b.Eval("window.asked"); !strings.Contains(asked, "Its 1,000 pending task IDs") || !strings.Contains(asked, "account acme") {
		t.Errorf("the question is %q", asked)
	}
	if asked := strings.Join(d.took(), ", "); !strings.HasPrefix(asked, "drop //-dash, requeue /, withdraw tasks.csv-20260301/a mistake, by the status page (") {
		t.Errorf("asked %s", asked)
	}
}
