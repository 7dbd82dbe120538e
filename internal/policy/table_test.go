package policy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// coded is a whole answer with these codes.
func coded(status int, codes ...string) Answer {
	return Answer{Status: status, Body: BodyCoded, Codes: codes}
}

// plain is a whole answer without codes.
func plain(status int, body Body) Answer { return Answer{Status: status, Body: body} }

func TestJudge(t *testing.T) {
	tests := []struct {
		name    string
		answer  Answer
		verdict Verdict
		row     string
		code    string
	}{
		{"documented success", plain(200, BodyNull), Deleted, "deleted", ""},
		{"empty success", plain(200, BodyEmpty), Deleted, "deleted", ""},
		{"no content", plain(204, BodyEmpty), Deleted, "deleted", ""},
		{"v3 success", plain(200, BodySuccess), Deleted, "deleted", ""},
		{"success with a code is none", Answer{Status: 200, Body: BodySuccess, Codes: []string{"CC.00050012"}}, Again, "busy-later", "CC.00050012"},
		{"null with an empty code is none", Answer{Status: 200, Body: BodyNull, Codes: []string{""}}, Never, "unknown-code", ""},

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
		{"404 empty", plain(404, BodyEmpty), Halt, "wrong-endpoint", ""},
		{"404 null", plain(404, BodyNull), Halt, "wrong-endpoint", ""},
		{"404 page", plain(404, BodyHTML), Halt, "wrong-endpoint", ""},
		{"404 success envelope", plain(404, BodySuccess), Halt, "wrong-endpoint", ""},

		{"a gateway number means nothing without its status", coded(200, "APIGW.0101"), Never, "unknown-code", "APIGW.0101"},
		{"0201 as 504", coded(504, "APIGW.0201"), Again, "gateway-0201-timeout", "APIGW.0201"},
		{"0201 as 494", coded(494, "APIGW.0201"), Halt, "gateway-0201-headers", "APIGW.0201"},
		{"0307", coded(401, "APIGW.0307"), Auth, "gateway-0307", "APIGW.0307"},

		{"429 alone", plain(429, BodyText), Later, "throttled", ""},
		{"429 under a known code", coded(429, "CC.00000003"), Later, "throttled", "CC.00000003"},
		{"0308 under 200", coded(200, "APIG.0308"), Later, "throttled-code", "APIG.0308"},
		{"0308 of any service", coded(403, "DEV.0308"), Later, "throttled-code", "DEV.0308"},
		{"IAM throttles", coded(400, "IAM.0012"), Later, "iam-throttled", "IAM.0012"},

		{"accepted is not deleted", plain(202, BodyNull), Again, "accepted", ""},
		{"accepted envelope", plain(202, BodyJSON), Again, "accepted", ""},
		{"created confirms nothing", plain(201, BodyEmpty), Again, "unconfirmed", ""},
		{"v3 failure", plain(200, BodyFailed), Again, "failed-envelope", ""},
		{"some JSON", plain(200, BodyJSON), Never, "unknown-json", ""},
		{"unknown code", coded(200, "CC.00050099"), Never, "unknown-code", "CC.00050099"},
		{"login page", plain(200, BodyHTML), Halt, "page", ""},
		{"half a document", plain(200, BodyText), Halt, "page", ""},
		{"endless", plain(200, BodyTooBig), Halt, "page", ""},
		{"redirect", plain(302, BodyHTML), Halt, "redirect", ""},
		{"redirect with the success body", plain(302, BodyNull), Halt, "redirect", ""},

		{"400", plain(400, BodyJSON), Never, "refused", ""},
		{"400 page of a proxy", plain(400, BodyHTML), Halt, "refused-page", ""},
		{"403", plain(403, BodyJSON), Halt, "forbidden", ""},
		{"407", plain(407, BodyHTML), Halt, "proxy-login", ""},
		{"418", plain(418, BodyEmpty), Never, "refused", ""},
		{"409", plain(409, BodyEmpty), Again, "try-again", ""},
		{"500", plain(500, BodyHTML), Again, "server-error", ""},
		{"503", plain(503, BodyHTML), Again, "overloaded", ""},
		{"504", plain(504, BodyEmpty), Again, "server-error", ""},

		{"a cut success is no success", Answer{Status: 200, Body: BodyNull, Fault: FaultCut}, Again, "cut", ""},
		{"a cut code decides nothing", Answer{Status: 200, Codes: []string{"CC.00050010"}, Fault: FaultCut}, Again, "cut", "CC.00050010"},
		{"nothing known", Answer{}, Never, "unknown", ""},
		{"a fault nobody knows", Answer{Fault: "flood"}, Never, "unknown", ""},
		{"a body nobody read", plain(200, BodyNone), Never, "unknown", ""},
		{"a status beyond HTTP", plain(600, BodyNull), Never, "unknown", ""},
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
		answer Answer
		row    string
	}{
		{"by code inside a wrapper", coded(200, "CC.00050006", "CC.00101085.500"), "inner-absent"},
		{"by status", plain(418, BodyEmpty), "teapot"},
		{"before a built-in row", coded(401, "CC.00000003"), "ours-is-not-expired"},
		{"gone by status", plain(404, BodyEmpty), "bare-404"},
		{"gone by status is not for gateways", coded(404, "APIGW.0101"), "gateway-0101"},
		{"gone by status is not for pages", plain(404, BodyHTML), "wrong-endpoint"},
		{"the rest as before", plain(200, BodyNull), "deleted"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := table.Judge(tt.answer); got.Row != tt.row {
				t.Errorf("row %s decided, want %s", got.Row, tt.row)
			}
		})
	}
	if got := DefaultTable().Judge(plain(418, BodyEmpty)); got.Row != "refused" {
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
		{"gone by silence", Row{Name: "silence", Fault: FaultTimeout, Code: "CC.1", Verdict: Gone}, "gone needs"},
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
	if got := table.Judge(plain(200, BodyNull)); got.Verdict != Deleted {
		t.Errorf("the table changed: %s", got.Verdict)
	}
	if diff := cmp.Diff(DefaultTable().Rows(), table.Rows()); diff != "" {
		t.Error(diff)
	}
}

func TestZeroTableNeverDeletes(t *testing.T) {
	if got := new(Table).Judge(plain(200, BodyNull)); got.Verdict != Never {
		t.Errorf("got %s", got.Verdict)
	}
}

func TestVerdictKnown(t *testing.T) {
	for _, v := range []Verdict{Deleted, Gone, Again, Later, Auth, Never, Halt} {
		if !v.known() {
			t.Errorf("%s is not known", v)
		}
	}
	if Verdict("").known() || Verdict("Deleted").known() {
		t.Error("an unknown verdict is known")
	}
}
