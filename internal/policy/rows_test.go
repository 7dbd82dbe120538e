package policy

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"cleaner/internal/answer"
)

// kebab is the form of a row's name.
var kebab = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func TestRowsAreWellFormed(t *testing.T) {
	rows := DefaultTable().Rows()
	seen := map[string]bool{}
	for _, r := range rows {
		switch {
		case !kebab.MatchString(r.Name), seen[r.Name]:
			t.Errorf("row %q: the name is taken or no kebab", r.Name)
		case !r.Verdict.known(), !validPattern(r.Code):
			t.Errorf("row %s: verdict %q, code %q", r.Name, r.Verdict, r.Code)
		case r.Why == "", r.Source == "":
			t.Errorf("row %s lacks its reason or its source", r.Name)
		case (r.Verdict == Halt || r.Verdict == Auth) && r.Do == "":
			t.Errorf("row %s blames the run and does not say what to do", r.Name)
		case (r.Verdict == Halt || r.Verdict == Auth) != (r.Blames != SuspectNone):
			t.Errorf("row %s says %s and blames %q", r.Name, r.Verdict, r.Blames)
		case r.Verdict == Doubt && !r.Lost:
			t.Errorf("row %s is in doubt and not lost", r.Name)
		case r.Accepted && r.Verdict != Doubt, r.Behind && r.Verdict != Again:
			t.Errorf("row %s says %s and has a mark that does not go with it", r.Name, r.Verdict)
		case (r.Verdict == Deleted) != (r.Name == "deleted"):
			t.Errorf("row %s says deleted", r.Name)
		case r.Wraps && r.Code == "":
			t.Errorf("row %s wraps codes without one of its own", r.Name)
		}
		seen[r.Name] = true
	}
	if last := rows[len(rows)-1]; last.Fault != anyFault || last.Verdict != Never {
		t.Errorf("the last row is %s, not one that catches all", last.Name)
	}
}

// TestGoldenRulings shows each row's example and what becomes of it.
func TestGoldenRulings(t *testing.T) {
	table := DefaultTable()
	var b strings.Builder
	for _, r := range table.Rows() {
		a := r.Example()
		got := table.Judge(a)
		if got.Row != r.Name {
			t.Errorf("the example of row %s is decided by row %s", r.Name, got.Row)
		}
		fmt.Fprintf(&b, "%s: fault %q, status %d, body %q, codes %q -> %s, code %q, slow %v, lost %v, blames %q, accepted %v, behind %v\n",
			r.Name, a.Fault, a.Status, a.Body, a.Codes, got.Verdict, got.Code, got.Slow, got.Lost, got.Blames, got.Accepted, got.Behind)
	}
	golden(t, "rulings.golden", b.String())
}

func TestExamplesOfAddedRows(t *testing.T) {
	table, err := DefaultTable().With(
		Row{Name: "a", Status: Is(418), Verdict: Again},
		Row{Name: "b", Code: "CC.00050099", Verdict: Later},
		Row{Name: "c", Status: Is(404), Verdict: Gone},
		Row{Name: "d", Status: Class(4), Code: "DEV", Verdict: Gone},
	)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range table.Rows()[:4] {
		if got := table.Judge(r.Example()); got.Row != r.Name {
			t.Errorf("the example of row %s is decided by row %s", r.Name, got.Row)
		}
	}
}

// bodies are all kinds of body, and one that nobody knows.
var bodies = []answer.Body{
	answer.BodyNone, answer.BodyEmpty, answer.BodyNull, answer.BodySuccess, answer.BodyCoded, answer.BodyFailed,
	answer.BodyTask, answer.BodyJSON, answer.BodyHTML, answer.BodyText, answer.BodyTooBig, answer.BodyCompressed, "mush",
}

// someCodes are codes of all kinds: none at all, unknown ones, and each that a
// row names.
func someCodes() []string {
	named := map[string]bool{}
	for _, r := range DefaultTable().Rows() {
		if r.Code != "" {
			named[exampleCode(r.Code)] = true
		}
	}
	return append(slices.Sorted(maps.Keys(named)), "", "CC.12345678", "APIGW.9999", "IAM.9999", "nonsense")
}

// mayBeDeleted is the promise, said a second time and not by the table.
func mayBeDeleted(a answer.Answer) bool {
	return a.Fault == answer.FaultNone && len(a.Codes) == 0 &&
		a.Status == 200 && (a.Body == answer.BodyNull || a.Body == answer.BodySuccess)
}

// mayBeGone is the other promise: the service's own code under 404 or 410.
func mayBeGone(a answer.Answer) bool {
	return a.Fault == answer.FaultNone && (a.Status == 404 || a.Status == 410) && strings.HasPrefix(a.Code(), "CC.")
}

