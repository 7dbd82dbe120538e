package httpanswer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/answer"
	"cleaner/internal/connpool"
	"cleaner/internal/rig/peertest"
	"cleaner/internal/secret"
)

func TestJudge(t *testing.T) {
	const envelope = `{"httpStatus":"OK","result":true,"status":"success"}`
	for _, row := range []struct {
		name, body string
		want       answer.Body
		codes      []string
		message    string
	}{
		{"documented success", "null", answer.BodyNull, nil, ""},
		{"null in white space", " \r\n\tnull\n", answer.BodyNull, nil, ""},
		{"null after a byte order mark", "\uFEFFnull", answer.BodyNull, nil, ""},
		{"no bytes", "", answer.BodyEmpty, nil, ""},
		{"white space", " \r\n", answer.BodyEmpty, nil, ""},
		{"byte order mark alone", "\uFEFF", answer.BodyEmpty, nil, ""},
		{"space that JSON does not know", "\u00a0", answer.BodyText, nil, "\u00a0"},
		{"null with something behind", "null null", answer.BodyText, nil, "null null"},
		{"null in quotes", `"null"`, answer.BodyJSON, nil, `"null"`},
		{"Null", "Null", answer.BodyText, nil, "Null"},

		{"envelope", envelope, answer.BodySuccess, nil, ""},
		{"envelope with more in it", `{"httpStatus":"OK","result":true,"status":"success","took":3}`, answer.BodySuccess, nil, ""},
		{"envelope, accepted only", `{"httpStatus":"ACCEPTED","result":true,"status":"success"}`, answer.BodyJSON, nil, `{"httpStatus":"ACCEPTED","result":true,"status":"success"}`},
		{"envelope without result", `{"httpStatus":"OK","status":"success"}`, answer.BodyJSON, nil, `{"httpStatus":"OK","status":"success"}`},
		{"envelope, result false", `{"httpStatus":"OK","result":false,"status":"success"}`, answer.BodyJSON, nil, `{"httpStatus":"OK","result":false,"status":"success"}`},
		{"envelope, result in quotes", `{"httpStatus":"OK","result":"true","status":"success"}`, answer.BodyJSON, nil, `{"httpStatus":"OK","result":"true","status":"success"}`},
		{"envelope that contradicts itself", `{"httpStatus":"OK","result":true,"result":false,"status":"success"}`, answer.BodyJSON, nil, `{"httpStatus":"OK","result":true,"result":false,"status":"success"}`},
		{"envelope, result an object too", `{"result":{},"httpStatus":"OK","result":true,"status":"success"}`, answer.BodyJSON, nil, `{"result":{},"httpStatus":"OK","result":true,"status":"success"}`},
		{"envelope, two states", `{"httpStatus":"OK","result":true,"status":"error","status":"success"}`, answer.BodyFailed, nil, `{"httpStatus":"OK","result":true,"status":"error","status":"success"}`},
		{"envelope in an envelope", `{"data":` + envelope + `}`, answer.BodyJSON, nil, `{"data":` + envelope + `}`},
		{"envelope in a list", `[` + envelope + `]`, answer.BodyJSON, nil, `[` + envelope + `]`},
		{"envelope with a code", `{"httpStatus":"OK","result":true,"status":"success","error_code":"CC.1"}`, answer.BodyCoded, []string{"CC.1"}, `{"httpStatus":"OK","result":true,"status":"success","error_code":"CC.1"}`},
		{"envelope with a code below", `{"httpStatus":"OK","result":true,"status":"success","a":{"b":[{"code":"CC.1"}]}}`, answer.BodyCoded, []string{"CC.1"}, `{"httpStatus":"OK","result":true,"status":"success","a":{"b":[{"code":"CC.1"}]}}`},
		{"envelope with an error", `{"httpStatus":"OK","result":true,"status":"success","error":"no"}`, answer.BodyFailed, nil, "no"},
		{"envelope with no error", `{"httpStatus":"OK","result":true,"status":"success","error":null,"error_code":""}`, answer.BodySuccess, nil, ""},
		{"envelope of a failure", `{"httpStatus":"BAD_REQUEST","result":null,"status":"error"}`, answer.BodyFailed, nil, `{"httpStatus":"BAD_REQUEST","result":null,"status":"error"}`},
		{"envelope of a failure, sibling service", `{"error":{"code":"DEVPIPE.00011401","message":"gone"},"status":"failed"}`, answer.BodyCoded, []string{"DEVPIPE.00011401"}, "gone"},

		{"service", `{"error_code":"CC.00050013","error_msg":"project not exist"}`, answer.BodyCoded, []string{"CC.00050013"}, "project not exist"},
		{"other shape", `{"code":"CC.00050013","message":"project not exist"}`, answer.BodyCoded, []string{"CC.00050013"}, "project not exist"},
		{"gateway", `{"error_code":"APIGW.0308","error_msg":"policy user over ratelimit,limit:100,time:1 minute","request_id":"r"}`, answer.BodyCoded, []string{"APIGW.0308"}, "policy user over ratelimit,limit:100,time:1 minute"},
		{"one level down", `{"error":{"error_code":"IAM.0011","error_msg":"x"}}`, answer.BodyCoded, []string{"IAM.0011"}, "x"},
		{"camel case", `{"errorCode":"CC.1","errorMsg":"x"}`, answer.BodyCoded, []string{"CC.1"}, "x"},
		{"code alone", `{"error_code":"CC.1"}`, answer.BodyCoded, []string{"CC.1"}, `{"error_code":"CC.1"}`},
		{"code twice, differently", `{"error_code":"CC.1","error_code":""}`, answer.BodyCoded, []string{"CC.1"}, `{"error_code":"CC.1","error_code":""}`},
		{"code twice, equal", `{"error_code":"CC.1","code":"CC.1","message":"x"}`, answer.BodyCoded, []string{"CC.1"}, "x"},
		{"code in white space", `{"code":" CC.1 ","message":"x"}`, answer.BodyCoded, []string{"CC.1"}, "x"},
		{"outermost first", `{"a":{"code":"CC.2","message":"in"},"code":"CC.1","message":"out"}`, answer.BodyCoded, []string{"CC.1", "CC.2"}, "out"},
		{"message is a number", `{"code":"CC.1","message":5}`, answer.BodyCoded, []string{"CC.1"}, "5"},
		{"wrapper", `{"error_code":"CC.00050006","error_msg":"check-core CC.00101085.500: inner; CC.00050006 APIGW.0308"}`, answer.BodyCoded, []string{"CC.00050006", "CC.00101085.500", "APIGW.0308"}, "check-core CC.00101085.500: inner; CC.00050006 APIGW.0308"},
		{"wrapper with a suffix", `{"error_code":"CC.00050006.500","error_msg":"DEVCB.00031006"}`, answer.BodyCoded, []string{"CC.00050006.500", "DEVCB.00031006"}, "DEVCB.00031006"},
		{"no wrapper", `{"error_code":"CC.00050001","error_msg":"CC.00101085.500"}`, answer.BodyCoded, []string{"CC.00050001"}, "CC.00101085.500"},
		{"IAM", `{"error":{"code":401,"message":"wrong","title":"Unauthorized"}}`, answer.BodyFailed, nil, "wrong"},
		{"number in quotes", `{"code":"401","message":"wrong"}`, answer.BodyFailed, nil, "wrong"},
		{"sentence for a code", `{"code":"no such task","message":"x"}`, answer.BodyFailed, nil, "x"},
		{"code too long", `{"code":"C` + strings.Repeat("x", maxCode) + `","message":"x"}`, answer.BodyFailed, nil, "x"},
		{"zero", `{"error_code":0}`, answer.BodyFailed, nil, `{"error_code":0}`},
		{"errors in a list", `{"errors":[{"detail":"x"}]}`, answer.BodyFailed, nil, `{"errors":[{"detail":"x"}]}`},
		{"no errors", `{"errors":[],"error":false}`, answer.BodyJSON, nil, `{"errors":[],"error":false}`},
		{"no code", `{"error_code":null}`, answer.BodyJSON, nil, `{"error_code":null}`},

		{"object", `{}`, answer.BodyJSON, nil, `{}`},
		{"list", `[]`, answer.BodyJSON, nil, `[]`},
		{"truth", `true`, answer.BodyJSON, nil, `true`},
		{"half a document", `{"error_code":"CC.1"`, answer.BodyText, nil, `{"error_code":"CC.1"`},
		{"two documents", `{} {}`, answer.BodyText, nil, `{} {}`},
		{"page", "<!DOCTYPE html><html>", answer.BodyHTML, nil, "<!DOCTYPE html><html>"},
		{"page after a comment", "\n<!-- x --><HTML>", answer.BodyHTML, nil, "<!-- x --><HTML>"},
		{"script to a login", `<script>location="x"</script>`, answer.BodyHTML, nil, `<script>location="x"</script>`},
		{"XML", "<Error/>", answer.BodyText, nil, "<Error/>"},
		{"words", "upstream timed out", answer.BodyText, nil, "upstream timed out"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := judge([]byte(row.body), "application/json")
			want := finding{body: row.want, codes: row.codes, message: row.message, throttled: row.codes != nil && row.codes[0] == "APIGW.0308"}
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
		want                    answer.Body
	}{
		{"null as a page", "null", "text/html", answer.BodyNull},
		{"JSON as a page", `{"error_code":"CC.1"}`, "text/html; charset=utf-8", answer.BodyCoded},
		{"words as a page", "Forbidden", "text/html", answer.BodyHTML},
		{"page as JSON", "<html>", "application/json", answer.BodyHTML},
		// The service has no reason to announce a page; something else does.
		{"nothing as a page", "", "text/html", answer.BodyHTML},
		{"nothing as nothing", "", "", answer.BodyEmpty},
		{"nothing as nonsense", "", ";;", answer.BodyEmpty},
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

// A body is compressed by its header or by how it begins, and whatever it is: it is
// no success, and it is named.
func TestCompressedBody(t *testing.T) {
	for _, row := range []struct {
		name, encoding, body string
		want                 answer.Body
		message              string
	}{
		{"gzip", "gzip", "\x1f\x8b\x08", answer.BodyCompressed, "the body is compressed (gzip), which was not allowed: something on the way did it"},
		{"gzip in silence", "", "\x1f\x8b\x08", answer.BodyCompressed, "the body is compressed (gzip), which was not allowed: something on the way did it"},
		{"zstd in silence", "", "\x28\xb5\x2f\xfd", answer.BodyCompressed, "the body is compressed (zstd), which was not allowed: something on the way did it"},
		{"deflate", "Deflate", "x\x9c", answer.BodyCompressed, "the body is compressed (deflate), which was not allowed: something on the way did it"},
		{"br", " br ", "\x0b\x01\x80null\x03", answer.BodyCompressed, "the body is compressed (br), which was not allowed: something on the way did it"},
		{"two codings", "deflate, gzip", "x", answer.BodyCompressed, "the body is compressed (deflate, gzip), which was not allowed: something on the way did it"},
		{"null that is said to be compressed", "gzip", "null", answer.BodyCompressed, "the body is compressed (gzip), which was not allowed: something on the way did it"},
		{"identity", "identity", "null", answer.BodyNull, ""},
		{"no bytes", "gzip", "", answer.BodyEmpty, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := connpool.Reply{Status: 200, Header: http.Header{"Content-Encoding": {row.encoding}}, Body: []byte(row.body)}
			if got := Read(r, nil); got.Body != row.want || got.Message != row.message {
				t.Errorf("got %q with %q, want %q with %q", got.Body, got.Message, row.want, row.message)
			}
		})
	}
}

// A check runs when the documented answer says so, and no other.
func TestRunning(t *testing.T) {
	for body, want := range map[string]bool{
		`{"task_status":0,"progress":{"ratio":"5%"}}`:  true,
		`{"task_status":0}`:                            true,
		`{"task_status":2}`:                            false,
		`{"task_status":2,"task_status":0}`:            true,
		`{"task_status":0,"error_code":"CC.00050002"}`: false,
		`{"data":{"task_status":0}}`:                   false,
		`{"task_status":"0"}`:                          false,
		`{}`:                                           false,
	} {
		if got := judge([]byte(body), "application/json").running; got != want {
			t.Errorf("%s: running %v, want %v", body, got, want)
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
		if (got.body == answer.BodyNull) != (string(text) == "null") {
			t.Fatalf("judge(%q) = %q", body, got.body)
		}
		if got.body == answer.BodyEmpty && len(text) != 0 {
			t.Fatalf("judge(%q) = %q", body, got.body)
		}
		if got.body == answer.BodySuccess {
			checkEnvelope(t, text)
		}
		if (got.body == answer.BodyCoded) != (len(got.codes) > 0) || len(got.codes) > maxCodes {
			t.Fatalf("judge(%q) = %q with codes %q", body, got.body, got.codes)
		}
		for _, code := range got.codes {
			if len(code) > maxCode || !secret.FitsHeader(code) {
				t.Fatalf("judge(%q) gave the code %q", body, code)
			}
		}
		if message := secret.Clean(got.message, nil); len(message) > 300 || strings.ContainsAny(message, "\r\n\x00\x1b") {
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

// A task is shown by the documented answer alone, and by no error around it.
func TestBodyTask(t *testing.T) {
	for _, row := range []struct {
		text string
		want answer.Body
	}{
		{`{"task_status":0,"progress":{"ratio":"50%","info":"checking"}}`, answer.BodyTask},
		{`{"task_status":1}`, answer.BodyTask},
		{`{"task_status":2,"unknown":[]}`, answer.BodyTask},
		{`{"task_status":3}`, answer.BodyTask},
		{`{"task_status":null}`, answer.BodyJSON},
		{`{"task_status":"2"}`, answer.BodyJSON},
		{`{"data":{"task_status":2}}`, answer.BodyJSON},
		{`[{"task_status":2}]`, answer.BodyJSON},
		{`{"task_status":2,"error_code":"CC.00050002"}`, answer.BodyCoded},
		{`{"task_status":2,"error":"gone"}`, answer.BodyFailed},
		{`{"task_status":2,"status":"failed"}`, answer.BodyFailed},
		{`{"httpStatus":"OK","result":true,"status":"success","task_status":2}`, answer.BodySuccess},
		{`null`, answer.BodyNull},
		{`{}`, answer.BodyJSON},
	} {
		if got := judge([]byte(row.text), "application/json").body; got != row.want {
			t.Errorf("%s is %q, want %q", row.text, got, row.want)
		}
	}
}

// BenchmarkJudge is what reading an error costs.
func BenchmarkJudge(b *testing.B) {
	body := []byte(`{"error_code":"APIGW.0308","error_msg":"policy user over ratelimit,limit:100,time:1 minute","request_id":"r"}`)
	b.ReportAllocs()
	for b.Loop() {
		judge(body, "application/json")
	}
}

// A code of a service's form is not lost to a short secret, and a secret in the
// place of a code is masked.
func TestSecretsInCodes(t *testing.T) {
	for _, row := range []struct{ code, secret, want string }{
		{"CC.00050010", "0", "CC.00050010"},
		{"CC.00050010", "CC", "CC.00050010"},
		{"CC.00050010.500", "0005", "CC.00050010.500"},
		{"Summer.2024", "Summer.2024", "***"},
		{"RATE_LIMIT", "a", "RATE_LIMIT"},
		{peertest.Token, peertest.Token, "***"},
		{"x-" + peertest.AccessKey, peertest.AccessKey, "x-***"},
	} {
		if got := hideCode(row.code, []string{"", row.secret}); got != row.want {
			t.Errorf("hideCode(%q, %q) = %q, want %q", row.code, row.secret, got, row.want)
		}
	}
}

// A short secret does not take the name of a request away.
func TestRequestIDKeepsShortSecrets(t *testing.T) {
	h := http.Header{"X-Request-Id": {"a1b2"}}
	if got := RequestID(h, []string{"a"}); got != "a1b2" {
		t.Errorf("RequestID = %q", got)
	}
}
