package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"cleaner/internal/rig/browsertest"
	"cleaner/internal/rig/freeport"
	"cleaner/internal/sim"
)

const theControlToken = "planted-control-token-3d90"

// withPage is a running serve whose status page is at the URL, with work that takes
// a quarter of a minute and of which some fails.
func withPage(t *testing.T) (*serving, string) {
	st := newServing(t, sim.Options{Latency: sim.Latency{Min: 20 * time.Millisecond}})
	address := freeport.ForTest(t)
	st.set("listen.address", address)
	st.set("listen.token_file", st.write("control-token", theControlToken+"\n"))
	st.set("limits.rate", 20)
	st.set("limits.burst", 1)
	st.set("safety.failed_share", 1)
	st.set("limits.request_timeout", "10s")
	st.want("fault", st.sim.SetFaults(fault(t, "parameters-200:0.2")), nil)
	st.spool(300)
	return st.serve(), "http://" + address + "/"
}

// count reads a number of the ledger's legend.
func count(state string) string {
	return `Number(document.querySelector(".legend .` + state + ` b").textContent.replace(/,/g, ""))`
}

// TestPageOfARunningServe: an operator starts a pass on the page with the keyboard,
// sees it move without loading anew, requeues what failed, and sees that settled.
func TestPageOfARunningServe(t *testing.T) {
	s, url := withPage(t)
	b := browsertest.Open(t, 1280)
	b.Do(browsertest.Hurry(), chromedp.Navigate(url))
	b.Until(`document.getElementById("pulse").textContent === "live"`, 30*time.Second)
	b.Eval(`window.kept = "the same page"`)
	b.Agrees(true)
	b.Do(chromedp.Focus(chromedp.CSS("#token")), chromedp.KeyEvent(theControlToken), chromedp.Focus(chromedp.CSS("#run")), chromedp.KeyEvent("\r"))
	b.Until(count("deleted")+" > 3", 20*time.Second)
	if asked := b.Eval("window.asked"); !strings.Contains(asked, s.url+", region cn-north-4, account account, user operator") {
		t.Errorf("the question names no target: %s", asked)
	}
	first, width := b.Eval(count("deleted")), b.Eval(`document.querySelector(".bar .deleted").getBoundingClientRect().width`)
	b.Until(count("deleted")+" > "+first+` && document.querySelector(".bar .deleted").getBoundingClientRect().width > `+width, 20*time.Second)
	b.Until(`document.querySelector("#dead tbody button") !== null`, 20*time.Second)
	for scheme, on := range map[string]bool{"light": false, "dark": true} {
		b.Do(browsertest.Dark(on))
		b.Shot("serve-1280-" + scheme)
	}
	s.lookOnAPhone(b.Another(390), url)
	s.want("faults", s.sim.SetFaults(), nil)
	b.Do(chromedp.Focus(chromedp.CSS("#dead tbody button")), chromedp.KeyEvent("\r"))
	b.Until(`document.getElementById("answer").textContent.startsWith("Dead letters made pending again")`, 20*time.Second)
	s.want("exit code of set", first2(s.cleaner("set", "--rate", "100000")), exitOK) // what is left need not be watched
	s.until("the pass has ended", func() bool { return len(s.status().Passes) == 1 })
	// One or two may have been under way when the faults ended.
	dead := s.status().Ledger.Dead
	b.Until(count("pending")+" === 0 && "+count("dead")+fmt.Sprintf(" === %d && ", dead)+
		count("deleted")+" + "+count("gone")+fmt.Sprintf(" === %d", 300-dead), 20*time.Second)
	ended := s.status().Passes[0]
	s.want("more than the bystanders stay dead", dead > 16, false)
	if ended.ExitCode != codeOfPass("", ended.Dead, 0) || ended.Loaded <= 300 {
		t.Errorf("a requeue during a pass makes it %+v", ended)
	}
	s.want("the page", b.Eval("window.kept"), "the same page")
	s.want("effects", s.sim.Truth().Effects, 300-dead)
	b.Calm()
	s.searchPages(url, b.Eval("document.documentElement.outerHTML"))
}

// lookOnAPhone looks at the page of a pass under way, at 390 pixels, with scripts
// and without.
func (s *serving) lookOnAPhone(b *browsertest.Browser, url string) {
	s.Helper()
	b.Do(chromedp.Navigate(url))
	b.Until(`document.getElementById("pulse").textContent === "live"`, 30*time.Second)
	papers := map[string]bool{}
	for scheme, on := range map[string]bool{"light": false, "dark": true} {
		b.Do(browsertest.Dark(on))
		papers[b.Eval("getComputedStyle(document.body).backgroundColor")] = true
		b.Shot("serve-390-" + scheme)
	}
	s.want("colour schemes", len(papers), 2)
	s.want("pixels too wide", b.Eval("document.documentElement.scrollWidth - innerWidth"), "0")
	b.Do(browsertest.WithoutScripts(), chromedp.Navigate(url))
	for _, says := range []string{"Dead letters", "deleted", "This page does not update by itself"} {
		if !strings.Contains(b.Text(), says) {
			s.Errorf("without scripts the page does not say %q", says)
		}
	}
	b.Calm()
}

// searchPages looks for secrets in what the page shows and in all that it loads.
func (s *serving) searchPages(url, shown string) {
	s.Helper()
	texts := map[string]string{"the page as shown": shown}
	for _, path := range []string{"", "page.css", "live.js", "forms.js", "charts.js", "icon.svg", "passes", "dead", "dead.csv", "batches", "samples.json", "status", "metrics", "healthz", "readyz"} {
		resp, err := http.Get(url + path) //nolint:noctx // a test's
		if err != nil {
			s.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			s.Errorf("/%s: %d %v", path, resp.StatusCode, err)
		}
		if policy := resp.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			s.Errorf("/%s has the content policy %q", path, policy)
		}
		texts["/"+path] = string(body) + fmt.Sprint(resp.Header)
	}
	http.DefaultClient.CloseIdleConnections()
	for where, text := range texts {
		for _, secret := range []string{thePassword, theSecretKey, theControlToken} {
			if form, found := showing(text, secret); found {
				s.Errorf("%s shows a secret as %q", where, form)
			}
		}
	}
}
