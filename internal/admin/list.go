package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"path"
	"strings"
	"time"
	"unicode"

	"go.uber.org/zap"
)

// Lists takes lists of task IDs in.
type Lists interface {
	// Post loads a list, all of it or nothing. It fails with a *ListError when the list
	// is at fault, and with a *BusyError when it may be taken later.
	Post(ctx context.Context, l List) (Receipt, error)
}

// List is a list of task IDs that somebody sends.
type List struct {
	// Name names it as a file is named; its extension says the format if nothing else does.
	Name string
	// Column names the column that holds the task IDs; empty looks for a known name.
	Column string
	// Key is the Idempotency-Key; empty is none.
	Key string
	// Body is the list. It fails when it is cut off.
	Body io.Reader
}

// Receipt is what a list has brought.
type Receipt struct {
	Batch      string `json:"batch"`
	New        int64  `json:"new"`
	Duplicates int64  `json:"duplicates"`
	Rejected   int64  `json:"rejected"` // lines that name no task ID
	// Unsaid says that a table has columns of reasons, or of who asked, which are not kept.
	Unsaid bool `json:"unsaid,omitempty"`
}

// ListError says that a list is refused, and that nothing of it was loaded.
type ListError struct{ Err error }

// Error says what is wrong.
func (e *ListError) Error() string { return e.Err.Error() }

// Unwrap returns what is wrong.
func (e *ListError) Unwrap() error { return e.Err }

// BusyError says that nothing can be loaded now, and that nothing was.
type BusyError struct{ Err error }

// Error says why.
func (e *BusyError) Error() string { return e.Err.Error() }

// Unwrap returns why.
func (e *BusyError) Unwrap() error { return e.Err }

// The bounds of a list: its bytes, the time that it may take to come and to be loaded,
// and how many may come at once over one listener.
const (
	mostList  = 64 << 20
	listComes = 5 * time.Minute
	listLoads = 5 * time.Minute
	mostLists = 4
)

// MostPhrase bounds the name, the column and the key of a list, in bytes.
const MostPhrase = 128

// kinds are the content types of lists, and the extension that each stands for. What a
// form of a web page sends is none of them, but for text/plain, and no form has the
// header with the token.
var kinds = map[string]string{
	"": "", "application/octet-stream": "", "application/gzip": "",
	"text/plain": ".txt", "text/csv": ".csv", "text/tab-separated-values": ".tsv", "application/json": ".json",
	"application/jsonl": ".jsonl", "application/x-ndjson": ".jsonl", "application/ndjson": ".jsonl", "application/json-lines": ".jsonl",
}

// listFault is an error of a request, and the status of the answer.
type listFault struct {
	code int
	error
}

// lists takes lists in that come over one listener.
type lists struct {
	endpoint *endpoint
	taking   chan struct{} // holds a token for each list that is being taken in
}

