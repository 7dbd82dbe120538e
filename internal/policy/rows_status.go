package policy

// The bodies that bring no proof of the service: pages, text, and what is too
// long to be an answer of it.
func pages() []Body { return []Body{BodyHTML, BodyText, BodyTooBig} }

// successRows are the 2xx answers that confirm nothing. To ask again is
// harmless: a task that is gone by then answers so.
func successRows() []Row {
	done := []Body{BodyEmpty, BodyNull, BodySuccess}
	return from(srcDelete, []Row{
		{
			Name: "accepted", Status: Is(202), Bodies: append(done, BodyJSON), Verdict: Again, Lost: true,
			Why: "the request was accepted, and no deletion confirmed",
		},
		{
			Name: "unconfirmed", Status: Statuses{{201, 201}, {203, 203}, {205, 299}}, Bodies: done, Verdict: Again, Lost: true,
			Why: "the status confirms no deletion",
		},
		{
			Name: "failed-envelope", Status: Class(2), Bodies: []Body{BodyFailed}, Verdict: Again,
			Why: "the service says that it failed, and not why",
		},
		{
			Name: "unknown-code", Status: Class(2), Bodies: []Body{BodyCoded}, Verdict: Never,
			Why: "the service answers with a code that no row knows",
		},
		{
			Name: "unknown-json", Status: Class(2), Bodies: []Body{BodyJSON}, Verdict: Never,
			Why: "the service answers with JSON that no row knows",
		},
		{
			Name: "page", Status: Class(2), Bodies: pages(), Verdict: Halt, Lost: true, Do: doEndpoint,
			Why: "a page or a text came where the service answers JSON",
		},
	})
}

// statusRows judge answers by their status, where no code does.
func statusRows() []Row {
	return from(srcHTTP, []Row{
		{Name: "interim", Status: Class(1), Verdict: Never, Why: "an interim answer came in place of the last"},
		{Name: "redirect", Status: Class(3), Verdict: Halt, Do: doEndpoint, Why: "the service does not redirect: something else answers"},
		{Name: "unauthorized", Status: Is(401), Verdict: Auth, Do: doLogin, Why: "the credential was not accepted"},
		{Name: "forbidden", Status: Is(403), Verdict: Halt, Do: doGrant, Why: "the request is forbidden"},
		{Name: "wrong-endpoint", Status: Is(404, 405, 410), Verdict: Halt, Do: doEndpoint, Why: "a wrong endpoint answers so; the service would name one of its codes"},
		{Name: "proxy-login", Status: Is(407), Verdict: Halt, Do: "set the proxy's user and password in HTTPS_PROXY", Why: "a proxy on the way asks for a login"},
		{Name: "try-again", Status: Is(408, 409, 423, 425), Verdict: Again, Why: "the request came at a bad moment"},
		{Name: "headers-too-large", Status: Is(431, 494), Verdict: Halt, Do: doHeaders, Why: "the headers are too large"},
		{Name: "refused-page", Status: Class(4), Bodies: pages(), Verdict: Halt, Do: doEndpoint, Why: "a page or a text refuses the request: it is not the service that speaks"},
		{Name: "refused", Status: Class(4), Verdict: Never, Why: "the request was refused"},
		{Name: "overloaded", Status: Is(503), Verdict: Again, Lost: true, Why: "the service is unavailable"},
		{Name: "server-error", Status: Class(5), Verdict: Again, Lost: true, Why: "the server had an error"},
	})
}
