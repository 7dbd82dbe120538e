package sim

import "testing"

func TestConfirms(t *testing.T) {
	for _, row := range []struct {
		name   string
		status int
		body   string
		want   bool
	}{
		{"null", 200, "null", true},
		{"null in space", 200, " null\n", true},
		{"empty", 200, "", true},
		{"space", 202, " \n", true},
		{"no content", 204, "", true},
		{"v3 success", 200, `{"httpStatus":"OK","result":true,"status":"success"}`, true},
		{"v3 success without result", 200, `{"httpStatus":"OK","result":false,"status":"success"}`, false},
		{"v3 accepted", 202, `{"httpStatus":"ACCEPTED","result":true,"status":"success"}`, false},
		{"v3 error", 200, `{"httpStatus":"BAD_REQUEST","result":true,"status":"error"}`, false},
		{"v3 success of another type", 200, `{"httpStatus":200,"result":"true","status":"success"}`, false},
		{"code", 200, `{"error_code":"CC.00050012"}`, false},
		{"page", 200, "<html></html>", false},
		{"number", 200, "0", false},
		{"redirect", 302, "", false},
		{"null of an error", 500, "null", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := confirms(row.status, row.body); got != row.want {
				t.Errorf("confirms(%d, %q) = %v", row.status, row.body, got)
			}
		})
	}
}

func TestCodeIn(t *testing.T) {
	for body, want := range map[string]string{
		`{"error_code":"CC.1","error_msg":"x"}`: "CC.1",
		`{"error_code":5}`:                      "",
		`{"error_code":"CC.1"`:                  "",
		`null`:                                  "",
		`[]`:                                    "",
		``:                                      "",
		`<html>`:                                "",
	} {
		if got := codeIn(body); got != want {
			t.Errorf("code in %q is %q", body, got)
		}
	}
}

// The shapes on the wire, to the letter, as the references print them.
func TestShapes(t *testing.T) {
	for want, rep := range map[string]reply{
		`{"error_code":"CC.1","error_msg":"网络繁忙"}`:                                           coded(400, "CC.1", "网络繁忙"),
		`{"error_code":"APIGW.0308","error_msg":"m","request_id":"r"}`:                       gatewayError(429, "APIGW.0308", "m", "r"),
		`{"error":{"code":401,"message":"The password is wrong.","title":"Unauthorized"}}`:   keystoneError(401, "The password is wrong."),
		`{"error":{"code":404,"message":"Could not find the project.","title":"Not Found"}}`: keystoneError(404, "Could not find the project."),
		`{"error_code":"CC.00050017","error_msg":"task does not exist"}`:                     Options{AbsentAnswer: AbsentCoded}.absent(),
		`null`: deleted(),
	} {
		if rep.body != want {
			t.Errorf("%s,\nwant %s", rep.body, want)
		}
	}
}