// ServeHTTP takes a list in, if the client may send one, and logs the request.
func (t *lists) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e := t.endpoint
	got, err := t.take(w, r)
	code, log := codeOfList(err), e.o.Log.With(zap.String("path", "/ids"), zap.String("from", r.RemoteAddr), zap.Bool("socket", e.trusted))
	if err == nil {
		log.Info("list loaded", zap.String("batch", got.Batch), zap.Int64("new", got.New), zap.Int64("duplicates", got.Duplicates), zap.Int64("rejected", got.Rejected))
		writeJSON(w, code, got)
		return
	}
	log.Warn("list not loaded", zap.Int("status", code), zap.Error(err))
	if code == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "10")
	}
	if code == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="cleaner control"`)
	}
	w.Header().Set("Connection", "close") // nobody reads what is left of the body
	writeJSON(w, code, map[string]string{"error": err.Error()})
}

// take refuses what it can before it reads the body.
func (t *lists) take(w http.ResponseWriter, r *http.Request) (got Receipt, err error) {
	e := t.endpoint
	if e.o.Control == nil {
		return got, listFault{http.StatusForbidden, errors.New(noControl)}
	}
	if code, err := e.guard.admit(r); err != nil {
		return got, listFault{code, err}
	}
	l, err := listOf(r)
	if err != nil {
		return got, err
	}
	select {
	case t.taking <- struct{}{}:
		defer func() { <-t.taking }()
	default:
		return got, &BusyError{fmt.Errorf("%d lists are being taken in; send it again in a moment", mostLists)}
	}
	now, deadlines := time.Now(), http.NewResponseController(w)
	if err := errors.Join(deadlines.SetReadDeadline(now.Add(listComes)), deadlines.SetWriteDeadline(now.Add(listComes+listLoads+time.Minute))); err != nil {
		return got, fmt.Errorf("bound the time of the request: %w", err)
	}
	ctx, cancel := context.WithTimeout(r.Context(), listComes+listLoads)
	defer cancel()
	l.Body = &body{in: http.MaxBytesReader(w, r.Body, mostList)}
	got, err = e.o.Control.Post(ctx, l)
	e.shown.stale()
	return got, err
}

// listOf is what a request says of its list.
func listOf(r *http.Request) (l List, err error) {
	kind := r.Header.Get("Content-Type")
	if kind != "" {
		if kind, _, err = mime.ParseMediaType(kind); err != nil {
			return l, listFault{http.StatusUnsupportedMediaType, fmt.Errorf("read the Content-Type: %w", err)}
		}
	}
	ext, known := kinds[kind]
	encoding := r.Header.Get("Content-Encoding")
	q := r.URL.Query()
	l = List{Name: q.Get("name"), Column: q.Get("column"), Key: r.Header.Get("Idempotency-Key")}
	if l.Name == "" {
		l.Name = "posted" + ext
	}
	switch {
	case !known || encoding != "" && encoding != "gzip":
		return l, listFault{http.StatusUnsupportedMediaType, errors.New("a list comes as text/plain, text/csv, application/x-ndjson or application/json, perhaps in gzip: set the Content-Type")}
	case r.ContentLength > mostList:
		return l, tooLarge()
	case len(r.Header.Values("Idempotency-Key")) > 1 || !isPhrase(l.Key):
		return l, listFault{http.StatusBadRequest, fmt.Errorf("the Idempotency-Key must be one, of at most %d printable ASCII characters", MostPhrase)}
	case !isPhrase(l.Name) || l.Name == "-" || path.Base(l.Name) != l.Name || l.Name == "." || l.Name == "..", !isPhrase(l.Column):
		return l, listFault{http.StatusBadRequest, fmt.Errorf("name and column must be of at most %d printable ASCII characters, and the name without a folder", MostPhrase)}
	}
	return l, nil
}

// isPhrase reports whether text is short and of printable ASCII characters.
func isPhrase(text string) bool {
	return len(text) <= MostPhrase && strings.IndexFunc(text, func(c rune) bool { return c > unicode.MaxASCII || !unicode.IsPrint(c) }) < 0
}

func tooLarge() error {
	return listFault{http.StatusRequestEntityTooLarge, fmt.Errorf("the list is larger than %d bytes: nothing was loaded; send it in parts, or in gzip", mostList)}
}

// body is what a client sends. Its errors say whose fault they are.
type body struct{ in io.Reader }

// Read reads.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.in.Read(p)
	switch _, large := errors.AsType[*http.MaxBytesError](err); {
	case err == nil || errors.Is(err, io.EOF):
		return n, err
	case large:
		return n, tooLarge()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return n, listFault{http.StatusRequestTimeout, fmt.Errorf("the list did not come within %v: nothing was loaded", listComes)}
	}
	return n, listFault{http.StatusBadRequest, fmt.Errorf("the list was cut off: nothing was loaded: %w", err)}
}

// codeOfList is the status of the answer to a list.
func codeOfList(err error) int {
	if err == nil {
		return http.StatusOK
	}
	if fault, ok := errors.AsType[listFault](err); ok {
		return fault.code
	}
	if _, refused := errors.AsType[*ListError](err); refused {
		return http.StatusUnprocessableEntity
	}
	if _, busy := errors.AsType[*BusyError](err); busy {
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}
