package policy

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/answer"
)

// coded is a whole answer with these codes.
func coded(status int, codes ...string) answer.Answer {
	return answer.Answer{Status: status, Body: answer.BodyCoded, Codes: codes}
}

// plain is a whole answer without codes.
func plain(status int, body answer.Body) answer.Answer {
	return answer.Answer{Status: status, Body: body}
}

func TestJudge(t *testing.T) {
	tests := []struct {
		name    string
		answer  answer.Answer
		verdict Verdict
		row     string
		code    string
	}{
		{"documented success", plain(200, answer.BodyNull), Deleted, "deleted", ""},
		{"empty success is in doubt", plain(200, answer.BodyEmpty), Doubt, "deleted-empty", ""},
		{"no content is in doubt", plain(204, answer.BodyEmpty), Doubt, "deleted-empty", ""},
		{"no content that says null", plain(204, answer.BodyNull), Doubt, "unconfirmed", ""},
		{"v3 success", plain(200, answer.BodySuccess), Deleted, "deleted", ""},
		{"success with a code is none", answer.Answer{Status: 200, Body: answer.BodySuccess, Codes: []string{"CC.00050012"}}, Again, "busy-later", "CC.00050012"},
		{"null with an empty code is none", answer.Answer{Status: 200, Body: answer.BodyNull, Codes: []string{""}}, Doubt, "unknown-code", ""},

		{"200 busy", coded(200, "CC.00050012"), Again, "busy-later", "CC.00050012"},
		{"200 running", coded(200, "CC.00050015"), Later, "running", "CC.00050015"},
		{"200 IAM failed", coded(200, "CC.00050007"), Auth, "iam-failed", "CC.00050007"},
		{"200 no permission", coded(200, "CC.00050010"), Halt, "no-permission", "CC.00050010"},
		{"200 no project", coded(200, "CC.00050013"), Halt, "no-project", "CC.00050013"},
		{"a suffix changes nothing", coded(500, "CC.00050010.403"), Halt, "no-permission", "CC.00050010.403"},
		{"400 busy", coded(400, "CC.00000000"), Again, "busy", "CC.00000000"},
		{"401 busy is busy first", coded(401, "CC.00000000"), Again, "busy", "CC.00000000"},
		{"401 expired", coded(401, "CC.00000003"), Auth, "session-expired", "CC.00000003"},
		{"401 unknown code", coded(401, "CC.00012345"), Auth, "unauthorized", "CC.00012345"},
		{"404 known code is no absence", coded(404, "CC.00050015"), Later, "running", "CC.00050015"},

		{"wrapper alone", coded(500, "CC.00050006"), Again, "inner-error", "CC.00050006"},
		{"wrapper of an unknown", coded(200, "CC.00050006", "CC.00101085.500"), Again, "inner-error", "CC.00050006"},
		{"wrapper of an unknown under 404 is no absence", coded(404, "CC.00050006", "CC.00101085.500"), Again, "inner-error", "CC.00050006"},
		{"wrapper of a known", coded(200, "CC.00050006", "CC.00101085.500", "CC.00050010"), Halt, "no-permission", "CC.00050010"},
		{"the first known inner decides", coded(200, "CC.00050006", "CC.00050015", "CC.00050010"), Later, "running", "CC.00050015"},
		{"a known outer decides", coded(200, "CC.00050000", "CC.00050015"), Never, "bad-parameters", "CC.00050000"},
		{"an unknown outer yields", coded(200, "CC.00099999", "CC.00050015"), Later, "running", "CC.00050015"},
		{"an unknown outer yields to a wrapper", coded(404, "CC.00099999", "CC.00050006"), Again, "inner-error", "CC.00050006"},

		{"absent", coded(404, "CC.00050017"), Gone, "absent", "CC.00050017"},
		{"absent for good", coded(410, "CC.00050017"), Gone, "absent", "CC.00050017"},
		{"gateway knows no API", coded(404, "APIGW.0101"), Halt, "gateway-0101", "APIGW.0101"},
		{"customer's gateway", coded(404, "APIG.0103"), Halt, "gateway-0103", "APIG.0103"},
		{"gateway 404 unknown", coded(404, "APIGW.9999"), Halt, "wrong-endpoint", "APIGW.9999"},
		{"gateway 404 with a service code inside", coded(404, "APIGW.9999", "CC.00050017"), Halt, "wrong-endpoint", "APIGW.9999"},
		{"another service's 404", coded(404, "DEVCB.00031006"), Halt, "wrong-endpoint", "DEVCB.00031006"},
		{"404 empty", plain(404, answer.BodyEmpty), Halt, "wrong-endpoint", ""},
		{"404 null", plain(404, answer.BodyNull), Halt, "wrong-endpoint", ""},
		{"404 page", plain(404, answer.BodyHTML), Halt, "wrong-endpoint", ""},
		{"404 success envelope", plain(404, answer.BodySuccess), Halt, "wrong-endpoint", ""},

		{"a gateway number means nothing without its status", coded(200, "APIGW.0101"), Doubt, "unknown-code", "APIGW.0101"},
		{"0201 as 504", coded(504, "APIGW.0201"), Again, "gateway-0201-timeout", "APIGW.0201"},
		{"0201 as 494", coded(494, "APIGW.0201"), Halt, "gateway-0201-headers", "APIGW.0201"},
		{"0307", coded(401, "APIGW.0307"), Auth, "gateway-0307", "APIGW.0307"},
		{"0307 as 403", coded(403, "APIGW.0307"), Auth, "gateway-0307", "APIGW.0307"},
		{"401 without a code", plain(401, answer.BodyEmpty), Auth, "unauthorized", ""},

		{"429 alone", plain(429, answer.BodyText), Later, "throttled", ""},
		{"429 under a known code", coded(429, "CC.00000003"), Later, "throttled", "CC.00000003"},
		{"0308 under 200", coded(200, "APIG.0308"), Later, "throttled-code", "APIG.0308"},
		{"0308 of any service", coded(403, "DEV.0308"), Later, "throttled-code", "DEV.0308"},
		{"IAM throttles", coded(400, "IAM.0012"), Later, "iam-throttled", "IAM.0012"},

		{"accepted is not deleted", plain(202, answer.BodyNull), Doubt, "accepted", ""},
		{"accepted without a body", plain(202, answer.BodyEmpty), Doubt, "accepted", ""},
		{"accepted envelope", plain(202, answer.BodyJSON), Doubt, "accepted", ""},
		{"created confirms nothing", plain(201, answer.BodyEmpty), Doubt, "unconfirmed", ""},
		{"v3 failure", plain(200, answer.BodyFailed), Again, "failed-envelope", ""},
		{"some JSON", plain(200, answer.BodyJSON), Doubt, "unknown-json", ""},
		{"a task is no deletion", plain(200, answer.BodyTask), Doubt, "unknown-json", ""},
		{"unknown code", coded(200, "CC.00050099"), Doubt, "unknown-code", "CC.00050099"},
		{"interim", plain(103, answer.BodyEmpty), Doubt, "interim", ""},
		{"compressed success", plain(200, answer.BodyCompressed), Halt, "page", ""},
		{"compressed refusal", plain(400, answer.BodyCompressed), Halt, "refused-page", ""},
		{"login page", plain(200, answer.BodyHTML), Halt, "page", ""},
		{"half a document", plain(200, answer.BodyText), Halt, "page", ""},
		{"endless", plain(200, answer.BodyTooBig), Halt, "page", ""},
		{"redirect", plain(302, answer.BodyHTML), Halt, "redirect", ""},
		{"redirect with the success body", plain(302, answer.BodyNull), Halt, "redirect", ""},

		{"400", plain(400, answer.BodyJSON), Never, "refused", ""},
		{"400 page of a proxy", plain(400, answer.BodyHTML), Halt, "refused-page", ""},
		{"403", plain(403, answer.BodyJSON), Halt, "forbidden", ""},
		{"407", plain(407, answer.BodyHTML), Halt, "proxy-login", ""},
		{"418", plain(418, answer.BodyEmpty), Never, "refused", ""},
		{"408", plain(408, answer.BodyEmpty), Again, "request-timeout", ""},
		{"409", plain(409, answer.BodyEmpty), Again, "try-again", ""},
		{"500", plain(500, answer.BodyHTML), Again, "server-error", ""},
		{"503", plain(503, answer.BodyHTML), Again, "overloaded", ""},
		{"504", plain(504, answer.BodyEmpty), Again, "server-error", ""},

		{"no such host", answer.Answer{Fault: answer.FaultNoHost}, Again, "no-host", ""},
		{"proxy", answer.Answer{Fault: answer.FaultProxy}, Halt, "proxy", ""},
		{"a cut success is no success", answer.Answer{Status: 200, Body: answer.BodyNull, Fault: answer.FaultCut}, Again, "cut", ""},
		{"a cut code decides nothing", answer.Answer{Status: 200, Codes: []string{"CC.00050010"}, Fault: answer.FaultCut}, Again, "cut", "CC.00050010"},
		{"nothing known", answer.Answer{}, Never, "unknown", ""},
		{"a fault nobody knows", answer.Answer{Fault: "flood"}, Never, "unknown", ""},
		{"a body nobody read", plain(200, answer.BodyNone), Never, "unknown", ""},
		{"a status beyond HTTP", plain(600, answer.BodyNull), Never, "unknown", ""},
	}
	table := DefaultTable()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := table.Judge(tt.answer)
			if got.Verdict != tt.verdict || got.Row != tt.row || got.Code != tt.code {
				t.Errorf("got %s by row %s, code %q; want %s by row %s, code %q",
					got.Verdict, got.Row, got.Code, tt.verdict, tt.row, tt.code)
			}
		})
	}
}

