package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"cleaner/internal/rig/browsertest"
)

const settled = `document.getElementById("pulse").textContent === "live"`

func TestPageRendersWithoutComplaint(t *testing.T) {
	d := &fakeControl{status: busy()}
	s := start(t, d.options(t))
	papers := map[string]bool{}
	for _, width := range []int64{390, 1280} {
		b := browsertest.Open(t, width)
		b.Do(chromedp.Navigate("http://" + s.Addr() + "/"))
		b.Until(settled, 30*time.Second)
		for scheme, on := range map[string]bool{"light": false, "dark": true} {
			b.Do(browsertest.Dark(on))
			papers[b.Eval("getComputedStyle(document.body).backgroundColor")] = true
			b.Until(`document.querySelectorAll("figure .uplot canvas").length === 4`, 20*time.Second)
			b.Shot(fmt.Sprintf("busy-%d-%s", width, scheme))
		}
		if over := b.Eval("document.documentElement.scrollWidth - innerWidth"); over != "0" {
			t.Errorf("at %d the page is %s pixels too wide", width, over)
		}
		if b.Eval(`[...document.querySelectorAll(".scroll")].every(e => e.scrollWidth <= e.clientWidth)`) != "true" {
			t.Errorf("at %d a table is cut off", width)
		}
		if got := b.Eval(`document.querySelector(".bar .deleted").getBoundingClientRect().width > innerWidth / 3`); got != "true" {
			t.Error("the bar is not drawn")
		}
		d.change(func(d *fakeControl) { d.status = quiet() })
		b.Until(`document.getElementById("head").textContent === "All is well"`, 10*time.Second)
		b.Do(browsertest.Dark(false))
		b.Shot(fmt.Sprintf("quiet-%d-light", width))
		d.change(func(d *fakeControl) { d.status = busy() })
		b.Calm()
	}
	if len(papers) != 2 {
		t.Errorf("dark and light look the same: %v", papers)
	}
}

// The page follows the status by itself, and what the reader has open or under
// the fingers stays.
func TestPageFollowsTheStatus(t *testing.T) {
	d := &fakeControl{status: busy()}
	b := browsertest.Open(t, 1280)
	s := start(t, d.options(t))
	b.Do(chromedp.Navigate("http://" + s.Addr() + "/"))
	b.Until(settled, 30*time.Second)
	b.Do(chromedp.Click(chromedp.CSS("#passes summary")), chromedp.Focus(chromedp.CSS(`button[value="CC.00070409"]`)), chromedp.SetValue(chromedp.CSS("#rate"), "7"))
	d.change(func(d *fakeControl) {
		d.status.Ledger.Deleted = 4999
		d.status.Pass.Breaker = "the far side is down"
		d.status.Dead = append([]DeadCode{{Code: "NEW", Count: 1}}, d.status.Dead...)
	})
	b.Until(`document.querySelector(".legend .deleted b").textContent === "4,999" &&
		document.getElementById("now").textContent.includes("Only probes are sent: the far side is down.") &&
		document.getElementById("dead-NEW") !== null && document.title.startsWith("Something is wrong")`, 3*time.Second)
	b.Shot("bad-1280-light")
	if got := b.Eval("document.activeElement.value"); got != "CC.00070409" {
		t.Errorf("the focus went to %q", got)
	}
	if got := b.Eval(`document.querySelector("#passes details").open`); got != "true" {
		t.Error("the details were closed")
	}
	if got := b.Eval(`document.getElementById("rate").value`); got != "7" {
		t.Errorf("what was typed became %q", got)
	}
	b.Calm()
}

