package policy

import "slices"

// anyFault matches every fault and none. Only the last row of a table has it.
const anyFault Fault = "any"

// Row is one line of the verdict table: which answers it matches, and what they
// mean. It matches when all four conditions hold; the zero value of Status,
// Code and Bodies is no condition.
type Row struct {
	// Name is unique in its table, in words joined by hyphens.
	Name string
	// Fault is the fault to match; FaultNone matches whole answers alone.
	Fault Fault
	// Status is the set of HTTP statuses to match.
	Status Statuses
	// Code is a pattern for error codes: CC.00050010 matches that code with and
	// without a dot suffix, *.0308 that number of any service, CC every code of
	// that service. APIGW and APIG are alike.
	Code string
	// Bodies are the kinds of body to match.
	Bodies []Body
	// Verdict is what a matching answer means.
	Verdict Verdict
	// Wraps says that the code wraps others: a code inside it that has a row of
	// its own decides first.
	Wraps bool
	// Slow says that every worker has to slow down.
	Slow bool
	// Lost says that the request may have taken effect all the same.
	Lost bool
	// Why explains the row to people; Do is what they can do about it, and may
	// be empty.
	Why, Do string
	// Source names the page or document the row rests on.
	Source string
}

// matches reports whether the row matches a, of whose codes only code is looked
// at.
func (r *Row) matches(a *Answer, code string) bool {
	return (r.Fault == a.Fault || r.Fault == anyFault) &&
		r.Status.Has(a.Status) &&
		(r.Code == "" || (code != "" && codeMatches(r.Code, code))) &&
		(r.Bodies == nil || slices.Contains(r.Bodies, a.Body))
}

// rule is the ruling of the row on an answer with this code.
func (r *Row) rule(code string) Ruling {
	return Ruling{
		Verdict: r.Verdict, Row: r.Name, Code: code,
		Why: r.Why, Do: r.Do, Slow: r.Slow, Lost: r.Lost,
	}
}

// Example returns an answer that the row decides in the default table, the
// simplest that there is: for rehearsals, and for tests of the whole path.
func (r Row) Example() Answer {
	if r.Fault == anyFault {
		return Answer{Status: 600, Body: BodyEmpty}
	}
	if r.Fault != FaultNone {
		return Answer{Fault: r.Fault}
	}
	a := Answer{Status: 200, Body: BodyEmpty}
	if len(r.Status) > 0 {
		a.Status = r.Status[0].Min
	}
	if len(r.Bodies) > 0 {
		a.Body = r.Bodies[0]
	}
	if r.Code != "" {
		a.Body = BodyCoded
	}
	if a.Body == BodyCoded {
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