// An answer that only its wait or its words tell from another is a throttle, unless
// a known code says what it is.
func TestThrottles(t *testing.T) {
	waits := func(a answer.Answer) answer.Answer { a.RetryAfter = time.Minute; return a }
	says := func(a answer.Answer) answer.Answer { a.Throttled = true; return a }
	tests := []struct {
		name    string
		answer  answer.Answer
		verdict Verdict
		row     string
	}{
		{"413 with a wait", waits(plain(413, answer.BodyHTML)), Later, "throttled-wait"},
		{"503 with a wait", waits(plain(503, answer.BodyText)), Later, "throttled-wait"},
		{"403 with a wait", waits(plain(403, answer.BodyJSON)), Later, "throttled-wait"},
		{"400 with a wait", waits(plain(400, answer.BodyEmpty)), Later, "throttled-wait"},
		{"403 of an unknown code with a wait", waits(coded(403, "APIGW.9999")), Later, "throttled-wait"},
		{"503 bare", plain(503, answer.BodyText), Again, "overloaded"},
		{"500 with a wait", waits(plain(500, answer.BodyText)), Again, "server-error"},
		{"200 with a wait", waits(plain(200, answer.BodyNull)), Deleted, "deleted"},
		{"403 without permission, with a wait", waits(coded(403, "APIGW.0302")), Halt, "gateway-0302"},
		{"503 of a known code with a wait", waits(coded(503, "APIGW.0613")), Again, "gateway-0613"},
		{"400 busy with a wait", waits(coded(400, "CC.00000000")), Again, "busy"},
		{"413 too long with a wait", waits(coded(413, "APIGW.0201")), Never, "gateway-0201-too-long"},
		{"no permission with a wait, wrapped", waits(coded(403, "CC.00050006", "CC.00050010")), Halt, "no-permission"},

		{"words under 200", says(coded(200, "CC.00070099")), Later, "throttled-text"},
		{"words under 400", says(plain(400, answer.BodyFailed)), Later, "throttled-text"},
		{"words under 500", says(plain(500, answer.BodyText)), Later, "throttled-text"},
		{"words under 404 are no absence", says(coded(404, "CC.00070099")), Later, "throttled-text"},
		{"words under a known code", says(coded(200, "CC.00050010")), Halt, "no-permission"},
		{"words under a wrapped code", says(coded(500, "CC.00050006", "CC.00050015")), Later, "running"},
		{"words under busy", says(coded(400, "CC.00000000")), Again, "busy"},
	}
	table := DefaultTable()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := table.Judge(tt.answer)
			if got.Verdict != tt.verdict || got.Row != tt.row || got.Slow != strings.HasPrefix(tt.row, "throttled") {
				t.Errorf("got %s by row %s, slow %v; want %s by row %s", got.Verdict, got.Row, got.Slow, tt.verdict, tt.row)
			}
		})
	}
}

