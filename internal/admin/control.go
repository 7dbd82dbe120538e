package admin

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/dustin/go-humanize"
	"go.uber.org/zap"

	"cleaner/internal/queue"
)

// action does what a POST asks for. It returns a key of done, and how many things were
// changed if they are counted.
type action func(c Control, r *http.Request) (key string, n int64, err error)

var actions = map[string]action{
	"/control/pause": pause,
	"/control/resume": func(c Control, r *http.Request) (string, int64, error) {
		return "resume", 0, c.Resume(r.Context(), who(r))
	},
	"/control/withdraw": withdraw,
	"/control/stop":     func(c Control, _ *http.Request) (string, int64, error) { return "stop", 0, c.Stop() },
	"/control/run":      func(c Control, _ *http.Request) (string, int64, error) { return "run", 0, c.RunNow() },
	"/control/set":      set,
	"/control/release":  release,
	"/dead/requeue":     requeue,
	"/dead/drop":        drop,
}

// done has the message for each action. The address of the page can choose one of these
// messages, and cannot bring its own.
var done = map[string]string{
	"pause":    "Paused: schedules start nothing until you resume them or the time of the pause is over, also after a restart.",
	"resume":   "Resumed: schedules start passes again.",
	"release":  "Holds released, and the next pass sends what no other hold keeps: ",
	"run":      "A pass was requested.",
	"stop":     "The pass is stopping: nothing more is sent.",
	"set":      "The pace has changed.",
	"requeue":  "Dead letters made pending again: ",
	"drop":     "Dead letters dropped: ",
	"withdraw": "Batch withdrawn; task IDs that are not deleted now: ",
}

func said(key string, n int64) string {
	switch key {
	case "requeue", "release", "drop", "withdraw":
		return done[key] + humanize.Comma(n) + "."
	}
	return done[key]
}

// who is who asks: as the form says, or from where the request comes.
func who(r *http.Request) string {
	return cmp.Or(words(r, "by"), "the status page ("+cmp.Or(r.RemoteAddr, "socket")+")")
}

// mostWords bounds what the ledger keeps of an operator's words, in bytes.
const mostWords = 1 << 10

// Words is what an operator says as it is kept for people: in one line, without characters
// that would control a terminal, and not too long.
func Words(text string) string {
	text = strings.Map(func(c rune) rune {
		if unicode.IsPrint(c) {
			return c
		}
		return ' '
	}, strings.ToValidUTF8(text, ""))
	text = strings.Join(strings.Fields(text), " ")
	return strings.ToValidUTF8(text[:min(len(text), mostWords)], "") // a character may have been cut
}

// words reads a field of the form that is kept for people.
func words(r *http.Request, name string) string { return Words(r.PostForm.Get(name)) }

// pause pauses for the time that the form gives, if it gives one.
func pause(c Control, r *http.Request) (string, int64, error) {
	p := Pause{By: who(r), Reason: words(r, "reason"), Since: time.Now()}
	if text := strings.TrimSpace(r.PostForm.Get("for")); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 {
			return "", 0, badRequest{errors.New("for must be a time above 0, such as 90m or 8h")}
		}
		p.Until = p.Since.Add(d)
	}
	return "pause", 0, c.Pause(r.Context(), p)
}

// release requires a reason and an explicit choice.
func release(c Control, r *http.Request) (string, int64, error) {
	which, whole := queue.Holds{Batch: r.PostForm.Get("batch"), All: r.PostForm.Get("all") == "yes"}, r.PostForm.Get("whole") == "yes"
	how := queue.Release{At: time.Now(), By: who(r), Reason: words(r, "reason")}
	chosen := 0
	for _, is := range []bool{which.Batch != "", which.All, whole} {
		if is {
			chosen++
		}
	}
	switch {
	case chosen != 1:
		return "", 0, badRequest{errors.New("choose which: give a batch, whole=yes for the hold of the whole ledger, or all=yes")}
	case how.Reason == "":
		return "", 0, badRequest{errors.New("say why: a release needs a reason")}
	}
	n, err := c.Release(r.Context(), which, how)
	return "release", n, err
}

// badRequest is an error that the client can correct.
type badRequest struct{ error }

func set(c Control, r *http.Request) (string, int64, error) {
	rate, err := number(r, "rate", func(s string) (float64, error) { return strconv.ParseFloat(s, 64) })
	if err != nil {
		return "", 0, err
	}
	workers, err := number(r, "workers", strconv.Atoi)
	if err != nil {
		return "", 0, err
	}
	if rate == 0 && workers == 0 {
		return "", 0, badRequest{errors.New("nothing to change: give a rate, workers or both")}
	}
	if err := c.Set(rate, workers); err != nil {
		return "", 0, badRequest{err}
	}
	return "set", 0, nil
}

// number reads a positive number from the form; 0 when the field is empty.
func number[N int | float64](r *http.Request, name string, parse func(string) (N, error)) (N, error) {
	text := strings.TrimSpace(r.PostForm.Get(name))
	if text == "" {
		return 0, nil
	}
	n, err := parse(text)
	if err == nil && n > 0 && !math.IsInf(float64(n), 0) { // which not-a-number is not
		return n, nil
	}
	return 0, badRequest{fmt.Errorf("%s must be a number above 0", name)}
}

