package daemon

import (
	"bytes"
	"net/http"
	"strconv"
)

// view is what the page is made of.
type view struct {
	Status
	Unread    string // why the status cannot be shown; empty when it is
	Head      problem
	Problems  []problem
	Doing     string
	Bar       []slice
	Chart     *chart
	Notice    notice
	Control   bool   // buttons are shown
	AskToken  bool   // and want a token
	NoControl string // why no buttons are shown
}

// notice tells what became of a control request.
type notice struct {
	Text string
	Bad  bool
}

// page shows the status page.
func (a *admin) page(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	n, _ := strconv.ParseInt(q.Get("n"), 10, 64) // what is no number is 0
	a.render(w, r, http.StatusOK, notice{Text: said(q.Get("done"), max(n, 0))})
}

// render writes the page with an HTTP status, which is 503 when there is nothing
// to show.
func (a *admin) render(w http.ResponseWriter, r *http.Request, code int, n notice) {
	v := a.view(r)
	v.Notice = n
	if v.Unread != "" && code == http.StatusOK {
		code = http.StatusServiceUnavailable
	}
	var text bytes.Buffer
	if err := layout.Execute(&text, v); err != nil {
		a.o.Log.Sugar().Errorf("render the status page: %v", err)
		http.Error(w, "the page cannot be shown; the log says why", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write(text.Bytes()) // one who went away is told nothing
}

func (a *admin) view(r *http.Request) view {
	g := a.shown.get(r.Context())
	s := g.Status
	v := view{Status: s, Problems: problems(s, g.unready), Doing: doing(s), Bar: barOf(s.Ledger), Chart: chartOf(s.History)}
	if g.err != nil {
		v.Unread = sentence("The status cannot be read: " + g.err.Error())
		v.Problems = append([]problem{{"bad", v.Unread}}, problems(Status{}, g.unready)...)
	}
	v.Head = headline(v.Problems)
	v.Control, v.AskToken = a.o.Control != nil, !a.trusted
	if !v.Control {
		v.NoControl = "there is nothing here to control"
	} else if !a.trusted {
		if _, err := a.tokenFault(); err != nil {
			v.Control, v.NoControl = false, err.Error()
		}
	}
	return v
}