// What an answer blames is said by its row, and so is what else follows from it.
func TestMarks(t *testing.T) {
	tests := []struct {
		name   string
		answer answer.Answer
		want   Ruling
	}{
		{"401", plain(401, answer.BodyEmpty), Ruling{Blames: SuspectCredential}},
		{"IAM failed", coded(200, "CC.00050007"), Ruling{Blames: SuspectCredential}},
		{"0301", coded(401, "APIGW.0301"), Ruling{Blames: SuspectCredential}},
		{"password", coded(401, "IAM.0062"), Ruling{Blames: SuspectCredential}},
		{"refused login", answer.Answer{Fault: answer.FaultRefused}, Ruling{Blames: SuspectCredential}},
		{"403", plain(403, answer.BodyJSON), Ruling{Blames: SuspectPermission}},
		{"no permission", coded(200, "CC.00050010"), Ruling{Blames: SuspectPermission}},
		{"no project", coded(200, "CC.00050013"), Ruling{Blames: SuspectProject}},
		{"project unavailable", coded(403, "APIGW.0310"), Ruling{Blames: SuspectProject}},
		{"bare 404", plain(404, answer.BodyEmpty), Ruling{Blames: SuspectEndpoint}},
		{"page", plain(200, answer.BodyHTML), Ruling{Blames: SuspectEndpoint, Lost: true}},
		{"redirect", plain(302, answer.BodyEmpty), Ruling{Blames: SuspectEndpoint}},
		{"certificate", answer.Answer{Fault: answer.FaultTLS}, Ruling{Blames: SuspectEndpoint}},
		{"proxy", answer.Answer{Fault: answer.FaultProxy}, Ruling{Blames: SuspectEndpoint}},
		{"address", coded(403, "APIGW.0402"), Ruling{Blames: SuspectAccount}},
		{"locked", coded(401, "IAM.0061"), Ruling{Blames: SuspectAccount}},
		{"accepted", plain(202, answer.BodyJSON), Ruling{Lost: true, Accepted: true}},
		{"conflict", plain(409, answer.BodyJSON), Ruling{Behind: true}},
		{"empty", plain(204, answer.BodyEmpty), Ruling{Lost: true}},
		{"throttle", plain(429, answer.BodyEmpty), Ruling{Slow: true}},
	}
	table := DefaultTable()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := table.Judge(tt.answer)
			marks := Ruling{Slow: got.Slow, Lost: got.Lost, Blames: got.Blames, Accepted: got.Accepted, Behind: got.Behind}
			if marks != tt.want {
				t.Errorf("got %+v, want %+v", marks, tt.want)
			}
		})
	}
}

