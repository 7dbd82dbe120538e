// Package browsertest drives a real Chromium for tests of the status page, and notes
// what a page complains of.
package browsertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Browser is a tab of a real Chromium that notes what the page complains of.
type Browser struct {
	t   *testing.T
	ctx context.Context

	mu         sync.Mutex
	complaints []string // guarded by mu
}

// Open starts Chromium, with a profile of its own, and fails the test without it.
func Open(t *testing.T, width int64) *Browser {
	t.Helper()
	opts := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(chromium(t)), chromedp.UserDataDir(t.TempDir()),
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
	}
	for _, f := range []string{"disable-background-networking", "disable-component-update", "disable-sync", "disable-quic", "disable-dev-shm-usage"} {
		opts = append(opts, chromedp.Flag(f, true))
	}
	ctx, cancelAll := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, cancelTab := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // one that has crashed has failed the test already
		cancelTab()
		cancelAll()
	})
	return opened(ctx, t, width) // which starts it, to live as long as ctx
}

// Another opens one more tab of the same Chromium, to see the same pages at another width.
func (b *Browser) Another(width int64) *Browser {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	b.t.Cleanup(cancel)
	return opened(ctx, b.t, width)
}

// opened is the tab of ctx, which ends with it.
func opened(ctx context.Context, t *testing.T, width int64) *Browser {
	t.Helper()
	b := &Browser{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatal(err)
	}
	b.Do(chromedp.EmulateViewport(width, 900))
	return b
}

func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("no Chromium is installed; the Debian package is called chromium")
	return ""
}

// listen notes errors of the console and the log, where violations of the content
// policy go.
func (b *Browser) listen(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := ev.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level != log.EntryLevelVerbose && e.Entry.Level != log.EntryLevelInfo {
			b.complaints = append(b.complaints, e.Entry.Text)
		}
	case *runtime.EventConsoleAPICalled:
		b.complaints = append(b.complaints, fmt.Sprintf("console: %v", e.Args))
	case *runtime.EventExceptionThrown:
		b.complaints = append(b.complaints, e.ExceptionDetails.Text)
	}
}

// Calm fails the test if the page complained.
func (b *Browser) Calm() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.complaints {
		b.t.Errorf("the page complains: %s", c)
	}
}

// limit keeps a browser that hangs from hanging the test.
const limit = time.Minute

// Do takes steps, one after the other.
func (b *Browser) Do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, limit)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// Get returns what an action does.
func Get[T any](b *Browser, a chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, limit)
	defer cancel()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

// Eval returns what an expression in the page is, as text.
func (b *Browser) Eval(expr string) string {
	b.t.Helper()
	return Get(b, chromedp.Evaluate[string]("String("+expr+")"))
}

// Text is what the page says, once it is there.
func (b *Browser) Text() string {
	b.t.Helper()
	b.Do(chromedp.WaitReady(chromedp.CSS("footer")))
	return Get(b, chromedp.Text(chromedp.CSS("body")))
}

// Agrees has the person answer the questions of the page that is shown. The last one is
// window.asked.
func (b *Browser) Agrees(yes bool) {
	b.t.Helper()
	b.Eval(fmt.Sprintf("window.confirm = (question) => { window.asked = question; return %t; }", yes))
}

// Until waits for an expression to be true, as long as within.
func (b *Browser) Until(expr string, within time.Duration) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, limit)
	defer cancel()
	every, end := chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(within)
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](expr, every, end)); err != nil {
		b.t.Fatalf("wait for %s: %v; the page says %q", expr, err, b.Eval("document.body && document.body.innerText"))
	}
}

// Follow does what leads to another page and waits for that to be loaded.
func (b *Browser) Follow(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, limit)
	defer cancel()
	loads := chromedp.Events(ctx, page.LoadEventFired)
	b.Do(steps...)
	for _, err := range loads {
		if err != nil {
			b.t.Fatalf("wait for a page: %v", err)
		}
		return
	}
	b.t.Fatal("no page was loaded")
}

// Dark chooses the colour scheme.
func Dark(on bool) chromedp.Action[chromedp.Void] {
	value := "light"
	if on {
		value = "dark"
	}
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}},
		})
		return err
	})
}

// Hurry makes timers of up to a second, in pages that are opened from now on, go off after a
// tenth of their time, so that a test need not wait for a page that updates itself. The
// time limit of Until is such a timer too, but longer.
func Hurry() chromedp.Action[chromedp.Void] {
	const script = "{ const timeout = setTimeout; window.setTimeout = (f, ms, ...args) => timeout(f, ms > 1000 ? ms : ms / 10, ...args); }"
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
		return err
	})
}

// WithoutScripts switches scripting off.
func WithoutScripts() chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	})
}

// Shot keeps a picture of the whole page where SCREENSHOTS says, if it does.
func (b *Browser) Shot(name string) {
	b.t.Helper()
	b.keep(name, chromedp.FullScreenshot(100))
}

// View keeps a picture of what the window shows where SCREENSHOTS says, if it does.
func (b *Browser) View(name string) {
	b.t.Helper()
	b.keep(name, chromedp.CaptureScreenshot())
}

func (b *Browser) keep(name string, picture chromedp.Action[[]byte]) {
	b.t.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	png := Get(b, picture)
	if err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600)); err != nil {
		b.t.Fatal(err)
	}
}
