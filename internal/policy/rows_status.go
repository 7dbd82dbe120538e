package policy

import "cleaner/internal/answer"

// pages are the bodies that the service itself does not send: pages, text, and bodies that
// are too long to be its answer.
func pages() []answer.Body {
	return []answer.Body{answer.BodyHTML, answer.BodyText, answer.BodyTooBig, answer.BodyCompressed}
}

// successRows are the 2xx answers that confirm nothing. Most of them may hide a deletion.
// An empty one is among them: the documented success has a body, and a middlebox that
// answers instead of the service often sends none.
func successRows() []Row {
	done := []answer.Body{answer.BodyEmpty, answer.BodyNull, answer.BodySuccess}
	return from(srcDelete, []Row{
		{
			Name: "deleted-empty", Status: Is(200, 204), Bodies: []answer.Body{answer.BodyEmpty}, Verdict: Doubt, Lost: true,
			Why: "an answer without a body confirms no deletion: the documented one has the body null",
		},
		{
			Name: "accepted", Status: Is(202), Bodies: []answer.Body{answer.BodyEmpty, answer.BodyNull, answer.BodySuccess, answer.BodyJSON}, Verdict: Doubt, Lost: true, Accepted: true,
			Why: "the service took the request and confirmed no deletion yet",
		},
		{
			Name: "unconfirmed", Status: Statuses{{201, 201}, {203, 299}}, Bodies: done, Verdict: Doubt, Lost: true,
			Why: "the status confirms no deletion",
		},
		{
			Name: "failed-envelope", Status: Class(2), Bodies: []answer.Body{answer.BodyFailed}, Verdict: Again,
			Why: "the service says that it failed, and not why",
		},
		{
			Name: "unknown-code", Status: Class(2), Bodies: []answer.Body{answer.BodyCoded}, Verdict: Doubt, Lost: true,
			Why: "the service answers with a code that no row knows",
		},
		{
			Name: "unknown-json", Status: Class(2), Bodies: []answer.Body{answer.BodyJSON, answer.BodyTask}, Verdict: Doubt, Lost: true,
			Why: "the service answers with JSON that no row knows",
		},
		{
			Name: "page", Status: Class(2), Bodies: pages(), Verdict: Halt, Blames: SuspectEndpoint, Lost: true, Do: doEndpoint,
			Why: "a page or a text came where the service answers JSON",
		},
	})
}

// statusRows judge answers by their status, when no code decides.
func statusRows() []Row {
	return from(srcHTTP, []Row{
		{Name: "interim", Status: Class(1), Verdict: Doubt, Lost: true, Why: "an interim answer came in place of the last"},
		{Name: "redirect", Status: Class(3), Verdict: Halt, Blames: SuspectEndpoint, Do: doEndpoint, Why: "the service does not redirect: something else answers"},
		{Name: "unauthorized", Status: Is(401), Verdict: Auth, Blames: SuspectCredential, Do: doLogin, Why: "the credential was not accepted"},
		{Name: "forbidden", Status: Is(403), Verdict: Halt, Blames: SuspectPermission, Do: doGrant, Why: "the request is forbidden"},
		{Name: "wrong-endpoint", Status: Is(404, 405, 410), Verdict: Halt, Blames: SuspectEndpoint, Do: doEndpoint, Why: "a wrong endpoint answers so; the service would name one of its codes"},
		{Name: "proxy-login", Status: Is(407), Verdict: Halt, Blames: SuspectEndpoint, Do: "set the proxy's user and password in HTTPS_PROXY", Why: "a proxy on the way asks for a login"},
		{Name: "request-timeout", Status: Is(408), Verdict: Again, Why: "the request took too long to arrive"},
		{Name: "try-again", Status: Is(409, 423, 425), Verdict: Again, Behind: true, Why: "the task cannot be deleted at this moment"},
		{Name: "headers-too-large", Status: Is(431, 494), Verdict: Halt, Blames: SuspectEndpoint, Do: doHeaders, Why: "the headers are too large"},
		{Name: "refused-page", Status: Class(4), Bodies: pages(), Verdict: Halt, Blames: SuspectEndpoint, Do: doEndpoint, Why: "a page or a text refuses the request: it is not the service that speaks"},
		{Name: "refused", Status: Class(4), Verdict: Never, Why: "the request was refused"},
		{Name: "overloaded", Status: Is(503), Verdict: Again, Lost: true, Why: "the service is unavailable"},
		{Name: "server-error", Status: Class(5), Verdict: Again, Lost: true, Why: "the server had an error"},
	})
}