// broken says what is wrong with a ruling, of all that holds for every one; ""
// when nothing is.
func broken(a answer.Answer, got Ruling) string {
	switch {
	case !got.Verdict.known(), got.Row == "", got.Why == "":
		return "no ruling"
	case (got.Verdict == Deleted) != mayBeDeleted(a):
		return "a false success, or a success not believed"
	case got.Verdict == Gone && !mayBeGone(a):
		return "gone without the service's word"
	case a.Fault == answer.FaultNone && a.Status == 429 && got.Verdict != Later:
		return "throttled, and not later"
	case got.Verdict == Doubt && !got.Lost:
		return "in doubt, and not lost"
	case a.Throttled && got.Verdict == Gone:
		return "gone by words of throttling"
	case got.Code != "" && !slices.Contains(a.Codes, got.Code):
		return "decided by a code that the answer does not carry"
	default:
		return ""
	}
}

// TestEveryThrottleIsJudged goes through every status and kind of body of answers
// that tell of throttling by their wait, by their words, or by both.
func TestEveryThrottleIsJudged(t *testing.T) {
	table := DefaultTable()
	for status := 0; status <= 600; status++ {
		for _, body := range bodies {
			for _, code := range []string{"", "CC.00050010", "CC.00050099", "APIGW.0302", "APIGW.9999"} {
				for _, a := range []answer.Answer{{RetryAfter: 1}, {Throttled: true}, {RetryAfter: 1, Throttled: true}} {
					a.Status, a.Body = status, body
					if code != "" {
						a.Codes = []string{code}
					}
					if wrong := broken(a, table.Judge(a)); wrong != "" {
						t.Fatalf("%s: %+v: %+v", wrong, a, table.Judge(a))
					}
				}
			}
		}
	}
}

// TestEveryAnswerIsJudged goes through every status, every kind of body, and no
// code, unknown codes and every known one.
func TestEveryAnswerIsJudged(t *testing.T) {
	table := DefaultTable()
	codes := someCodes()
	for status := 0; status <= 600; status++ {
		for _, body := range bodies {
			for i := range len(codes) + 1 {
				a := answer.Answer{Status: status, Body: body}
				if i < len(codes) {
					a.Codes = codes[i : i+1]
				}
				if wrong := broken(a, table.Judge(a)); wrong != "" {
					t.Fatalf("%s: %+v: %+v", wrong, a, table.Judge(a))
				}
			}
		}
	}
}

// TestEveryPairOfCodesIsJudged wraps each code in each, with a suffix.
func TestEveryPairOfCodesIsJudged(t *testing.T) {
	table := DefaultTable()
	codes := someCodes()
	for _, status := range []int{0, 200, 202, 302, 400, 401, 404, 429, 500} {
		for _, outer := range codes {
			for _, inner := range codes {
				a := coded(status, outer, inner+".500")
				if wrong := broken(a, table.Judge(a)); wrong != "" {
					t.Fatalf("%s: %+v: %+v", wrong, a, table.Judge(a))
				}
			}
		}
	}
}

func TestNoFaultIsDeletedOrGone(t *testing.T) {
	table := DefaultTable()
	faults := []answer.Fault{
		answer.FaultTimeout, answer.FaultReset, answer.FaultCut, answer.FaultConnect, answer.FaultDNS, answer.FaultTLS,
		answer.FaultLogin, answer.FaultRefused, answer.FaultInvalid, answer.FaultCanceled, answer.FaultStopped, answer.FaultDryRun, answer.FaultProxy, answer.FaultNoHost, "flood",
	}
	for _, fault := range faults {
		for _, status := range []int{0, 200, 204, 404} {
			for _, body := range bodies {
				a := answer.Answer{Fault: fault, Status: status, Body: body, Codes: []string{"CC.00050017"}}
				got := table.Judge(a)
				if wrong := broken(a, got); wrong != "" {
					t.Errorf("%s: %+v: %+v", wrong, a, got)
				}
				if known := fault != "flood"; known == (got.Row == "unknown") {
					t.Errorf("fault %q is decided by row %s", fault, got.Row)
				}
			}
		}
	}
}

// FuzzJudge holds Judge to the promises for answers that nobody has listed.
func FuzzJudge(f *testing.F) {
	f.Add(200, "null", "", "", "")
	f.Add(200, "success", "", "CC.00050006", "CC.00050010.500")
	f.Add(404, "coded", "", "CC.00050017", "")
	f.Add(404, "coded", "", "APIGW.0101", "CC.00050017")
	f.Add(200, "null", "cut", "", "")
	table := DefaultTable()
	f.Fuzz(func(t *testing.T, status int, body, fault, outer, inner string) {
		a := answer.Answer{Status: status, Body: answer.Body(body), Fault: answer.Fault(fault)}
		for _, code := range []string{outer, inner} {
			if code != "" {
				a.Codes = append(a.Codes, code)
			}
		}
		for range 4 { // with and without a wait, and words of throttling
			got := table.Judge(a)
			if wrong := broken(a, got); wrong != "" {
				t.Errorf("%s: %+v: %+v", wrong, a, got)
			}
			if again := table.Judge(a); again != got {
				t.Errorf("%+v: judged %+v, then %+v", a, got, again)
			}
			a.Throttled = !a.Throttled
			if !a.Throttled {
				a.RetryAfter = time.Second - a.RetryAfter
			}
		}
	})
}
