package source

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// idLength is how many hexadecimal digits the service's task IDs have.
const idLength = 32

// Fold returns id as the ledger is to know it: in lower case if it is 32 hexadecimal
// digits, as the service spells its IDs, and otherwise as it stands, for any other ID may
// mean another thing in another case.
func Fold(id string) string {
	if len(id) != idLength {
		return id
	}
	for i := range len(id) {
		if c := id[i] | 0x20; !isDigit(id[i]) && (c < 'a' || c > 'f') {
			return id
		}
	}
	return strings.ToLower(id)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// sieve tells the task IDs of one source from what is none, and keeps that.
type sieve struct {
	name    string
	path    string // as it was given to Open
	opt     Options
	stats   Stats
	rejects rejects
	before  int  // the length of the last valid ID
	said    said // with the last valid ID
	unsaid  bool // see Source.Unsaid
}

// judge returns the valid ID that r names; none when r is rejected. An error refuses
// the source as a whole.
func (s *sieve) judge(r record) (id string, err error) {
	id = Fold(r.id)
	if r.fault == "" {
		r.fault = s.faultOf(id)
	}
	if r.fault != "" {
		return "", s.reject(r)
	}
	if r.torn || r.open && len(id) < s.before {
		return "", errTorn
	}
	if lostDigits(id) {
		return "", s.ruin(r, errChanged)
	}
	for _, other := range r.also {
		if v := Fold(other.value); v != id && s.faultOf(v) == "" {
			return "", at(r.line, &ambiguousError{other.names})
		}
	}
	s.stats.Valid++
	s.before, s.said = len(id), said{}
	if s.opt.Said {
		s.said = r.said
	}
	s.unsaid = s.unsaid || r.more || s.said != r.said
	return id, nil
}

// faultOf returns why id is no task ID; nothing when it is one.
func (s *sieve) faultOf(id string) string {
	if id == "" {
		return "no task ID"
	}
	if err := s.opt.Check(id); err != nil {
		return err.Error()
	}
	return ""
}

// reject keeps r. The error is of what no further line can make good.
func (s *sieve) reject(r record) error {
	if (r.torn || r.open) && s.stats.Valid > 0 {
		return errTorn
	}
	switch {
	case s.isChanged(r.id):
		return s.ruin(r, errChanged)
	case isURL(r.id):
		return s.ruin(r, &conversion{
			problem: "it holds addresses and not task IDs", command: `grep -oE 'tasks?/[0-9a-f]{32}' %s | cut -d/ -f2 > ids.txt`,
		})
	}
	s.put(r)
	if s.hopeless() {
		return s.refused(true)
	}
	return nil
}

// put counts a rejected line.
func (s *sieve) put(r record) {
	s.stats.Rejected++
	s.rejects.add(s.name, r)
}

// ruin rejects r and returns the error that refuses the source for it.
func (s *sieve) ruin(r record, err error) error {
	r.fault = err.Error()
	if c, ok := errors.AsType[*conversion](err); ok {
		r.fault = c.problem
	}
	s.put(r)
	return at(r.line, fmt.Errorf("%q: %w", printable([]byte(r.id)), s.named(err)))
}

// errChanged is why one ID refuses a source: the others may have gone the same way, and
// have the form of an ID still.
var errChanged = errors.New("a spreadsheet has taken a task ID for a number and changed it: " +
	"make the column one of text, fill it again from where the IDs come from, and export it again")

// aNumber is how spreadsheets write large numbers.
var aNumber = regexp.MustCompile(`^[1-9]([.,]\d{1,20})?[eE]\+?\d{1,3}$`)

// leastLost is how many digits of an ID that lost the zeros at its beginning are left
// at least: no number of a row has so many.
const leastLost = 16

// isChanged reports whether id, which is no valid one, is what a spreadsheet makes of
// one that looks like a number.
func (s *sieve) isChanged(id string) bool {
	if aNumber.MatchString(id) {
		return true
	}
	zeros := strings.Repeat("0", idLength)
	return len(id) >= leastLost && len(id) < idLength && strings.Trim(id, "0123456789") == "" && s.faultOf(zeros) == ""
}

// keptDigits is how many digits a spreadsheet keeps of a number.
const keptDigits = 17

// lostDigits reports whether id, a valid one, has the zeros behind it that stand for
// the digits that a spreadsheet does not keep.
func lostDigits(id string) bool {
	return len(id) == idLength && id[0] != '0' && id[idLength-1] == '0' && strings.Trim(id, "0123456789") == "" && len(strings.TrimRight(id, "0")) <= keptDigits
}

// isURL reports whether id is an address.
func isURL(id string) bool {
	scheme, _, found := strings.Cut(strings.ToLower(id), "://")
	return found && (scheme == "http" || scheme == "https")
}

// A source is hopeless once it has this many rejected lines, and they are this many
// times the share that may be rejected.
const (
	hopelessLines = 1000
	hopelessTimes = 10
)

// hopeless reports whether the share of rejected lines is so large that what may follow
// need not be read.
func (s *sieve) hopeless() bool {
	invalid, all := s.stats.Rejected, s.stats.Valid+s.stats.Rejected
	return invalid >= hopelessLines && float64(invalid) > hopelessTimes*s.opt.InvalidShare*float64(all)
}

// refused returns the error for too many rejected lines, before the end or at it.
func (s *sieve) refused(early bool) error {
	var first Reject
	if kept := s.rejects.kept; len(kept) > 0 {
		first = kept[0]
	}
	return &RefusedError{
		Source: s.name, Invalid: s.stats.Rejected, Lines: s.stats.Valid + s.stats.Rejected,
		Share: s.opt.InvalidShare, Early: early, First: first, Rejects: s.opt.Rejects,
	}
}
