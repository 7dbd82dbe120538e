package policy

import (
	"errors"
	"fmt"
	"slices"

	"cleaner/internal/answer"
)

// Table is the verdict table: rows in order, of which the first that matches decides.
// DefaultTable and With make one; a Table never changes and is safe for concurrent use. The
// zero value has no rows and judges every answer Never.
type Table struct{ rows []Row }

// DefaultTable returns the built-in table. Its order matters:
//
//  1. a confirmed deletion, which no answer with a code can be;
//  2. throttling, under whatever code;
//  3. codes, whatever the status: HTTP 200 does not mean deleted, and 401 may
//     mean busy;
//  4. throttles that only their wait or their text shows;
//  5. statuses and kinds of body, for answers with unknown codes;
//  6. faults, and last a row for everything else.
func DefaultTable() *Table {
	return &Table{rows: slices.Concat(
		deletedRows(), throttleRows(),
		serviceRows(), gatewayRows(), iamRows(),
		waitRows(), absentRows(), successRows(), statusRows(),
		faultRows(), lastRows(),
	)}
}

// With returns a table in which extra comes before the rows of t; t does not change. It
// refuses rows that no operator may add, and reports all of them at once: a name that is
// missing or taken, the verdict deleted (no configuration can confirm a deletion) or an
// unknown one, an invalid code, gone without a code or a 4xx status, and a row that matches
// everything.
//
// A row that says gone without a code is confined to bodies without a code that the service
// itself can have sent: a gateway that knows no such path, and a proxy's page, answer 404
// as well.
func (t *Table) With(extra ...Row) (*Table, error) {
	taken := make(map[string]bool, len(t.rows)+len(extra))
	for _, r := range t.rows {
		taken[r.Name] = true
	}
	extra = slices.Clone(extra)
	var errs []error
	for i := range extra {
		r := &extra[i]
		if err := r.check(taken); err != nil {
			errs = append(errs, fmt.Errorf("add verdict row %q: %w", r.Name, err))
		}
		taken[r.Name] = true
		r.mark()
		if r.Verdict == Gone && r.Code == "" && r.Bodies == nil {
			r.Bodies = []answer.Body{answer.BodyEmpty, answer.BodyNull, answer.BodySuccess, answer.BodyFailed, answer.BodyJSON}
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return &Table{rows: slices.Concat(extra, t.rows)}, nil
}

// mark gives an operator's row the marks that its verdict always has.
func (r *Row) mark() {
	r.Own = true
	switch r.Verdict {
	case Doubt:
		r.Lost = true
	case Auth:
		r.Blames = SuspectCredential
	}
}

// check says why an operator may not add the row; nil when they may.
func (r *Row) check(taken map[string]bool) error {
	switch {
	case r.Name == "":
		return errors.New("it has no name: give it one")
	case taken[r.Name]:
		return errors.New("the name is taken: choose another")
	case r.Verdict == Deleted:
		return errors.New("a row cannot say deleted: only the service confirms a deletion")
	case !r.Verdict.known():
		return fmt.Errorf("verdict %q is unknown: use gone, again, doubt, later, auth, never or halt", r.Verdict)
	case !validPattern(r.Code):
		return fmt.Errorf("code %q is not SERVICE.NUMBER, *.NUMBER or SERVICE", r.Code)
	case r.Fault == anyFault, r.Fault == answer.FaultNone && r.Code == "" && r.Bodies == nil && r.Status.all() && !r.Waits && !r.Says:
		return errors.New("it matches every answer: give it a status or a code")
	case r.Verdict == Gone && (r.Fault != answer.FaultNone || (r.Code == "" && !r.Status.within(4))):
		return errors.New("gone needs a code or a 4xx status: login pages answer 200 as well")
	default:
		return nil
	}
}

// Rows returns a copy of the rows, in order.
func (t *Table) Rows() []Row { return slices.Clone(t.rows) }

// Judge says what a means. Every answer has a ruling, which depends on nothing but a and
// the table.
//
// The codes of a are tried from the outermost inwards, and the first that a row names
// decides. A code that wraps others decides only when no row names one of those inside it.
// Rows that name no code decide when no row names a code of a.
func (t *Table) Judge(a answer.Answer) Ruling {
	if len(a.Codes) > 0 {
		a.Body = answer.BodyCoded // whatever else it looked like
	}
	code := a.Code()
	row := t.first(&a, code)
	for _, c := range a.Codes {
		r := t.first(&a, c)
		if namesCode(r.Code) && !r.Wraps {
			return r.rule(c)
		}
		if r.Wraps && !row.Wraps {
			row, code = r, c
		}
	}
	return row.rule(code)
}

// first returns the first row that matches a with this code.
func (t *Table) first(a *answer.Answer, code string) *Row {
	for i := range t.rows {
		if t.rows[i].matches(a, code) {
			return &t.rows[i]
		}
	}
	return &Row{Verdict: Never, Why: "no row of the verdict table matches the answer"}
}
