package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestJudge(t *testing.T) {
	const envelope = `{"httpStatus":"OK","result":true,"status":"success"}`
	for _, row := range []struct {
		name, body string
		want       Body
		codes      []string
		message    string
	}{
		{"documented success", "null", BodyNull, nil, ""},
		{"null in white space", " \r\n\tnull\n", BodyNull, nil, ""},
		{"null after a byte order mark", "\uFEFFnull", BodyNull, nil, ""},
		{"no bytes", "", BodyEmpty, nil, ""},
		{"white space", " \r\n", BodyEmpty, nil, ""},
		{"byte order mark alone", "\uFEFF", BodyEmpty, nil, ""},
		{"space that JSON does not know", "\u00a0", BodyText, nil, "\u00a0"},
		{"null with something behind", "null null", BodyText, nil, "null null"},
		{"null in quotes", `"null"`, BodyJSON, nil, `"null"`},
		{"Null", "Null", BodyText, nil, "Null"},

		{"envelope", envelope, BodySuccess, nil, ""},
		{"envelope with more in it", `{"httpStatus":"OK","result":true,"status":"success","took":3}`, BodySuccess, nil, ""},
		{"envelope, accepted only", `{"httpStatus":"ACCEPTED","result":true,"status":"success"}`, BodyJSON, nil, `{"httpStatus":"ACCEPTED","result":true,"status":"success"}`},
		{"envelope without result", `{"httpStatus":"OK","status":"success"}`, BodyJSON, nil, `{"httpStatus":"OK","status":"success"}`},
		{"envelope, result false", `{"httpStatus":"OK","result":false,"status":"success"}`, BodyJSON, nil, `{"httpStatus":"OK","result":false,"status":"success"}`},
		{"envelope, result in quotes", `{"httpStatus":"OK","result":"true","status":"success"}`, BodyJSON, nil, `{"httpStatus":"OK","result":"true","status":"success"}`},
		{"envelope that contradicts itself", `{"httpStatus":"OK","result":true,"result":false,"status":"success"}`, BodyJSON, nil, `{"httpStatus":"OK","result":true,"result":false,"status":"success"}`},
		{"envelope, result an object too", `{"result":{},"httpStatus":"OK","result":true,"status":"success"}`, BodyJSON, nil, `{"result":{},"httpStatus":"OK","result":true,"status":"success"}`},
		{"envelope, two states", `{"httpStatus":"OK","result":true,"status":"error","status":"success"}`, BodyFailed, nil, `{"httpStatus":"OK","result":true,"status":"error","status":"success"}`},
		{"envelope in an envelope", `{"data":` + envelope + `}`, BodyJSON, nil, `{"data":` + envelope + `}`},
		{"envelope in a list", `[` + envelope + `]`, BodyJSON, nil, `[` + envelope + `]`},
		{"envelope with a code", `{"httpStatus":"OK","result":true,"status":"success","error_code":"CC.1"}`, BodyCoded, []string{"CC.1"}, `{"httpStatus":"OK","result":true,"status":"success","error_code":"CC.1"}`},
		{"envelope with a code below", `{"httpStatus":"OK","result":true,"status":"success","a":{"b":[{"code":"CC.1"}]}}`, BodyCoded, []string{"CC.1"}, `{"httpStatus":"OK","result":true,"status":"success","a":{"b":[{"code":"CC.1"}]}}`},
		{"envelope with an error", `{"httpStatus":"OK","result":true,"status":"success","error":"no"}`, BodyFailed, nil, "no"},
		{"envelope with no error", `{"httpStatus":"OK","result":true,"status":"success","error":null,"error_code":""}`, BodySuccess, nil, ""},
		{"envelope of a failure", `{"httpStatus":"BAD_REQUEST","result":null,"status":"error"}`, BodyFailed, nil, `{"httpStatus":"BAD_REQUEST","result":null,"status":"error"}`},
		{"envelope of a failure, sibling service", `{"error":{"code":"DEVPIPE.00011401","message":"gone"},"status":"failed"}`, BodyCoded, []string{"DEVPIPE.00011401"}, "gone"},

		{"service", `{"error_code":"CC.00050013","error_msg":"project not exist"}`, BodyCoded, []string{"CC.00050013"}, "project not exist"},
		{"other shape", `{"code":"CC.00050013","message":"project not exist"}`, BodyCoded, []string{"CC.00050013"}, "project not exist"},
		{"gateway", `{"error_code":"APIGW.0308","error_msg":"policy user over ratelimit,limit:100,time:1 minute","request_id":"r"}`, BodyCoded, []string{"APIGW.0308"}, "policy user over ratelimit,limit:100,time:1 minute"},
		{"one level down", `{"error":{"error_code":"IAM.0011","error_msg":"x"}}`, BodyCoded, []string{"IAM.0011"}, "x"},
		{"camel case", `{"errorCode":"CC.1","errorMsg":"x"}`, BodyCoded, []string{"CC.1"}, "x"},
		{"code alone", `{"error_code":"CC.1"}`, BodyCoded, []string{"CC.1"}, `{"error_code":"CC.1"}`},
		{"code twice, differently", `{"error_code":"CC.1","error_code":""}`, BodyCoded, []string{"CC.1"}, `{"error_code":"CC.1","error_code":""}`},
		{"code twice, equal", `{"error_code":"CC.1","code":"CC.1","message":"x"}`, BodyCoded, []string{"CC.1"}, "x"},
		{"code in white space", `{"code":" CC.1 ","message":"x"}`, BodyCoded, []string{"CC.1"}, "x"},
		{"outermost first", `{"a":{"code":"CC.2","message":"in"},"code":"CC.1","message":"out"}`, BodyCoded, []string{"CC.1", "CC.2"}, "out"},
		{"message is a number", `{"code":"CC.1","message":5}`, BodyCoded, []string{"CC.1"}, "5"},
		{"wrapper", `{"error_code":"CC.00050006","error_msg":"check-core CC.00101085.500: inner; CC.00050006 APIGW.0308"}`, BodyCoded, []string{"CC.00050006", "CC.00101085.500", "APIGW.0308"}, "check-core CC.00101085.500: inner; CC.00050006 APIGW.0308"},
		{"wrapper with a suffix", `{"error_code":"CC.00050006.500","error_msg":"DEVCB.00031006"}`, BodyCoded, []string{"CC.00050006.500", "DEVCB.00031006"}, "DEVCB.00031006"},
		{"no wrapper", `{"error_code":"CC.00050001","error_msg":"CC.00101085.500"}`, BodyCoded, []string{"CC.00050001"}, "CC.00101085.500"},
		{"IAM", `{"error":{"code":401,"message":"wrong","title":"Unauthorized"}}`, BodyFailed, nil, "wrong"},
		{"number in quotes", `{"code":"401","message":"wrong"}`, BodyFailed, nil, "wrong"},
		{"sentence for a code", `{"code":"no such task","message":"x"}`, BodyFailed, nil, "x"},
		{"code too long", `{"code":"C` + strings.Repeat("x", maxCode) + `","message":"x"}`, BodyFailed, nil, "x"},
		{"zero", `{"error_code":0}`, BodyFailed, nil, `{"error_code":0}`},
		{"errors in a list", `{"errors":[{"detail":"x"}]}`, BodyFailed, nil, `{"errors":[{"detail":"x"}]}`},
		{"no errors", `{"errors":[],"error":false}`, BodyJSON, nil, `{"errors":[],"error":false}`},
		{"no code", `{"error_code":null}`, BodyJSON, nil, `{"error_code":null}`},

		{"object", `{}`, BodyJSON, nil, `{}`},
		{"list", `[]`, BodyJSON, nil, `[]`},
		{"truth", `true`, BodyJSON, nil, `true`},
		{"half a document", `{"error_code":"CC.1"`, BodyText, nil, `{"error_code":"CC.1"`},
		{"two documents", `{} {}`, BodyText, nil, `{} {}`},
		{"page", "<!DOCTYPE html><html>", BodyHTML, nil, "<!DOCTYPE html><html>"},
		{"page after a comment", "\n<!-- x --><HTML>", BodyHTML, nil, "<!-- x --><HTML>"},
		{"script to a login", `<script>location="x"</script>`, BodyHTML, nil, `<script>location="x"</script>`},
		{"XML", "<Error/>", BodyText, nil, "<Error/>"},
		{"words", "upstream timed out", BodyText, nil, "upstream timed out"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := judge([]byte(row.body), "application/json")
			want := finding{row.want, row.codes, row.message}
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(finding{})); diff != "" {
				t.Errorf("judge(%s) (-want +got):\n%s", row.body, diff)
			}
		})
	}
}

