package sim

import (
	"net/http"
	"strconv"
)

// Bodies that are more than a code and a message.
const (
	loginPage = `<!DOCTYPE html><html><head><title>Log In</title></head>` +
		`<body><form action="/authui/login" method="post"><input name="userpasswordcredentials.username"></form></body></html>`
	notFoundPage = `<html><head><title>404 Not Found</title></head><body><center><h1>404 Not Found</h1></center></body></html>`
	badGateway   = `<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>`
	deniedPage   = `<html><head><title>403 Forbidden</title></head><body><center><h1>403 Forbidden</h1></center></body></html>`
	busyPage     = `<html><head><title>503 Service Unavailable</title></head><body><center><h1>503 Service Unavailable</h1></center></body></html>`
	v3Success    = `{"httpStatus":"OK","result":true,"status":"success"}`
	v3Error      = `{"httpStatus":"BAD_REQUEST","result":null,"status":"error"}`
	v3Accepted   = `{"httpStatus":"ACCEPTED","result":true,"status":"success"}`
	sibling      = `{"error":{"code":"DEV.00000001","message":"internal error"},"status":"failed"}`
	innerWrapper = `call inner service error: error code CC.00101085.500, message: 内部错误`
)

// Catalogue lists the faults that have a name: what the documentation and
// public reports say that such a service, its gateway and IAM may answer, and
// what networks do. Each has a Share of 1; set Share and Times, or a window, on
// a copy. The service's own messages are Chinese, as they come unless
// X-Language asks otherwise.
func Catalogue() []Fault {
	return append([]Fault{
		// The service is busy: try again.
		canned("busy-400", 400, "CC.00000000", "网络繁忙，请稍后再试"),
		canned("busy-401", 401, "CC.00000000", "网络繁忙，请稍后再试"),
		canned("busy-200", 200, "CC.00050012", "网络繁忙，请稍后重试"),
		canned("basic-info-200", 200, "CC.00050014", "调用getTaskBasicInfo失败"),
		canned("detail-200", 200, "CC.00050002", "查询任务详情失败"),
		canned("inner-wrapper", 200, "CC.00050006", innerWrapper),
		canned("inner-wrapper-500", 500, "CC.00050006", innerWrapper),
		canned("running-200", 200, codeRunning, "任务正在执行"),

		// The credential is not good enough.
		canned("expired-401", 401, codeExpired, "认证信息过期"),
		canned("iam-200", 200, "CC.00050007", "IAM鉴权失败"),
		canned("signature-401", 401, "APIGW.0301", "Incorrect IAM authentication information"),
		canned("token-401", 401, "APIGW.0307", "The token must be updated"),
		raw("bare-401", 401, "", ""),
		canned("no-permission-200", 200, "CC.00050010", "当前用户没有权限"),
		canned("no-member-200", 200, "CC.00050011", "用户不在任何项目中"),
		canned("no-project", 200, codeNoProject, "项目不存在"),
		canned("denied-403", 403, "APIGW.0302", "The IAM user is not allowed to access the API"),
		canned("address-403", 403, "APIGW.0402", "The client IP address is not allowed"),

		// The request is wrong.
		canned("parameters-200", 200, codeParameters, "参数不合法"),
		canned("unknown-200", 200, "CC.00059999", "未知错误"),
		canned("gateway-404", 404, "APIGW.0101", "The API does not exist or has not been published in the environment"),
		canned("quota-405", 405, "APIGW.0501", "The app quota has been used up"),
		canned("header-494", 494, "APIGW.0201", "Request header too large"),
		raw("html-404", 404, "text/html", notFoundPage),
		raw("bare-404", 404, "", ""),
		raw("teapot-418", 418, "application/json", sibling),

		// Too many requests.
		throttled("throttle-429", "1", "The throttling threshold has been reached"),
		throttled("throttle-text-429", "", "The throttling threshold has been reached: policy user over ratelimit,limit:100,time:1 minute"),
		throttled("throttle-past-429", "Wed, 21 Oct 2015 07:28:00 GMT", "The throttling threshold has been reached"),
		throttled("throttle-absurd-429", "31536000", "The throttling threshold has been reached"),

		// The servers are in trouble. What has "after-effect" in its name lies:
		// the task is deleted.
		canned("500", 500, "APIGW.0601", "Internal server error"),
		raw("502", 502, "text/html", badGateway),
		canned("503", 503, "APIGW.0613", "The IAM service is not available"),
		canned("504", 504, "APIGW.0201", "Backend timeout"),
		canned("500-after-effect", 500, "APIGW.0601", "Internal server error").acting(ActionAnswerAfter),
		raw("502-after-effect", 502, "text/html", badGateway).acting(ActionAnswerAfter),
		canned("504-after-effect", 504, "APIGW.0201", "Backend timeout").acting(ActionAnswerAfter),
		canned("outage", 502, "APIGW.0201", "Backend unavailable").on(OpAll),

		// Answers that look like success, or like nothing known. Those with an
		// effect are true successes in unusual dress.
		canned("accept-lie", 200, "CC.00050006", "service inner error").acting(ActionAcceptLie),
		raw("silent-lie", 200, "", "null").acting(ActionAcceptLie), // the documented success, and nothing is deleted
		{Name: "late-effect", Share: 1, Action: ActionLate},        // the documented success, before it is true
		raw("html-200", 200, "text/html", loginPage),
		raw("json-garbage-200", 200, "application/json", `{"weather":"fine"}`),
		raw("truncated-json-200", 200, "application/json", `{"error_code":"CC.000500`),
		raw("empty-200", 200, "", "").acting(ActionAnswerAfter),
		raw("empty-204", 204, "", "").acting(ActionAnswerAfter),
		raw("v3-success-200", 200, "application/json", v3Success).acting(ActionAnswerAfter),
		raw("v3-error-200", 200, "application/json", v3Error),
		raw("v3-accepted-202", 202, "application/json", v3Accepted),
		raw("sibling-200", 200, "application/json", sibling),
		redirect("redirect-302", 302),
		redirect("redirect-307", 307),

		// The network.
		{Name: "slow", Share: 1, Action: ActionSlow},
		{Name: "hang", Share: 1, Action: ActionHang},
		{Name: "hang-after-effect", Share: 1, Action: ActionHangAfter},
		{Name: "reset", Share: 1, Action: ActionReset},
		{Name: "reset-after-effect", Share: 1, Action: ActionResetAfter},
		{Name: "cut", Share: 1, Action: ActionCut},

		// IAM.
		canned("login-locked", 401, "IAM.0061", "Account locked.").on(OpLogin),
		canned("login-429", 429, "IAM.0012", "The throttling threshold has been reached.").on(OpLogin),
		canned("login-503", 503, "IAM.0020", "Service unavailable.").on(OpLogin),
		{Name: "login-hang", Share: 1, Action: ActionHang, On: OpLogin},
	}, oddFaults()...)
}