// A server that is gone is said, not passed over.
func TestPageSaysThatItIsNotUpdated(t *testing.T) {
	b := browsertest.Open(t, 390)
	s, err := Listen(t.Context(), (&fakeControl{status: quiet()}).options(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	b.Do(chromedp.Navigate("http://" + s.Addr() + "/"))
	b.Until(settled, 30*time.Second)
	b.Calm()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	b.Until(`document.getElementById("pulse").textContent.includes("not updating")`, 10*time.Second)
}

// Everything can be reached and done with the keyboard: Tab goes through all the
// controls, in order, each with a mark where the focus is; Enter works.
func TestPageIsUsableByKeyboard(t *testing.T) {
	d := &fakeControl{status: busy()}
	b := browsertest.Open(t, 1280)
	s := start(t, d.options(t))
	b.Do(chromedp.Navigate("http://" + s.Addr() + "/"))
	b.Until(settled, 30*time.Second)
	var order []string
	for range 30 {
		b.Do(chromedp.KeyEvent("\t"))
		name := b.Eval("document.activeElement.id || document.activeElement.value || document.activeElement.tagName")
		if b.Eval("getComputedStyle(document.activeElement).outlineStyle") != "solid" {
			t.Errorf("%s does not show its focus", name)
		}
		order = append(order, name)
		if name == "requeue-all" {
			break
		}
	}
	got := strings.Join(order, " ")
	if !strings.Contains(got, "token pause stop results rate workers set") || !strings.HasPrefix(got, "A ") || !strings.HasSuffix(got, "requeue-all") {
		t.Errorf("Tab goes to %s", got)
	}
	// Enter in the token field changes nothing.
	b.Do(chromedp.Focus(chromedp.CSS("#token")), chromedp.KeyEvent(testToken+"\r"))
	b.Until(`document.getElementById("answer").textContent === "Not done: nothing to change: give a rate, workers or both."`, 10*time.Second)
	b.Do(chromedp.Focus(chromedp.CSS("#pause")), chromedp.KeyEvent("\r"))
	b.Until(`document.getElementById("answer").textContent.startsWith("Paused")`, 10*time.Second)
	b.Do(chromedp.Focus(chromedp.CSS("#rate")), chromedp.KeyEvent("12.5\r"))
	b.Until(`document.getElementById("answer").textContent === "The pace has changed."`, 10*time.Second)
	for _, agrees := range []bool{false, true} {
		b.Agrees(agrees)
		b.Do(chromedp.Focus(chromedp.CSS(`button[value="CC.00070409"]`)), chromedp.KeyEvent("\r"))
		if agrees {
			b.Until(`document.getElementById("answer").textContent.includes("1,234")`, 10*time.Second)
			continue
		}
		b.Until(`document.getElementById("answer").textContent === "Not done: you have not agreed."`, 10*time.Second)
		for _, want := range []string{"dead letters with code CC.00070409 pending again?", "https://check.example, region cn-north-4, account acme, user operator"} {
			if asked := b.Eval("window.asked"); !strings.Contains(asked, want) {
				t.Errorf("%q is not in the question %q", want, asked)
			}
		}
	}
	b.Agrees(false)
	b.Do(chromedp.Focus(chromedp.CSS("#stop")), chromedp.KeyEvent("\r"))
	b.Until(`window.asked.startsWith("Stop the pass under way?") && window.asked.includes("5,000 of 6,000")`, 10*time.Second)
	// A button that makes no sense any more takes the focus with it into the page.
	b.Do(chromedp.Focus(chromedp.CSS("#stop")))
	d.change(func(d *fakeControl) { d.status.Pass.Stopping = true })
	b.Until(`document.getElementById("stop") === null && document.activeElement.id === "main"`, 10*time.Second)
	if asked := strings.Join(d.took(), ", "); asked != "pause, set 12.5 0, requeue CC.00070409/" {
		t.Errorf("asked %s", asked)
	}
}

// Without scripting the page shows and does the same, by loading anew.
func TestPageWorksWithoutScripting(t *testing.T) {
	d := &fakeControl{status: busy()}
	b := browsertest.Open(t, 390)
	s := start(t, d.options(t))
	b.Do(browsertest.WithoutScripts(), chromedp.Navigate("http://"+s.Addr()+"/"))
	for _, want := range []string{"This needs a look", "4,742", "CC.00070409", "nightly", "This page does not update by itself"} {
		if !strings.Contains(b.Text(), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	b.Calm()
	b.Follow(chromedp.Click(chromedp.CSS("#pause")))
	if !strings.Contains(b.Text(), "Not done: the control token is missing or wrong") || d.took() != nil {
		t.Errorf("without a token: %s", b.Text())
	}
	b.Follow(chromedp.Click(chromedp.CSS(`button[value="CC.00070409"]`)))
	if !strings.Contains(b.Text(), "Make 2 dead letters with code CC.00070409 pending again?") || d.took() != nil {
		t.Errorf("the question: %s", b.Text())
	}
	b.Shot("confirm-390-light")
	b.Follow(chromedp.SendKeys(chromedp.CSS("#token"), testToken), chromedp.Click(chromedp.CSS("#agree")))
	if !strings.Contains(b.Text(), "Dead letters made pending again: 1,234.") {
		t.Errorf("after requeue: %s", b.Text())
	}
	b.Follow(chromedp.SendKeys(chromedp.CSS("#token"), testToken), chromedp.SendKeys(chromedp.CSS("#rate"), "9\r"))
	if asked := strings.Join(d.took(), ", "); asked != "requeue CC.00070409/, set 9 0" {
		t.Errorf("asked %s", asked)
	}
	if strings.Contains(b.Text(), testToken) {
		t.Error("the token is on the page")
	}
}

// Landmarks, names and headers are there for those who do not see the page.
func TestPageHasNamesForEverything(t *testing.T) {
	d := &fakeControl{status: busy()}
	b := browsertest.Open(t, 1280)
	s := start(t, d.options(t))
	b.Do(chromedp.Navigate("http://" + s.Addr() + "/"))
	b.Until(settled, 30*time.Second)
	checks := map[string]string{
		"one main, header, footer and h1":  `["main","header","footer","h1"].every(n => document.querySelectorAll(n).length === 1)`,
		"sections have their heading":      `[...document.querySelectorAll("section")].every(s => document.getElementById(s.getAttribute("aria-labelledby")))`,
		"fields have a label":              `[...document.querySelectorAll("input")].every(i => i.type === "hidden" || i.labels.length === 1)`,
		"buttons have words":               `[...document.querySelectorAll("button")].every(i => (i.getAttribute("aria-label") || i.textContent).trim() !== "")`,
		"header cells say what they head":  `[...document.querySelectorAll("th:not(.uplot *)")].every(h => ["col","row"].includes(h.scope)) && document.querySelectorAll("th").length > 10`,
		"the charts have words":            `[...document.querySelectorAll("figure")].every(f => f.querySelector("figcaption").textContent) && document.querySelectorAll("#pace tbody tr").length > 5`,
		"changes are told":                 `document.querySelectorAll("[aria-live=polite]").length === 2`,
		"identifiers are unique":           `(ids => new Set(ids).size === ids.length)([...document.querySelectorAll("[id]")].map(e => e.id))`,
		"no style or script in the markup": `document.querySelectorAll("[style]:not(.uplot, .uplot *), style, script:not([src])").length === 0`,
	}
	for name, expr := range checks {
		if b.Eval(expr) != "true" {
			t.Errorf("not so: %s", name)
		}
	}
}

// What comes from the service or the configuration is text, whatever it holds.
func TestForeignTextIsText(t *testing.T) {
	const evil = `"><img src=x onerror=alert(1)><script>alert(2)</script>`
	st := busy()
	st.Alerts, st.Version = []string{evil}, evil
	st.Dead[0] = DeadCode{Code: evil, Count: 1, Reason: evil}
	st.Schedules[0].Name, st.Schedules[0].Spec, st.Passes[0].Reason, st.Passes[0].Summary = evil, evil, evil, evil
	st.Outcomes[0] = Outcome{State: evil, Code: evil}
	st.Pass.Throttle, st.Pass.Schedule = evil, evil
	d := &fakeControl{status: st}
	b := browsertest.Open(t, 390)
	s := start(t, d.options(t))
	b.Do(chromedp.Navigate("http://" + s.Addr() + "/"))
	b.Until(settled, 30*time.Second)
	if got := b.Eval(`document.querySelectorAll("img, main script").length`); got != "0" {
		t.Errorf("%s foreign elements", got)
	}
	var value string
	if err := json.Unmarshal([]byte(b.Eval(`JSON.stringify(document.querySelector("#dead button").value)`)), &value); err != nil || value != evil {
		t.Errorf("the code became %q, %v", value, err)
	}
	b.Calm()
}