// The content type decides only what the bytes leave open.
func TestJudgeContentType(t *testing.T) {
	for _, row := range []struct {
		name, body, contentType string
		want                    Body
	}{
		{"null as a page", "null", "text/html", BodyNull},
		{"JSON as a page", `{"error_code":"CC.1"}`, "text/html; charset=utf-8", BodyCoded},
		{"words as a page", "Forbidden", "text/html", BodyHTML},
		{"page as JSON", "<html>", "application/json", BodyHTML},
		// The service has no reason to announce a page; something else does.
		{"nothing as a page", "", "text/html", BodyHTML},
		{"nothing as nothing", "", "", BodyEmpty},
		{"nothing as nonsense", "", ";;", BodyEmpty},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := judge([]byte(row.body), row.contentType).body; got != row.want {
				t.Errorf("judge(%q, %q) = %q, want %q", row.body, row.contentType, got, row.want)
			}
		})
	}
}

func TestJudgeBoundsCodes(t *testing.T) {
	var b strings.Builder
	for i := range 100 {
		fmt.Fprintf(&b, `{"code":"CC.000500%02d"},`, i)
	}
	got := judge([]byte(`[`+b.String()+`{}]`), "")
	if len(got.codes) != maxCodes || got.codes[0] != "CC.00050000" {
		t.Errorf("codes %q, want the first %d", got.codes, maxCodes)
	}
}