// canned is an error in the service's own shape.
func canned(name string, status int, code, msg string) Fault {
	return Fault{Name: name, Share: 1, Status: status, Action: ActionAnswer, Body: coded(status, code, msg).body}
}

// raw is a body of any kind; an empty kind is the service's own, JSON.
func raw(name string, status int, kind, body string) Fault {
	f := Fault{Name: name, Share: 1, Status: status, Action: ActionAnswer, Body: body}
	if kind != "" {
		f.Header = http.Header{"Content-Type": {kind}}
	}
	return f
}

// throttled is a 429 of the gateway; an empty retryAfter sends no such header.
func throttled(name, retryAfter, msg string) Fault {
	f := canned(name, http.StatusTooManyRequests, "APIGW.0308", msg)
	if retryAfter != "" {
		f.Header = http.Header{"Retry-After": {retryAfter}}
	}
	return f
}

// redirect sends the client to a login page at the same host, so that one that
// follows is seen to.
func redirect(name string, status int) Fault {
	f := raw(name, status, "text/html", "<html>"+strconv.Itoa(status)+"</html>")
	f.Header.Set("Location", "/authui/login")
	return f
}

// acting returns f with another action.
func (f Fault) acting(a Action) Fault { f.Action = a; return f }

// on returns f for another operation.
func (f Fault) on(op Op) Fault { f.On = op; return f }

// FaultNames lists the names of the faults of Catalogue.
func FaultNames() []string {
	all := Catalogue()
	names := make([]string, len(all))
	for i, f := range all {
		names[i] = f.Name
	}
	return names
}
