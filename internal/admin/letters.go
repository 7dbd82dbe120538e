package admin

import (
	"context"
	"encoding/csv"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"cleaner/internal/queue"
)

// mostLetters is how many dead letters a page lists, and scanned how many it looks at for
// those that match.
const (
	mostLetters = 100
	scanned     = 200_000
)

// lettersView lists dead letters.
type lettersView struct {
	view
	Choice  choice
	Letters []queue.DeadLetter
	Matches int64
	More    bool // there may be more than Matches
	Offset  int  // of the first that is shown
}

// choice is which dead letters are listed.
type choice struct{ Code, Batch, Search string }

func choiceOf(r *http.Request) choice {
	q := r.URL.Query()
	return choice{q.Get("code"), q.Get("batch"), strings.TrimSpace(q.Get("q"))}
}

// filter is what the ledger chooses by; the rest is left to matches.
func (c choice) filter() queue.Filter { return queue.Filter{Code: c.Code, Batch: c.Batch} }

// matches reports whether l has what is searched for in one of its texts.
func (c choice) matches(l *queue.DeadLetter) bool {
	if c.Search == "" {
		return true
	}
	for _, text := range []string{l.ID, l.Code, l.Reason, l.RequestID, l.Batch} {
		if strings.Contains(strings.ToLower(text), strings.ToLower(c.Search)) {
			return true
		}
	}
	return false
}

// Query is the choice as the query of an address.
func (c choice) Query() string {
	q := url.Values{}
	for name, value := range map[string]string{"code": c.Code, "batch": c.Batch, "q": c.Search} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q.Encode()
}

// Narrow reports whether something is chosen that the ledger can requeue and drop by.
func (c choice) Narrow() bool { return c.Code != "" || c.Batch != "" }

// At is the address of the page that begins with a letter.
func (v *lettersView) At(offset int) string {
	q := v.Choice.Query()
	if offset > 0 {
		q += "&from=" + strconv.Itoa(offset)
	}
	return "/dead?" + strings.TrimPrefix(q, "&")
}

// First and Last are the numbers of the letters that are shown.
func (v *lettersView) First() int64 { return int64(v.Offset) + 1 }

// Last is described at First.
func (v *lettersView) Last() int64 { return int64(v.Offset + len(v.Letters)) }

// Before and After are where the pages before and after this one begin; After is 0 when there
// is none.
func (v *lettersView) Before() int { return max(0, v.Offset-mostLetters) }

// After is described at Before.
func (v *lettersView) After() int {
	if v.Last() >= v.Matches {
		return 0
	}
	return int(v.Last())
}

// dead lists dead letters one by one.
func (e pages) dead(w http.ResponseWriter, r *http.Request) {
	offset, _ := strconv.Atoi(r.URL.Query().Get("from")) // 0 if it is not a number
	v := lettersView{view: e.view(r, "Dead letters"), Choice: choiceOf(r), Offset: max(offset, 0)}
	err := e.archived(r, func(ctx context.Context, a Archive) error {
		seen := 0
		return a.Letters(ctx, v.Choice.filter(), func(l queue.DeadLetter) bool {
			if v.More = seen == scanned; v.More {
				return false
			}
			seen++
			if !v.Choice.matches(&l) {
				return true
			}
			if v.Matches++; v.Matches > int64(v.Offset) && len(v.Letters) < mostLetters {
				v.Letters = append(v.Letters, l)
			}
			return true
		})
	})
	e.show(w, "letters.html", &v, &v.view, err)
}

// deadCSV sends the chosen dead letters as a table for a spreadsheet.
func (e pages) deadCSV(w http.ResponseWriter, r *http.Request) {
	c, begun := choiceOf(r), false
	out := csv.NewWriter(w)
	begin := func() {
		if !begun {
			begun = true
			_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(10 * time.Minute))
			attach(w, "text/csv; charset=utf-8", "dead-letters.csv")
			_ = out.Write([]string{"id", "code", "status", "reason", "request_id", "attempts", "first_at", "last_at", "batch"})
		}
	}
	if e.o.Archive == nil {
		e.refuse(w, r, errNoArchive)
		return
	}
	err := e.o.Archive.Letters(r.Context(), c.filter(), func(l queue.DeadLetter) bool {
		begin()
		if !c.matches(&l) {
			return true
		}
		return out.Write(cells(l.ID, l.Code, strconv.Itoa(l.Status), l.Reason, l.RequestID, strconv.Itoa(l.Attempts), stamp(l.FirstAt), stamp(l.LastAt), l.Batch)) == nil
	})
	if err != nil && !begun {
		e.refuse(w, r, err)
		return
	}
	if err != nil {
		e.o.Log.Sugar().Warnf("dead letters are not all in the CSV that was asked for: %v", err)
		panic(http.ErrAbortHandler) // the client is to see that it was cut off
	}
	begin()
	out.Flush()
}

// cells keeps a spreadsheet from taking a text for a formula: what comes from the service,
// or from a list, may begin like one.
func cells(texts ...string) []string {
	for i, text := range texts {
		if text != "" && strings.ContainsRune("=+-@\t\r\n|%", rune(text[0])) {
			texts[i] = "'" + text
		}
	}
	return texts
}

// stamp is a time for programs; empty for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
