package sim

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Middlebox is a machine between the gateway and the service that begins, at some
// time, to answer a share of the DELETEs itself: with success and no body, and
// without passing them on. The zero value passes everything on.
type Middlebox struct {
	// Share is the share, from 0 to 1, of DELETE requests. It is drawn anew for each
	// request, so that another one for the same ID may get through.
	Share float64
	// AfterEffects and After are how many tasks must have been deleted, and how long
	// ago New must be, before it begins.
	AfterEffects int
	After        time.Duration
	// Status is what it answers, 200 or 204; 0 is 200.
	Status int
}

// validate reports all that is wrong with m.
func (m Middlebox) validate() error {
	var errs []error
	if !isShare(m.Share) {
		errs = append(errs, fmt.Errorf("middlebox share %v is not between 0 and 1", m.Share))
	}
	if m.AfterEffects < 0 || m.After < 0 {
		errs = append(errs, fmt.Errorf("middlebox begins after %d deletions and %s, of which one is negative", m.AfterEffects, m.After))
	}
	if m.Status != 0 && m.Status != http.StatusOK && m.Status != http.StatusNoContent {
		errs = append(errs, fmt.Errorf("middlebox status %d is neither 200 nor 204", m.Status))
	}
	return errors.Join(errs...)
}

// middlebox is a Middlebox in its place.
type middlebox struct {
	Middlebox
	salt  uint64 // under which it draws its requests
	start time.Time
	count *counters
}

// holds decides whether a request ends at the middlebox, and with what.
func (m *middlebox) holds(x *exchange) (rep reply, held bool) {
	if m.Share == 0 || x.op != OpDelete || m.count.effects.Load() < int64(m.AfterEffects) || time.Since(m.start) < m.After {
		return reply{}, false
	}
	if draw(m.salt+x.nth, x.ref.key) >= m.Share {
		return reply{}, false
	}
	// What the service would have added to its answer is not there either.
	rep = reply{status: http.StatusOK, header: http.Header{"Content-Type": nil, "X-Request-Id": nil}}
	if m.Status != 0 {
		rep.status = m.Status
	}
	return rep, true
}
