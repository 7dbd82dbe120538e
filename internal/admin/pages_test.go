package admin

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"cleaner/internal/queue"
	"cleaner/internal/report"
)

// long is a text in which nothing can be broken.
var long = strings.Repeat("0123456789", 12)

// fakeArchive is an archive: two passes, a few dead letters and batches.
type fakeArchive struct{ *fakeControl }

func (s fakeArchive) Ended(_ context.Context, before int64, n int) (all []Ended, err error) {
	for id := int64(120); id > 0 && len(all) < n; id-- {
		if before == 0 || id < before {
			e := quiet().Passes[0]
			e.ID, e.Trigger = id, "schedule nightly"
			all = append(all, e)
		}
	}
	return all, s.err
}

func (s fakeArchive) Pass(_ context.Context, id int64) (*Kept, error) {
	if id != 41 {
		return nil, nil
	}
	return &Kept{Ended: busy().Passes[1], Report: []byte(`{"loaded": 5000}`), Samples: busy().History}, s.err
}

func (s fakeArchive) Letters(_ context.Context, f queue.Filter, each func(queue.DeadLetter) bool) error {
	at := time.Now().Add(-time.Hour)
	for _, l := range []queue.DeadLetter{
		{ID: "4b1d0000000000000000000000000001", Batch: "tasks.csv-20260301", Code: "CC.00070409", Status: 503, Reason: "tried 8 times, last answer 503", Attempts: 8, LastAt: at, RequestID: "req-1"},
		{ID: "4b1d0000000000000000000000000002", Batch: "tasks.csv-20260301", Code: "CC.00070400", Status: 400, Reason: "=HYPERLINK(\"http://evil\")", Attempts: 1, LastAt: at, RequestID: "req-2"},
		{ID: "-dash", Batch: long, Code: "CC.00070409", Status: 503, Reason: "<b>tried</b> 8 times " + long, Attempts: 8, LastAt: at, RequestID: "req-3"},
	} {
		if (f.Code == "" || f.Code == l.Code) && (f.Batch == "" || f.Batch == l.Batch) && !each(l) {
			return nil
		}
	}
	return s.err
}

func (s fakeArchive) Batches(context.Context) ([]queue.BatchInfo, error) {
	at := time.Now().Add(-time.Hour)
	return []queue.BatchInfo{
		{Name: "tasks.csv-20260301", Source: "/srv/tasks.csv", Loaded: at, States: queue.States{Pending: 1000, Deleted: 20, Dead: 2}},
		{Name: "other.txt", Source: "/srv/" + long + "/other.txt", Loaded: at, States: queue.States{Deleted: 7}},
	}, s.err
}

func (s fakeArchive) Results() (io.ReadSeekCloser, string, error) {
	if s.refuse != nil {
		return nil, "", s.refuse
	}
	return closer{bytes.NewReader([]byte("{\"id\":\"a\"}\n"))}, "/var/lib/cleaner/results.jsonl", nil
}

type closer struct{ io.ReadSeeker }

func (closer) Close() error { return nil }

// The pages show what is kept, whole without scripts: passes by pages, each with its
// report, and dead letters by code, batch and words.
func TestPagesShowWhatIsKept(t *testing.T) {
	d := &fakeControl{status: busy()}
	o := d.options(t)
	start(t, o)
	get := func(path string) got {
		t.Helper()
		return send(t, client(t, o.Socket), "GET", "http://localhost"+path, nil, "Accept", "text/html")
	}
	for path, wants := range map[string][]string{
		"/passes":                        {"/passes/120", "/passes/71", `href="/passes?before=71"`, "4,780"},
		"/passes?before=71":              {"/passes/70", `href="/passes?before=21"`},
		"/passes?before=21":              {"/passes/20", "/passes/1\""},
		"/passes/41":                     {"4780 deleted", "/passes/41/report.json", "Half answered within", "40 throttled"},
		"/dead":                          {"4b1d0000000000000000000000000001", "req-1", "<b>3</b>", "&lt;b&gt;tried"},
		"/dead?code=CC.00070400":         {"<b>1</b>", "req-2"},
		"/dead?q=REQ-3":                  {"<b>1</b>", "-dash"},
		"/dead?batch=" + long + "&q=504": {"<b>0</b>", "None."},
		"/batches":                       {"tasks.csv-20260301", "Withdraw batch tasks.csv-20260301", "/srv/" + long},
	} {
		g := get(path)
		for _, want := range wants {
			if g.code != 200 || !strings.Contains(g.body, want) {
				t.Errorf("%s: %d, without %q", path, g.code, want)
			}
		}
	}
	if g := get("/batches"); strings.Contains(g.body, "Withdraw batch other.txt") {
		t.Error("a batch that is done can be withdrawn")
	}
	for path, code := range map[string]int{"/passes/7": 404, "/passes/x": 404, "/passes/-1": 404, "/passes/7/report.json": 404, "/passes/7/samples.json": 404} {
		if g := get(path); g.code != code {
			t.Errorf("%s: %d, want %d", path, g.code, code)
		}
	}
	d.change(func(d *fakeControl) { d.err = errors.New("disk I/O error") })
	for _, path := range []string{"/passes", "/passes/41", "/dead", "/batches"} {
		if g := get(path); g.code != 503 || !strings.Contains(g.body, "This cannot be shown: disk I/O error.") {
			t.Errorf("%s: %d %s", path, g.code, g.body)
		}
	}
	o = (&fakeControl{}).options(t)
	o.Archive = nil
	start(t, o)
	if g := send(t, client(t, o.Socket), "GET", "http://localhost/dead", nil); g.code != 404 {
		t.Errorf("without an archive: %d", g.code)
	}
}

