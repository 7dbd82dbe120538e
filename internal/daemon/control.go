package daemon

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"go.uber.org/zap"
)

// action does what a POST asks for and returns what was done: a key of done, and
// a number if it counts something.
type action func(c Control, r *http.Request) (key string, n int64, err error)

var actions = map[string]action{
	"/control/pause":  func(c Control, _ *http.Request) (string, int64, error) { c.Pause(); return "pause", 0, nil },
	"/control/resume": func(c Control, _ *http.Request) (string, int64, error) { c.Resume(); return "resume", 0, nil },
	"/control/stop":   func(c Control, _ *http.Request) (string, int64, error) { return "stop", 0, c.Stop() },
	"/control/run":    func(c Control, _ *http.Request) (string, int64, error) { return "run", 0, c.RunNow() },
	"/control/set":    set,
	"/dead/requeue":   requeue,
}

// done is what is said after each action. The page says nothing that is not here:
// its address chooses among these and no more.
var done = map[string]string{
	"pause":   "Paused: schedules start nothing until you resume.",
	"resume":  "Resumed: schedules start passes again.",
	"run":     "A pass was asked for.",
	"stop":    "The pass is asked to stop: nothing more is sent.",
	"set":     "The pace was changed.",
	"requeue": "Dead letters made pending again: ",
}

func said(key string, n int64) string {
	if key == "requeue" {
		return done[key] + grouped(n) + "."
	}
	return done[key]
}

// badRequest is an error that the one who asked can mend.
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

// number reads a positive number from the form; 0 is none given.
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

// requeue wants a choice to be named, so that a forgotten field does not touch
// every dead letter.
func requeue(c Control, r *http.Request) (string, int64, error) {
	code, batch := r.PostForm.Get("code"), r.PostForm.Get("batch")
	if (code == "" && batch == "") != (r.PostForm.Get("all") == "yes") {
		return "", 0, badRequest{errors.New("choose which: code and batch narrow, or all=yes")}
	}
	n, err := c.Requeue(r.Context(), code, batch)
	return "requeue", n, err
}

// control has an action done for those who may ask for it, and logs who did.
func (a *admin) control(path string, act action) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		re := a.act(w, r, act)
		log := a.o.Log.With(zap.String("path", path), zap.String("from", r.RemoteAddr), zap.Bool("socket", a.trusted), zap.Int("status", re.code))
		if re.ok() {
			log.Info("control", zap.String("said", re.text))
		} else {
			log.Warn("control refused", zap.String("said", re.text))
		}
		a.answer(w, r, re)
	})
}

// maxForm is more than any form of ours, in bytes.
const maxForm = 64 << 10

func (a *admin) act(w http.ResponseWriter, r *http.Request, act action) reply {
	if a.o.Control == nil {
		return reply{code: http.StatusForbidden, text: "there is nothing here to control"}
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return reply{code: http.StatusBadRequest, text: "read the form: " + err.Error()}
	}
	if code, err := a.admit(r); err != nil {
		return reply{code: code, text: err.Error()}
	}
	key, n, err := act(a.o.Control, r)
	a.shown.stale()
	if err != nil {
		code := http.StatusConflict
		if _, ok := errors.AsType[badRequest](err); ok {
			code = http.StatusBadRequest
		}
		return reply{code: code, text: err.Error()}
	}
	return reply{code: http.StatusOK, key: key, n: n, text: said(key, n)}
}

// reply is the answer to a control request.
type reply struct {
	code int
	text string
	key  string // of what was done; empty for a refusal
	n    int64
}

func (re reply) ok() bool { return re.key != "" }

// answer gives a browser the page, with what was done or why not on top of it,
// and everybody else JSON.
func (a *admin) answer(w http.ResponseWriter, r *http.Request, re reply) {
	if re.code == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="cleaner control"`)
	}
	switch html := strings.Contains(r.Header.Get("Accept"), "text/html"); {
	case html && re.ok():
		q := url.Values{"done": {re.key}, "n": {strconv.FormatInt(re.n, 10)}}
		http.Redirect(w, r, "/?"+q.Encode(), http.StatusSeeOther)
	case html:
		a.render(w, r, re.code, notice{Text: "Not done: " + re.text + ".", Bad: true})
	case re.ok():
		writeJSON(w, re.code, map[string]any{"done": re.key, "count": re.n, "message": re.text})
	default:
		writeJSON(w, re.code, map[string]string{"error": re.text})
	}
}