// requeue requires an explicit choice, so that a forgotten field does not requeue every
// dead letter.
func requeue(c Control, r *http.Request) (string, int64, error) {
	f, err := chosenLetters(r)
	if err != nil {
		return "", 0, err
	}
	n, err := c.Requeue(r.Context(), f)
	return "requeue", n, err
}

// drop requires an explicit choice, too.
func drop(c Control, r *http.Request) (string, int64, error) {
	f, err := chosenLetters(r)
	if err != nil {
		return "", 0, err
	}
	n, err := c.Drop(r.Context(), f)
	return "drop", n, err
}

// chosenLetters are the dead letters that a form chooses: of those that a person was asked
// about, no more than had died when the question was asked.
func chosenLetters(r *http.Request) (queue.Filter, error) {
	f := queue.Filter{Code: r.PostForm.Get("code"), Batch: r.PostForm.Get("batch"), ID: r.PostForm.Get("id")}
	if (f == queue.Filter{}) != (r.PostForm.Get("all") == "yes") {
		return f, badRequest{errors.New("choose which: give a code, a batch, an id or several of them, or all=yes")}
	}
	if at := askedAt(r); !at.IsZero() {
		f.OlderThan = max(time.Since(at), time.Millisecond)
	}
	return f, nil
}

// withdraw requires a reason, as the ledger keeps it.
func withdraw(c Control, r *http.Request) (string, int64, error) {
	batch, reason := r.PostForm.Get("batch"), words(r, "reason")
	switch {
	case batch == "":
		return "", 0, badRequest{errors.New("choose which: give a batch")}
	case reason == "":
		return "", 0, badRequest{errors.New("say why: a withdrawal needs a reason")}
	}
	w, err := c.Withdraw(r.Context(), batch, reason+", by "+who(r))
	return "withdraw", w.Withdrawn, err
}

// control does an action if the client may ask for it, and logs the request.
func (e *endpoint) control(path string, act action) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		re := e.act(w, r, path, act)
		log := e.o.Log.With(zap.String("path", path), zap.String("from", r.RemoteAddr), zap.Bool("socket", e.trusted), zap.Int("status", re.code))
		switch {
		case re.ask != "":
			log.Debug("control asks first")
		case re.ok():
			log.Info("control", zap.String("said", re.text))
		default:
			log.Warn("control refused", zap.String("said", re.text))
		}
		e.answer(w, r, re)
	})
}

// noControl is the answer of a server that has no Control.
const noControl = "this server offers no control"

// maxForm is more bytes than any form of ours has.
const maxForm = 64 << 10

func (e *endpoint) act(w http.ResponseWriter, r *http.Request, path string, act action) reply {
	if e.o.Control == nil {
		return reply{code: http.StatusForbidden, text: noControl}
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return reply{code: http.StatusBadRequest, text: "read the form: " + err.Error()}
	}
	if text, at, err := question(e, path, r); err != nil {
		return refusedFor(err)
	} else if text != "" {
		return reply{code: http.StatusOK, ask: text, asked: at}
	}
	if code, err := e.guard.admit(r); err != nil {
		return reply{code: code, text: err.Error()}
	}
	key, n, err := act(e.o.Control, r)
	e.shown.stale()
	if err != nil {
		return refusedFor(err)
	}
	return reply{code: http.StatusOK, key: key, n: n, text: said(key, n)}
}

// refusedFor is the answer to a request that an error keeps from being done.
func refusedFor(err error) reply {
	code := http.StatusConflict
	if _, ok := errors.AsType[badRequest](err); ok {
		code = http.StatusBadRequest
	}
	return reply{code: code, text: err.Error()}
}

// reply is the answer to a control request.
type reply struct {
	code  int
	text  string
	key   string // of done; empty for a refusal
	n     int64
	ask   string // what is to be agreed to first, and when it was asked; empty is nothing
	asked time.Time
}

func (re reply) ok() bool { return re.key != "" }

// answer sends a browser the page with the result on top, and other clients JSON.
func (e *endpoint) answer(w http.ResponseWriter, r *http.Request, re reply) {
	if re.code == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="cleaner control"`)
	}
	switch html := strings.Contains(r.Header.Get("Accept"), "text/html"); {
	case html && re.ask != "":
		confirm(e, w, r, re)
	case re.ask != "":
		writeJSON(w, re.code, map[string]any{"ask": re.ask, "asked": re.asked.UnixMilli()})
	case html && re.ok():
		q := url.Values{"done": {re.key}, "n": {strconv.FormatInt(re.n, 10)}}
		http.Redirect(w, r, "/?"+q.Encode(), http.StatusSeeOther)
	case html:
		e.render(w, r, re.code, notice{Text: "Not done: " + re.text + ".", Bad: true})
	case re.ok():
		writeJSON(w, re.code, map[string]any{"done": re.key, "count": re.n, "message": re.text})
	default:
		writeJSON(w, re.code, map[string]string{"error": re.text})
	}
}