// A report and the samples are those of the pass, and many samples are thinned.
func TestReportsAndSamplesAreSent(t *testing.T) {
	d := &fakeControl{status: busy()}
	for range 2000 {
		d.status.History = append(d.status.History, report.Sample{Took: 10, Requests: 1})
	}
	o := d.options(t)
	start(t, o)
	g := send(t, client(t, o.Socket), "GET", "http://localhost/passes/41/report.json", nil)
	if g.body != "{\"loaded\": 5000}\n" || !strings.Contains(g.header.Get("Content-Disposition"), "cleaner-pass-41.json") {
		t.Errorf("report: %q %v", g.body, g.header)
	}
	for path, want := range map[string]int{"/passes/41/samples.json": 180, "/samples.json": 436} {
		var all []report.Sample
		g := send(t, client(t, o.Socket), "GET", "http://localhost"+path, nil)
		if err := json.Unmarshal([]byte(g.body), &all); err != nil || len(all) != want {
			t.Errorf("%s: %d samples, %v, want %d", path, len(all), err, want)
		}
	}
}

// A spreadsheet takes no cell of the CSV for a formula, and what is chosen is in it.
func TestDeadCSV(t *testing.T) {
	d := &fakeControl{status: busy()}
	o := d.options(t)
	start(t, o)
	g := send(t, client(t, o.Socket), "GET", "http://localhost/dead.csv", nil)
	rows, err := csv.NewReader(strings.NewReader(g.body)).ReadAll()
	if err != nil || len(rows) != 4 || g.header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Fatalf("%v, %v, %q", rows, err, g.header)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r|%") {
				t.Errorf("a formula: %q", cell)
			}
		}
	}
	if rows[2][3] != `'=HYPERLINK("http://evil")` || rows[3][0] != "'-dash" || rows[1][5] != "8" {
		t.Errorf("%q", rows)
	}
	g = send(t, client(t, o.Socket), "GET", "http://localhost/dead.csv?q=req-3", nil)
	if rows, err := csv.NewReader(strings.NewReader(g.body)).ReadAll(); err != nil || len(rows) != 2 {
		t.Errorf("%v, %v", rows, err)
	}
	d.change(func(d *fakeControl) { d.err = errors.New("torn") })
	if _, err := client(t, o.Socket).Get("http://localhost/dead.csv"); err == nil { //nolint:noctx // a test's
		t.Error("a CSV that is cut off looks whole")
	}
}

// The results file goes to who has the token, and to nobody else.
func TestResultsNeedTheToken(t *testing.T) {
	d := &fakeControl{status: busy()}
	s := start(t, d.options(t))
	at := "http://" + s.Addr() + "/results"
	if g := send(t, client(t, ""), "POST", at, url.Values{}); g.code != 401 || strings.Contains(g.body, `"id"`) {
		t.Errorf("without a token: %d %s", g.code, g.body)
	}
	if g := send(t, client(t, ""), "GET", at, nil); g.code != 405 {
		t.Errorf("GET: %d", g.code)
	}
	if g := send(t, client(t, ""), "POST", at, url.Values{"token": {testToken}}, "Origin", "https://evil.example"); g.code != 403 {
		t.Errorf("from another site: %d", g.code)
	}
	g := send(t, client(t, ""), "POST", at, url.Values{"token": {testToken}})
	if g.code != 200 || g.body != "{\"id\":\"a\"}\n" || !strings.Contains(g.header.Get("Content-Disposition"), "results.jsonl") {
		t.Errorf("with it: %d %q %v", g.code, g.body, g.header)
	}
	d.change(func(d *fakeControl) { d.refuse = errors.New("no results file is configured") })
	if g := send(t, client(t, ""), "POST", at, url.Values{"token": {testToken}}); g.code != 404 {
		t.Errorf("without a file: %d", g.code)
	}
}

