package admin

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/queue"
	"cleaner/internal/report"
)

// pages are those beside the status page.
type pages struct{ *endpoint }

// errNoArchive is why a page has nothing to show.
var errNoArchive = errors.New("this server keeps no history")

// pageful is how many passes a page lists.
const pageful = 50

// passesView lists the passes that are kept.
type passesView struct {
	view
	Ended []Ended
	Next  int64 // those before this ID follow; 0 when none does
}

// passView is one pass.
type passView struct {
	view
	Of    *Kept
	Rows  []report.Sample // for the table
	Chart string          // where the samples for the charts are
}

// notFound says that there is no such thing.
var errNotFound = errors.New("it is not kept, or not any more: passes are kept for 90 days")

// route adds the pages.
func (e pages) route(mux *http.ServeMux) {
	mux.HandleFunc("GET /passes", e.passes)
	mux.HandleFunc("GET /passes/{id}", e.pass)
	mux.HandleFunc("GET /passes/{id}/report.json", e.report)
	mux.HandleFunc("GET /passes/{id}/samples.json", e.samplesOf)
	mux.HandleFunc("GET /samples.json", e.samples)
	mux.HandleFunc("GET /dead", e.dead)
	mux.HandleFunc("GET /dead.csv", e.deadCSV)
	mux.HandleFunc("GET /batches", e.batches)
	mux.HandleFunc("POST /results", e.results)
}

// passes lists the passes.
func (e pages) passes(w http.ResponseWriter, r *http.Request) {
	before, _ := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64) // 0 if it is not a number
	v := passesView{view: e.view(r, "Passes")}
	err := e.archived(r, func(ctx context.Context, a Archive) (err error) {
		v.Ended, err = a.Ended(ctx, max(before, 0), pageful+1)
		return err
	})
	if len(v.Ended) > pageful {
		v.Ended = v.Ended[:pageful]
		v.Next = v.Ended[pageful-1].ID
	}
	e.show(w, "passes.html", &v, &v.view, err)
}

// kept returns the pass that the address names.
func (e pages) kept(r *http.Request) (k *Kept, err error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id <= 0 {
		return nil, errNotFound
	}
	err = e.archived(r, func(ctx context.Context, a Archive) (err error) {
		k, err = a.Pass(ctx, id)
		return err
	})
	if err == nil && k == nil {
		err = errNotFound
	}
	return k, err
}

// pass shows one pass.
func (e pages) pass(w http.ResponseWriter, r *http.Request) {
	v := passView{view: e.view(r, "Pass"), Of: &Kept{}}
	k, err := e.kept(r)
	if err == nil {
		v.Of, v.Title = k, "Pass of "+clock(k.Began)
		v.Rows, v.Chart = rowsOf(k.Samples), "/passes/"+strconv.FormatInt(k.ID, 10)+"/samples.json"
	}
	e.show(w, "pass.html", &v, &v.view, err)
}

// report sends the report of a pass as a file.
func (e pages) report(w http.ResponseWriter, r *http.Request) {
	k, err := e.kept(r)
	if err != nil {
		e.refuse(w, r, err)
		return
	}
	attach(w, "application/json", "cleaner-pass-"+strconv.FormatInt(k.ID, 10)+".json")
	_, _ = w.Write(append(bytes.TrimSpace(k.Report), '\n')) // nobody is there to get an error
}

// mostPoints is how many points a chart has at the most.
const mostPoints = 500

// samplesOf has the samples of a pass for its charts.
func (e pages) samplesOf(w http.ResponseWriter, r *http.Request) {
	k, err := e.kept(r)
	if err != nil {
		writeJSON(w, codeOfPage(err), map[string]string{"error": err.Error()})
		return
	}
	writeJSON(w, http.StatusOK, append([]report.Sample{}, report.Thin(k.Samples, mostPoints)...))
}

// samples has those of the pass under way, or of the last one.
func (e pages) samples(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, append([]report.Sample{}, report.Thin(currentOf(r.Context(), e.endpoint).History, mostPoints)...))
}

// results sends the results file, to who has the token: it names all task IDs.
func (e pages) results(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		e.answer(w, r, reply{code: http.StatusBadRequest, text: "read the form: " + err.Error()})
		return
	}
	if code, err := e.guard.admit(r); err != nil {
		e.answer(w, r, reply{code: code, text: err.Error()})
		return
	}
	if e.o.Archive == nil {
		e.answer(w, r, reply{code: http.StatusNotFound, text: errNoArchive.Error()})
		return
	}
	file, name, err := e.o.Archive.Results()
	if err != nil {
		e.answer(w, r, reply{code: http.StatusNotFound, text: err.Error()})
		return
	}
	defer func() { _ = file.Close() }() // it was read
	e.o.Log.Info("results file sent", zap.String("from", r.RemoteAddr), zap.Bool("socket", e.trusted))
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Hour)) // it may be large
	attach(w, "application/x-ndjson", path.Base(name))
	_, _ = io.Copy(w, file) // nobody is there to get an error
}

// attach has a browser keep what follows as a file.
func attach(w http.ResponseWriter, kind, name string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(name))
}

// pagePatience is how long a page that reads the ledger may take.
const pagePatience = 20 * time.Second

// archived reads from the archive, if there is one.
func (e pages) archived(r *http.Request, read func(context.Context, Archive) error) error {
	if e.o.Archive == nil {
		return errNoArchive
	}
	ctx, cancel := context.WithTimeout(r.Context(), pagePatience)
	defer cancel()
	return read(ctx, e.o.Archive)
}

// show writes a page. v is its data, which embeds of. An error stands on top of it.
func (e pages) show(w http.ResponseWriter, name string, v any, of *view, err error) {
	code := codeOfPage(err)
	if err != nil {
		of.Notice = notice{Text: sentence("This cannot be shown: " + err.Error()), Bad: true}
	}
	e.write(w, code, name, v)
}

// refuse answers a request for a file with a page or, for programs, JSON.
func (e pages) refuse(w http.ResponseWriter, r *http.Request, err error) {
	e.answer(w, r, reply{code: codeOfPage(err), text: err.Error()})
}

// codeOfPage is the status of a page.
func codeOfPage(err error) int {
	switch {
	case err == nil:
		return http.StatusOK
	case errors.Is(err, errNotFound), errors.Is(err, errNoArchive):
		return http.StatusNotFound
	}
	if _, ok := errors.AsType[*queue.NoBatchError](err); ok {
		return http.StatusNotFound
	}
	return http.StatusServiceUnavailable
}

// tableRows is how many rows the table of a chart has at the most.
const tableRows = 30

// rowsOf are the rows of the table of a chart, the latest first.
func rowsOf(samples []report.Sample) []report.Sample {
	thin := report.Thin(samples, tableRows)
	rows := make([]report.Sample, 0, len(thin))
	for i := range thin {
		rows = append(rows, thin[len(thin)-1-i])
	}
	return rows
}