// An operator's row may put an answer in doubt, and then it is taken for lost; one
// that says auth blames the credential.
func TestWithMarksRows(t *testing.T) {
	table, err := DefaultTable().With(
		Row{Name: "empty", Status: Is(204), Verdict: Doubt},
		Row{Name: "teapot", Status: Is(418), Verdict: Auth},
	)
	if err != nil {
		t.Fatal(err)
	}
	if got := table.Judge(plain(204, answer.BodyEmpty)); got.Row != "empty" || got.Verdict != Doubt || !got.Lost {
		t.Errorf("doubt: %+v", got)
	}
	if got := table.Judge(plain(418, answer.BodyEmpty)); got.Row != "teapot" || got.Blames != SuspectCredential {
		t.Errorf("auth: %+v", got)
	}
}

func TestWithPutsRowsFirst(t *testing.T) {
	table, err := DefaultTable().With(
		Row{Name: "inner-absent", Code: "CC.00101085", Verdict: Gone, Why: "seen in our region"},
		Row{Name: "teapot", Status: Is(418), Verdict: Again},
		Row{Name: "bare-404", Status: Is(404), Verdict: Gone},
		Row{Name: "ours-is-not-expired", Code: "CC.00000003", Verdict: Halt},
	)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		answer answer.Answer
		row    string
	}{
		{"by code inside a wrapper", coded(200, "CC.00050006", "CC.00101085.500"), "inner-absent"},
		{"by status", plain(418, answer.BodyEmpty), "teapot"},
		{"before a built-in row", coded(401, "CC.00000003"), "ours-is-not-expired"},
		{"gone by status", plain(404, answer.BodyEmpty), "bare-404"},
		{"gone by status is not for gateways", coded(404, "APIGW.0101"), "gateway-0101"},
		{"gone by status is not for pages", plain(404, answer.BodyHTML), "wrong-endpoint"},
		{"the rest as before", plain(200, answer.BodyNull), "deleted"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := table.Judge(tt.answer); got.Row != tt.row {
				t.Errorf("row %s decided, want %s", got.Row, tt.row)
			}
		})
	}
	if got := DefaultTable().Judge(plain(418, answer.BodyEmpty)); got.Row != "refused" {
		t.Errorf("With changed the table it was called on: row %s", got.Row)
	}
}