// A form of the page asks first, with target and counts, and changes nothing; what is
// agreed to touches no dead letter that came after the question, and needs the token.
func TestFormsAskFirst(t *testing.T) {
	d := &fakeControl{status: busy()}
	s := start(t, d.options(t))
	for path, row := range map[string]struct {
		form url.Values
		says []string
	}{
		"/control/run":      {url.Values{}, []string{"Start a pass now?", "1,000 task IDs", "https://check.example"}},
		"/control/resume":   {url.Values{}, []string{"start passes again?", "1,000 task IDs"}},
		"/control/stop":     {url.Values{}, []string{"5,000 of 6,000", "9 requests under way"}},
		"/control/release":  {url.Values{"whole": {"yes"}, "reason": {"r"}}, []string{"Release the whole ledger?"}},
		"/control/withdraw": {url.Values{"batch": {"tasks.csv-20260301"}, "reason": {"r"}}, []string{"/srv/tasks.csv", "1,000 pending", "queue.db"}},
		"/dead/requeue":     {url.Values{"all": {"yes"}}, []string{"Make 3 dead letters pending again?", "acme"}},
		"/dead/drop":        {url.Values{"id": {"x"}}, []string{"Drop the dead letter x from the ledger?"}},
	} {
		row.form.Set("ask", "yes")
		g := send(t, client(t, ""), "POST", "http://"+s.Addr()+path, row.form)
		var said struct {
			Ask   string
			Asked int64
		}
		if err := json.Unmarshal([]byte(g.body), &said); err != nil || g.code != 200 || said.Asked == 0 {
			t.Errorf("%s: %d %s", path, g.code, g.body)
		}
		for _, want := range row.says {
			if !strings.Contains(said.Ask, want) {
				t.Errorf("%s asks %q, without %q", path, said.Ask, want)
			}
		}
		row.form.Set("agreed", "yes")
		row.form.Set("asked", fmt.Sprint(said.Asked))
		if g := send(t, client(t, ""), "POST", "http://"+s.Addr()+path, row.form); g.code != 401 {
			t.Errorf("%s: agreed without a token: %d", path, g.code)
		}
	}
	if asked := d.took(); asked != nil {
		t.Errorf("a question did %v", asked)
	}
	g := send(t, client(t, ""), "POST", "http://"+s.Addr()+"/control/withdraw", url.Values{"ask": {"yes"}, "batch": {"nothing"}, "reason": {"r"}})
	if g.code != 409 || !strings.Contains(g.body, "no batch") {
		t.Errorf("a batch that there is not: %d %s", g.code, g.body)
	}
	c := client(t, "")
	g = send(t, c, "POST", "http://"+s.Addr()+"/control/withdraw", url.Values{"ask": {"yes"}, "batch": {"tasks.csv-20260301"}, "token": {testToken}}, "Accept", "text/html")
	if !strings.Contains(g.body, `name="reason" required`) || !strings.Contains(g.body, `name="batch" value="tasks.csv-20260301"`) || strings.Contains(g.body, testToken) {
		t.Errorf("the page that asks: %s", g.body)
	}
}

// uPlot is as its makers have published it, with its licence, and its digest is written
// where dependencies are listed.
func TestChartsLibraryIsAsPublished(t *testing.T) {
	listed, err := os.ReadFile("../../docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"uPlot.iife.min.js", "uPlot.min.css", "LICENSE"} {
		text, err := files.ReadFile("page/uplot/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if sum := fmt.Sprintf("%x", sha256.Sum256(text)); !strings.Contains(string(listed), sum) {
			t.Errorf("%s has the digest %s, which docs/dependencies.md does not have", name, sum)
		}
	}
	license, _ := files.ReadFile("page/uplot/LICENSE")
	script, _ := files.ReadFile("page/uplot/uPlot.iife.min.js")
	version := regexp.MustCompile(`v\d+\.\d+\.\d+`).FindString(string(script[:200]))
	if !strings.Contains(string(license), "MIT License") || version == "" || !strings.Contains(string(listed), "uPlot "+strings.TrimPrefix(version, "v")) {
		t.Errorf("the licence or the version %q is not as listed", version)
	}
}
