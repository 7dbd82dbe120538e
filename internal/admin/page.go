package admin

import (
	"bytes"
	"cmp"
	"net/http"
	"strconv"

	"cleaner/internal/report"
)

// view is the data of the page.
type view struct {
	Status
	Title    string          // of the page
	Home     bool            // it is the status page
	Rows     []report.Sample // of the table of the charts
	Unread   string          // why the status cannot be shown; empty when it is
	Head     problem
	Problems []problem
	Doing    string
	Bar      []slice
	Notice   notice
	Control  buttons
	Archived bool // there is an archive
}

// buttons says whether the page offers control.
type buttons struct {
	Shown    bool
	AskToken bool   // they need a token
	Why      string // why they are not shown
}

// notice is the result of a control request.
type notice struct {
	Text string
	Bad  bool
}

// page shows the status page.
func (e *endpoint) page(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	n, _ := strconv.ParseInt(q.Get("n"), 10, 64) // 0 if it is not a number
	e.render(w, r, http.StatusOK, notice{Text: said(q.Get("done"), max(n, 0))})
}

// render writes the page with an HTTP status. Instead of 200 it is 503 when there is no
// status to show.
func (e *endpoint) render(w http.ResponseWriter, r *http.Request, code int, n notice) {
	v := e.view(r, "")
	v.Notice, v.Home, v.Rows = n, true, rowsOf(v.History)
	if v.Unread != "" && code == http.StatusOK {
		code = http.StatusServiceUnavailable
	}
	e.write(w, code, "page.html", &v)
}

// write writes a page.
func (e *endpoint) write(w http.ResponseWriter, code int, name string, v any) {
	var text bytes.Buffer
	if err := layout().ExecuteTemplate(&text, name, v); err != nil {
		e.o.Log.Sugar().Errorf("render the page %s: %v", name, err)
		http.Error(w, "the page cannot be shown; the log says why", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write(text.Bytes()) // nobody is there to get an error
}

// view is what every page shows. title is its own; empty is the state of things.
func (e *endpoint) view(r *http.Request, title string) view {
	g := e.shown.get(r.Context())
	s := g.Status
	v := view{Status: s, Title: title, Problems: problems(s, g.unready), Doing: doing(s), Bar: barOf(s.Ledger)}
	if g.err != nil {
		v.Unread = sentence("The status cannot be read: " + g.err.Error())
		v.Problems = append([]problem{{"bad", v.Unread}}, problems(Status{}, g.unready)...)
	}
	v.Head = headline(v.Problems)
	v.Title = cmp.Or(v.Title, v.Head.Text)
	v.Control, v.Archived = buttonsOf(e), e.o.Archive != nil
	return v
}

func buttonsOf(e *endpoint) buttons {
	if e.o.Control == nil {
		return buttons{Why: noControl}
	}
	if e.trusted {
		return buttons{Shown: true}
	}
	if _, err := e.guard.token(); err != nil {
		return buttons{Why: err.Error()}
	}
	return buttons{Shown: true, AskToken: true}
}
