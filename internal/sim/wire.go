package sim

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// faultJSON is a Fault on the wire; its times are texts like "1m30s".
type faultJSON struct {
	Name   string      `json:"name"`
	On     Op          `json:"on,omitempty"`
	Share  *float64    `json:"share,omitempty"`
	Times  int         `json:"times,omitempty"`
	After  span        `json:"after,omitzero"`
	For    span        `json:"for,omitzero"`
	Delay  span        `json:"delay,omitzero"`
	Status int         `json:"status,omitempty"`
	Header http.Header `json:"header,omitempty"`
	Body   string      `json:"body,omitempty"`
	Action Action      `json:"action,omitempty"`
	Looks  bool        `json:"looks,omitempty"`
}

// span is a duration that is written as text.
type span time.Duration

// MarshalText implements encoding.TextMarshaler.
func (s span) MarshalText() ([]byte, error) { return []byte(time.Duration(s).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *span) UnmarshalText(b []byte) error {
	d, err := time.ParseDuration(string(b))
	*s = span(d)
	return err
}

// MarshalJSON writes f as POST /sim/faults reads it.
func (f Fault) MarshalJSON() ([]byte, error) {
	return json.Marshal(faultJSON{
		f.Name, f.On, &f.Share, f.Times, span(f.After), span(f.For), span(f.Delay),
		f.Status, f.Header, f.Body, f.action(), f.Looks,
	})
}

// UnmarshalJSON reads a text in the syntax of ParseFault, or an object whose
// keys are the fields' names in lower case and whose times are texts like
// "1m30s". A share that is not given is 1. An object with neither status, body
// nor action takes all three from the fault of that name in the catalogue.
func (f *Fault) UnmarshalJSON(b []byte) (err error) {
	var text string
	if json.Unmarshal(b, &text) == nil {
		*f, err = ParseFault(text)
		return err
	}
	// An unknown key is a slip of the pen that would change what is tested.
	var j faultJSON
	strict := json.NewDecoder(bytes.NewReader(b))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&j); err != nil {
		return fmt.Errorf("read fault: %w", err)
	}
	*f, err = j.fault()
	return err
}

// fault is what j stands for. A bare name must be one of the catalogue's: it
// would otherwise mean an empty 200 without effect, which nobody asks for by
// leaving things out.
func (j faultJSON) fault() (Fault, error) {
	f := Fault{
		j.Name, j.On, 1, j.Times, time.Duration(j.After), time.Duration(j.For), time.Duration(j.Delay),
		j.Status, j.Header, j.Body, j.Action, j.Looks,
	}
	if j.Share != nil {
		f.Share = *j.Share
	}
	if j.Status != 0 || j.Body != "" || j.Action != "" {
		return f, nil
	}
	c, err := named(j.Name)
	if err != nil {
		return Fault{}, fmt.Errorf("read fault without status, body and action: %w", err)
	}
	f.Status, f.Body, f.Action, f.Looks = c.Status, c.Body, c.Action, c.Looks
	f.On = cmp.Or(f.On, c.On)
	if f.Header == nil {
		f.Header = c.Header
	}
	return f, nil
}
