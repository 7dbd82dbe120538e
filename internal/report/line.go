package report

import (
	"encoding/json"
	"strconv"
	"time"
)

// append appends r to b as encoding/json would write it, but without the key chain,
// which seal adds. It avoids reflection, which takes several times as long, because there
// is a line for each task ID.
func (r Result) append(b []byte) (_ []byte, err error) {
	b = appendText(append(b, `{"id":`...), r.ID)
	b = appendText(append(b, `,"outcome":`...), r.Outcome)
	b = appendText(append(b, `,"reason":`...), r.Reason)
	b = appendText(append(b, `,"code":`...), r.Code)
	b = strconv.AppendInt(append(b, `,"status":`...), int64(r.Status), 10)
	b = strconv.AppendInt(append(b, `,"attempts":`...), int64(r.Attempts), 10)
	b = append(b, `,"first_at":`...)
	if r.FirstAt == nil {
		b = append(b, "null"...)
	} else if b, err = appendTime(b, *r.FirstAt); err != nil {
		return b, err
	}
	if b, err = appendTime(append(b, `,"settled_at":`...), r.SettledAt); err != nil {
		return b, err
	}
	b = appendText(append(b, `,"request_id":`...), r.RequestID)
	b = appendText(append(b, `,"batch":`...), r.Batch)
	if r.RequestedReason != "" {
		b = appendText(append(b, `,"requested_reason":`...), r.RequestedReason)
	}
	if r.RequestedBy != "" {
		b = appendText(append(b, `,"requested_by":`...), r.RequestedBy)
	}
	return append(b, '}'), nil
}

// appendText appends s as a JSON string.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if !isPlain(s[i]) {
			quoted, _ := json.Marshal(s) // a string cannot fail
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// isPlain reports whether c needs no escaping in a JSON string.
func isPlain(c byte) bool {
	switch c {
	case '"', '\\', '<', '>', '&':
		return false
	default:
		return ' ' <= c && c <= '~'
	}
}

// appendTime appends t as a JSON string; a year that does not have four digits
// is an error.
func appendTime(b []byte, t time.Time) ([]byte, error) {
	b, err := t.AppendText(append(b, '"'))
	return append(b, '"'), err
}
