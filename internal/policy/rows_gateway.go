package policy

// gatewayRows are the API gateway's errors. A number means different things under different
// statuses, so each row has both. The gateway knows no tasks: a request that it refuses for
// good it would mostly refuse for every ID. Its 404 never means that a task is gone.
func gatewayRows() []Row {
	return from(srcGateway, []Row{
		{Name: "gateway-0101", Status: Is(404), Code: "APIGW.0101", Verdict: Halt, Blames: SuspectEndpoint, Do: doEndpoint, Why: "the gateway knows no such API"},
		{Name: "gateway-0103", Status: Is(404), Code: "APIGW.0103", Verdict: Halt, Blames: SuspectEndpoint, Do: doEndpoint, Why: "the gateway knows no backend for the API"},
		{Name: "gateway-0104", Status: Is(400), Code: "APIGW.0104", Verdict: Halt, Blames: SuspectEndpoint, Do: doGateway, Why: "the gateway lacks a plug-in's or the backend's configuration"},
		{Name: "gateway-0105", Status: Is(400), Code: "APIGW.0105", Verdict: Halt, Blames: SuspectEndpoint, Do: doGateway, Why: "the gateway lacks a plug-in's or the backend's configuration"},
		{Name: "gateway-0106", Status: Is(400), Code: "APIGW.0106", Verdict: Halt, Blames: SuspectEndpoint, Do: doGateway, Why: "the gateway could not process the request"},
		{Name: "gateway-0201-parameters", Status: Is(400), Code: "APIGW.0201", Verdict: Never, Why: "the gateway takes the parameters for invalid"},
		{Name: "gateway-0201-too-long", Status: Is(413, 414), Code: "APIGW.0201", Verdict: Never, Why: "the gateway takes the request for too long"},
		{Name: "gateway-0201-headers", Status: Is(494), Code: "APIGW.0201", Verdict: Halt, Blames: SuspectEndpoint, Do: doHeaders, Why: "the gateway takes the headers for too large"},
		{Name: "gateway-0201-backend", Status: Is(502), Code: "APIGW.0201", Verdict: Again, Lost: true, Why: "the backend is unavailable"},
		{Name: "gateway-0201-timeout", Status: Is(504), Code: "APIGW.0201", Verdict: Again, Lost: true, Why: "the backend did not answer the gateway in time"},
		{Name: "gateway-0203", Status: Is(504), Code: "APIGW.0203", Verdict: Again, Lost: true, Why: "the backend did not answer the gateway in time"},
		{Name: "gateway-0301", Status: Is(401), Code: "APIGW.0301", Verdict: Auth, Blames: SuspectCredential, Do: doLogin, Why: "the gateway takes the IAM authentication information for wrong"},
		{Name: "gateway-0302", Status: Is(403), Code: "APIGW.0302", Verdict: Halt, Blames: SuspectPermission, Do: doGrant, Why: "the IAM user is not allowed"},
		{Name: "gateway-0303", Status: Is(401), Code: "APIGW.0303", Verdict: Halt, Blames: SuspectCredential, Do: doLogin, Why: "the app's authentication information is wrong"},
		{Name: "gateway-0304", Status: Is(403), Code: "APIGW.0304", Verdict: Halt, Blames: SuspectPermission, Do: doGrant, Why: "the app is not allowed"},
		{Name: "gateway-0305", Status: Is(401), Code: "APIGW.0305", Verdict: Halt, Blames: SuspectCredential, Do: doLogin, Why: "the app's authentication information is wrong"},
		{Name: "gateway-0306", Status: Is(403), Code: "APIGW.0306", Verdict: Halt, Blames: SuspectPermission, Do: doGrant, Why: "the gateway denies access"},
		{Name: "gateway-0307", Status: Is(401, 403), Code: "APIGW.0307", Verdict: Auth, Blames: SuspectCredential, Do: doRegion, Why: "the token has expired or belongs to another region"},
		{Name: "gateway-0310", Status: Is(403), Code: "APIGW.0310", Verdict: Halt, Blames: SuspectProject, Do: doAccount, Why: "the project is unavailable"},
		{Name: "gateway-0401", Status: Is(403), Code: "APIGW.0401", Verdict: Halt, Blames: SuspectAccount, Do: doAddress, Why: "the gateway does not know this host's address"},
		{Name: "gateway-0402", Status: Is(403), Code: "APIGW.0402", Verdict: Halt, Blames: SuspectAccount, Do: doAddress, Why: "this host's address is not allowed"},
		{Name: "gateway-0501", Status: Is(405), Code: "APIGW.0501", Verdict: Halt, Blames: SuspectAccount, Do: doAccount, Why: "the app's quota is used up"},
		{Name: "gateway-0502", Status: Is(405), Code: "APIGW.0502", Verdict: Halt, Blames: SuspectAccount, Do: doAccount, Why: "the app is frozen"},
		{Name: "gateway-0601", Status: Is(500), Code: "APIGW.0601", Verdict: Again, Lost: true, Why: "the gateway had an inner error"},
		{Name: "gateway-0602", Status: Is(400), Code: "APIGW.0602", Verdict: Halt, Blames: SuspectEndpoint, Do: doGateway, Why: "the gateway takes the request for malformed"},
		{Name: "gateway-0605", Status: Is(500), Code: "APIGW.0605", Verdict: Again, Lost: true, Why: "the gateway had an inner error"},
		{Name: "gateway-0606", Status: Is(500), Code: "APIGW.0606", Verdict: Again, Lost: true, Why: "the gateway had an inner error"},
		{Name: "gateway-0607", Status: Is(400), Code: "APIGW.0607", Verdict: Halt, Blames: SuspectEndpoint, Do: doEndpoint, Why: "the gateway does not support the protocol"},
		{Name: "gateway-0608", Status: Is(500), Code: "APIGW.0608", Verdict: Again, Lost: true, Why: "the gateway had an inner error"},
		{Name: "gateway-0609", Status: Is(500), Code: "APIGW.0609", Verdict: Again, Lost: true, Why: "the gateway had an inner error"},
		{Name: "gateway-0610", Status: Is(502), Code: "APIGW.0610", Verdict: Again, Why: "the gateway has no backend available"},
		{Name: "gateway-0611", Status: Is(500), Code: "APIGW.0611", Verdict: Again, Lost: true, Why: "the gateway had an inner error"},
		{Name: "gateway-0612", Status: Is(500), Code: "APIGW.0612", Verdict: Again, Lost: true, Why: "the gateway had an inner error"},
		{Name: "gateway-0613", Status: Is(503), Code: "APIGW.0613", Verdict: Again, Why: "IAM is unavailable to the gateway"},
		{Name: "gateway-0705", Status: Is(500), Code: "APIGW.0705", Verdict: Again, Lost: true, Why: "the gateway had an inner error"},
		{Name: "gateway-0801", Status: Is(403), Code: "APIGW.0801", Verdict: Halt, Blames: SuspectEndpoint, Do: doRegion, Why: "the service is not available in the region"},
		{Name: "gateway-0802", Status: Is(403), Code: "APIGW.0802", Verdict: Halt, Blames: SuspectEndpoint, Do: doRegion, Why: "the user is not available in the region"},
	})
}
