package policy

import (
	"slices"
	"time"

	"cleaner/internal/answer"
)

// anyFault matches every fault and none. Only the last row of a table has it.
const anyFault answer.Fault = "any"

// Row is one line of the verdict table: which answers it matches, and what they
// mean. It matches when all of its conditions hold; the zero value of Status,
// Code, Bodies, Waits and Says is no condition.
type Row struct {
	// Name is unique in its table, in words joined by hyphens.
	Name string
	// Fault is the fault to match; FaultNone matches whole answers alone.
	Fault answer.Fault
	// Status is the set of HTTP statuses to match.
	Status Statuses
	// Code is a pattern for error codes: CC.00050010 matches that code with and without a
	// dot suffix, *.0308 that number of any service, CC every code of that service. APIGW
	// and APIG count as one.
	Code string
	// Bodies are the kinds of body to match.
	Bodies []answer.Body
	// Waits matches an answer that names a wait in its header, Says one whose text says
	// that it throttles.
	Waits, Says bool
	// Verdict is what a matching answer means.
	Verdict Verdict
	// Wraps says that the code wraps others: a code inside it that has a row of
	// its own decides first.
	Wraps bool
	// Slow says that every worker has to slow down.
	Slow bool
	// Lost says that the request may have taken effect nevertheless.
	Lost bool
	// Blames is what the answer blames for a rejection.
	Blames Suspect
	// Accepted says that the service took the request and is going to act.
	Accepted bool
	// Behind says that the ID gets another turn after all others have had theirs.
	Behind bool
	// Once says that a pass asks for the ID no more than once: it counts as sent, and is
	// left pending.
	Once bool
	// Why explains the row to people; Do is what they can do about it, and may
	// be empty.
	Why, Do string
	// Source names the page or document that the row is based on.
	Source string

	// Own says that the row is an operator's; With sets it.
	Own bool
}

// matches reports whether the row matches a, of whose codes only code is looked
// at.
func (r *Row) matches(a *answer.Answer, code string) bool {
	return (r.Fault == a.Fault || r.Fault == anyFault) &&
		r.Status.Has(a.Status) &&
		(r.Code == "" || (code != "" && codeMatches(r.Code, code))) &&
		(r.Bodies == nil || slices.Contains(r.Bodies, a.Body)) &&
		(!r.Waits || a.RetryAfter > 0) &&
		(!r.Says || a.Throttled)
}

// rule is the ruling of the row on an answer with this code.
func (r *Row) rule(code string) Ruling {
	return Ruling{
		Verdict: r.Verdict, Row: r.Name, Code: code,
		Why: r.Why, Do: r.Do, Slow: r.Slow, Lost: r.Lost,
		Blames: r.Blames, Accepted: r.Accepted, Behind: r.Behind, Once: r.Once, Own: r.Own,
	}
}

// Example returns the simplest answer that the row decides in the default table, for
// rehearsals and for tests of the whole path.
func (r Row) Example() answer.Answer {
	if r.Fault == anyFault {
		return answer.Answer{Status: 600, Body: answer.BodyEmpty}
	}
	if r.Fault != answer.FaultNone {
		return answer.Answer{Fault: r.Fault}
	}
	a := answer.Answer{Status: 200, Body: answer.BodyEmpty, Throttled: r.Says}
	if r.Says {
		a.Body = answer.BodyFailed
	}
	if r.Waits {
		a.RetryAfter = time.Second
	}
	if len(r.Status) > 0 {
		a.Status = r.Status[0].Min
	}
	if len(r.Bodies) > 0 {
		a.Body = r.Bodies[0]
	}
	if r.Code != "" {
		a.Body = answer.BodyCoded
	}
	if a.Body == answer.BodyCoded {
		a.Codes = r.exampleCodes()
	}
	return a
}

func (r Row) exampleCodes() []string {
	switch {
	case r.Wraps:
		return []string{r.Code, exampleCode("CC")}
	case r.Code == "":
		return []string{exampleCode("CC")}
	default:
		return []string{exampleCode(r.Code)}
	}
}