func TestWindow(t *testing.T) {
	for _, row := range []struct {
		message string
		want    time.Duration
	}{
		{"policy user over ratelimit,limit:100,time:1 minute", time.Minute},
		{"policy ip over ratelimit,limit:5,time:5 second", 5 * time.Second},
		{"policy user over ratelimit, limit: 200, time: 5 minutes", 5 * time.Minute},
		{"over ratelimit,limit:1,time:2 Hours", 2 * time.Hour},
		{"over ratelimit,limit:1,time:1 day", 24 * time.Hour},
		{"over ratelimit,limit:1,time:99999999999999999999 day", maxWait},
		{"over ratelimit,limit:1,time:400 days", maxWait},
		{"over ratelimit,limit:1,time:0 day", 0},
		{"over ratelimit,limit:1,time:1 fortnight", 0},
		{"wait 1 minute", 0},
		{"", 0},
	} {
		if got := window(row.message); got != row.want {
			t.Errorf("window(%q) = %v, want %v", row.message, got, row.want)
		}
	}
}

// FuzzBody checks what must hold whatever a server sends: the kinds that stand
// for success are given to the documented forms alone.
func FuzzBody(f *testing.F) {
	for _, body := range []string{
		"null", "", " ", "\uFEFFnull", `{"httpStatus":"OK","result":true,"status":"success"}`,
		`{"error_code":"CC.00050006","error_msg":"CC.00101085.500"}`, `{"error":{"code":401}}`,
		`{"httpStatus":"OK","result":true,"status":"success","error":{"code":"CC.1"}}`, "<html>", `{"a":[[{"code":"X.1"}]]}`, "\x00", "{",
	} {
		f.Add([]byte(body), "application/json")
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		got := judge(body, contentType)
		text := bytes.Trim(bytes.TrimPrefix(body, []byte("\uFEFF")), " \t\r\n")
		if (got.body == BodyNull) != (string(text) == "null") {
			t.Fatalf("judge(%q) = %q", body, got.body)
		}
		if got.body == BodyEmpty && len(text) != 0 {
			t.Fatalf("judge(%q) = %q", body, got.body)
		}
		if got.body == BodySuccess {
			checkEnvelope(t, text)
		}
		if (got.body == BodyCoded) != (len(got.codes) > 0) || len(got.codes) > maxCodes {
			t.Fatalf("judge(%q) = %q with codes %q", body, got.body, got.codes)
		}
		for _, code := range got.codes {
			if len(code) > maxCode || !isToken(code) {
				t.Fatalf("judge(%q) gave the code %q", body, code)
			}
		}
		if message := clean(got.message, nil); len(message) > maxMessage || strings.ContainsAny(message, "\r\n\x00\x1b") {
			t.Fatalf("clean message of %q is %q", body, message)
		}
	})
}

// checkEnvelope reads an envelope in another way than the code does.
func checkEnvelope(t *testing.T, text []byte) {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal(text, &members); err != nil {
		t.Fatalf("success is no object: %q", text)
	}
	if members["httpStatus"] != "OK" || members["status"] != "success" || members["result"] != true {
		t.Fatalf("success is no envelope: %q", text)
	}
	for _, key := range []string{"error_code", "code", "error"} {
		switch v := members[key].(type) {
		case string:
			if v != "" {
				t.Fatalf("success tells of an error: %q", text)
			}
		case float64:
			t.Fatalf("success tells of an error: %q", text)
		}
	}
}
