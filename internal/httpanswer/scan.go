package httpanswer

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// scan collects what a JSON document says about success and failure. It reads
// token by token and not into a struct, because a struct would drop the first of
// two equal keys, and with it perhaps the error code.
//
// Three services and a gateway write errors in their own ways: {"error_code",
// "error_msg"}, {"code","message"}, either of them inside another object, and
// {"httpStatus","result","status"}. All are recognised at any depth.
type scan struct {
	dec   *json.Decoder
	codes []foundCode
	// failed says that the answer reports an error, by code or otherwise.
	failed bool
	// message is the text of the outermost message; depth is where it stood.
	message string
	depth   int
	// right are the members of a success envelope that were found to be so;
	// wrong says that one was not.
	right []string
	wrong bool
	// task says that the outermost object has the status of a task, and running
	// that the status is that of a check that is running.
	task, running bool
	texts
}

// texts are what may speak of throttling. Words are the messages and the names of
// errors; hints name an error only if the document reports one.
type texts struct{ words, hints []string }

// maxWords bounds the words that are kept of an answer.
const maxWords = 16

// foundCode is an error code and how deep in the document it was.
type foundCode struct {
	code  string
	depth int
}

// success is the envelope of the v3 interface when a task was deleted (API
// Reference, DeleteTaskV3).
var success = map[string]json.Token{"httpStatus": "OK", "result": true, "status": "success"}

// scanJSON scans a valid JSON document.
func scanJSON(text []byte) *scan {
	s := &scan{dec: json.NewDecoder(bytes.NewReader(text))}
	s.dec.UseNumber()
	s.value("", 0)
	return s
}

// isSuccess reports whether the document is a success envelope, whole and
// without contradiction.
func (s *scan) isSuccess() bool {
	return len(s.right) == len(success) && !s.wrong && !s.failed && len(s.codes) == 0
}

// sortedCodes returns the codes, each once, the outermost first.
func (s *scan) sortedCodes() []string {
	slices.SortStableFunc(s.codes, func(a, b foundCode) int { return a.depth - b.depth })
	var codes []string
	for _, c := range s.codes {
		if !slices.Contains(codes, c.code) && len(codes) < maxCodes {
			codes = append(codes, c.code)
		}
	}
	return codes
}

// value reads the next value, which stands under key. The elements of an array
// stand under the array's key. The document is valid, so Token cannot fail.
func (s *scan) value(key string, depth int) {
	token, _ := s.dec.Token()
	if depth == 1 {
		s.envelope(key, token)
	}
	open, nested := token.(json.Delim)
	if !nested {
		s.scalar(key, depth, token)
		return
	}
	if isErrorKey(key) && s.dec.More() {
		s.failed = true
	}
	for s.dec.More() {
		inner := key
		if open == '{' {
			name, _ := s.dec.Token()
			inner, _ = name.(string)
		}
		s.value(inner, depth+1)
	}
	_, _ = s.dec.Token() // the closing bracket
}

// envelope compares a member of the outermost object with the success envelope,
// and with what shows a task (API Reference, ShowProgressDetail).
func (s *scan) envelope(key string, token json.Token) {
	if n, ok := token.(json.Number); ok && key == "task_status" {
		s.task, s.running = true, s.running || n == "0"
	}
	want, known := success[key]
	switch {
	case !known:
	case token != want:
		s.wrong = true
	case !slices.Contains(s.right, key):
		s.right = append(s.right, key)
	}
}

// scalar takes in a string, number, truth value or null.
func (s *scan) scalar(key string, depth int, token json.Token) {
	text := scalarText(token)
	if text == "" {
		return
	}
	s.word(plain(key), text)
	switch name := plain(key); {
	case name == "errorcode" || name == "errcode" || name == "code":
		s.code(text, depth)
	case name == "errormsg" || name == "errormessage" || name == "message" || name == "msg":
		s.text(text, depth)
	case isErrorKey(key) && text != "false":
		s.failed = true
		s.text(text, depth)
	case name == "status" && isFailure(text):
		s.failed = true
	}
}

// word keeps what may mean throttling.
func (t *texts) word(name, text string) {
	switch name {
	case "errorcode", "errcode", "code", "errormsg", "errormessage", "message", "msg", "error", "errors", "errordescription":
		if len(t.words) < maxWords {
			t.words = append(t.words, text)
		}
	case "title", "type", "errortype", "reason", "status", "detail":
		if len(t.hints) < maxWords {
			t.hints = append(t.hints, text)
		}
	}
}

// throttled reports whether the document mentions throttling.
func (s *scan) throttled() bool {
	return saysThrottled(s.words...) || s.failed && saysThrottled(s.hints...)
}

// code takes in an error code. One that is a number, as IAM's are, is an HTTP
// status and no code of the service, but reports an error all the same.
func (s *scan) code(text string, depth int) {
	s.failed = true
	if code := strings.TrimSpace(text); isCode(code) && len(s.codes) < 4*maxCodes {
		s.codes = append(s.codes, foundCode{code, depth})
	}
}

// text takes in a message and keeps the outermost, the first of equals.
func (s *scan) text(text string, depth int) {
	if s.message == "" || depth < s.depth {
		s.message, s.depth = text, depth
	}
}

// scalarText returns a scalar as text: "" for null, the digits of a number.
func scalarText(token json.Token) string {
	switch t := token.(type) {
	case string:
		return t
	case json.Number:
		return t.String()
	case bool:
		if t {
			return "true"
		}
		return "false"
	default:
		return ""
	}
}

// isCode reports whether text can be a code of a service: a letter, then
// letters, digits, dots and the like.
func isCode(text string) bool {
	if text == "" || len(text) > maxCode || !isCodeByte(text[0]) || text[0] < 'A' || text[0] == '_' {
		return false
	}
	return strings.IndexFunc(text, func(r rune) bool {
		return r > '~' || !isCodeByte(byte(r)) && r != '.'
	}) < 0
}

// isCodeByte reports whether b may stand in a code, dots aside.
func isCodeByte(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b == '-' || b == '_'
}

// isErrorKey reports whether key is the name of an error as a whole.
func isErrorKey(key string) bool {
	name := plain(key)
	return name == "error" || name == "errors"
}

// isFailure reports whether the text of a status says that something went wrong.
func isFailure(text string) bool {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "error", "failed", "fail", "failure":
		return true
	default:
		return false
	}
}

// plain brings the spellings of a key together: error_code, errorCode and
// Error-Code are one.
func plain(key string) string {
	return strings.ToLower(strings.ReplaceAll(strings.ReplaceAll(key, "_", ""), "-", ""))
}
