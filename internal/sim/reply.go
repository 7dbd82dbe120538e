package sim

import (
	"encoding/json"
	"net/http"
	"strings"
)

// CodeAbsent is the code for a task that does not exist. It is an assumption:
// the published table of error codes ends before any such code (API Reference,
// "Error Codes"), and a client should not be built upon this one.
const CodeAbsent = "CC.00050017"

// Codes that the API Reference does list.
const (
	codeExpired    = "CC.00000003" // authentication information expired
	codeParameters = "CC.00050000" // parameters not valid
	codeDetail     = "CC.00050002" // query task detail error
	codeInner      = "CC.00050006" // service inner error
	codeIAM        = "CC.00050007" // IAM authentication failed
	codePermission = "CC.00050010" // current user does not have permission
	codeNoProject  = "CC.00050013" // project does not exist
	codeRunning    = "CC.00050015" // task is running
)

// reply is one answer, before it is put on the wire.
type reply struct {
	status int
	header http.Header // what goes beyond the usual; nil for nothing
	body   string
	code   string // the error code within body; "" for none
	// final says that the answer settles its ID: it is deleted, or not there.
	final bool
	// throttled says that the limit refused the call, in whatever form.
	throttled bool
}

// deleted is the documented success: the JSON literal null.
func deleted() reply {
	return reply{status: http.StatusOK, body: "null", final: true}
}

// coded is an error in the service's shape.
func coded(status int, code, msg string) reply {
	return reply{status: status, code: code, body: encode(struct {
		Code string `json:"error_code"`
		Msg  string `json:"error_msg"`
	}{code, msg})}
}

// gatewayError is an error in the gateway's shape, which names the request.
func gatewayError(status int, code, msg, requestID string) reply {
	return reply{status: status, code: code, body: encode(struct {
		Code string `json:"error_code"`
		Msg  string `json:"error_msg"`
		ID   string `json:"request_id"`
	}{code, msg, requestID})}
}

// keystoneError is an error in IAM's older shape, whose code is a number.
func keystoneError(status int, msg string) reply {
	type inner struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
		Title   string `json:"title"`
	}
	return reply{status: status, body: encode(map[string]inner{
		"error": {status, msg, http.StatusText(status)},
	})}
}

// encode renders v, which is always one of this package's own plain values.
func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // a programmer's mistake: v holds something JSON has no word for
	}
	return string(b)
}

// codeIn is the error code at the top of a JSON body, or "".
func codeIn(body string) string {
	var top struct {
		Code string `json:"error_code"`
	}
	if json.Unmarshal([]byte(body), &top) != nil {
		return ""
	}
	return top.Code
}

// confirms reports whether a canned answer tells the client that the deletion
// happened: 2xx with no body, null, or the v3 success envelope.
func confirms(status int, body string) bool {
	if status/100 != 2 {
		return false
	}
	if b := strings.TrimSpace(body); b == "" || b == "null" {
		return true
	}
	var envelope struct {
		HTTPStatus string `json:"httpStatus"`
		Result     bool   `json:"result"`
		Status     string `json:"status"`
	}
	err := json.Unmarshal([]byte(body), &envelope)
	return err == nil && envelope.HTTPStatus == "OK" && envelope.Result && envelope.Status == "success"
}