func TestWithRefuses(t *testing.T) {
	tests := []struct {
		name string
		row  Row
		want string
	}{
		{"no name", Row{Status: Is(418), Verdict: Again}, "no name"},
		{"a built-in name", Row{Name: "busy", Status: Is(418), Verdict: Again}, "taken"},
		{"deleted", Row{Name: "hope", Status: Is(200), Verdict: Deleted}, "cannot say deleted"},
		{"no verdict", Row{Name: "mute", Status: Is(200)}, `verdict ""`},
		{"unknown verdict", Row{Name: "odd", Status: Is(200), Verdict: "fine"}, `verdict "fine"`},
		{"everything", Row{Name: "all", Verdict: Again}, "every answer"},
		{"everything by hand", Row{Name: "all", Status: Statuses{{0, 999}}, Verdict: Again}, "every answer"},
		{"every fault", Row{Name: "all", Fault: anyFault, Status: Is(200), Verdict: Again}, "every answer"},
		{"half a code", Row{Name: "half", Code: "CC.", Verdict: Again}, `code "CC."`},
		{"gone by 200", Row{Name: "our-page", Status: Is(200), Verdict: Gone}, "gone needs"},
		{"gone by silence", Row{Name: "silence", Fault: answer.FaultTimeout, Code: "CC.1", Verdict: Gone}, "gone needs"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := DefaultTable().With(tt.row)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want one about %q", err, tt.want)
			}
		})
	}
}

func TestWithReportsAllFaultsAtOnce(t *testing.T) {
	twin := Row{Name: "twin", Status: Is(418), Verdict: Again}
	table, err := DefaultTable().With(twin, twin, Row{Name: "hope", Status: Is(200), Verdict: Deleted})
	if table != nil {
		t.Error("a refused row left a table")
	}
	want := `add verdict row "twin": the name is taken: choose another
add verdict row "hope": a row cannot say deleted: only the service confirms a deletion`
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func TestRowsIsACopy(t *testing.T) {
	table := DefaultTable()
	table.Rows()[0].Verdict = Never
	if got := table.Judge(plain(200, answer.BodyNull)); got.Verdict != Deleted {
		t.Errorf("the table changed: %s", got.Verdict)
	}
	if diff := cmp.Diff(DefaultTable().Rows(), table.Rows()); diff != "" {
		t.Error(diff)
	}
}

func TestZeroTableNeverDeletes(t *testing.T) {
	if got := new(Table).Judge(plain(200, answer.BodyNull)); got.Verdict != Never {
		t.Errorf("got %s", got.Verdict)
	}
}

func TestVerdictKnown(t *testing.T) {
	for _, v := range []Verdict{Deleted, Gone, Again, Doubt, Later, Auth, Never, Halt} {
		if !v.known() {
			t.Errorf("%s is not known", v)
		}
	}
	if Verdict("").known() || Verdict("Deleted").known() {
		t.Error("an unknown verdict is known")
	}
}
