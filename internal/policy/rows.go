package policy

import "cleaner/internal/answer"

// The sources that the rows are based on.
const (
	srcDelete  = "CodeArts Check API Reference, DeleteTask and DeleteTaskV3"
	srcCodes   = "CodeArts Check API Reference, Error Codes"
	srcGateway = "API Signing Guide, Error Codes"
	srcIAM     = "IAM API Reference, Error Codes"
	srcHTTP    = "RFC 9110"
	srcFAQ     = "CodeArts Check FAQ, \"the project does not exist\" when an API is called: the task ID is incorrect"
	srcOurs    = "cleaner"
)

// What an operator can do.
const (
	doGrant    = "grant the user codeartscheck:task:delete and a project role that may delete, and check service.region"
	doProject  = "check the task ID first; if all IDs are answered so, check that the project exists and that service.region is its region"
	doLogin    = "check the credentials under auth, and the host's clock"
	doEndpoint = "check service.endpoint, service.region and any proxy on the way"
	doGateway  = "check service.endpoint; if it is right, open a ticket with the request ID"
	doHeaders  = "the token is probably too large for something on the way: try an access key instead"
	doRegion   = "check that service.region is the credentials' region"
	doAccount  = "look at the account's state and quota in the console"
	doAddress  = "allow this host's address"
)

// from fills in the source of the rows that name none.
func from(source string, rows []Row) []Row {
	for i := range rows {
		if rows[i].Source == "" {
			rows[i].Source = source
		}
	}
	return rows
}

// deletedRows holds the only row that says deleted.
func deletedRows() []Row {
	return from(srcDelete, []Row{
		{
			Name: "deleted", Status: Is(200), Bodies: []answer.Body{answer.BodyNull, answer.BodySuccess}, Verdict: Deleted,
			Why: "the service confirmed the deletion",
		},
	})
}

// throttleRows stand before all codes: a service that throttles has not looked at the task.
func throttleRows() []Row {
	return from(srcGateway, []Row{
		{Name: "throttled", Status: Is(429), Verdict: Later, Slow: true, Why: "too many requests"},
		{Name: "throttled-code", Code: "*.0308", Verdict: Later, Slow: true, Why: "the gateway's throttling threshold is reached"},
	})
}

// serviceRows are the codes of CodeArts Check. Its documentation gives HTTP 200 for the
// codes from CC.00050000 on, but they have been seen with other statuses: they count under
// any status.
func serviceRows() []Row {
	return from(srcCodes, []Row{
		{Name: "busy", Code: "CC.00000000", Verdict: Again, Why: "the network is busy"},
		{Name: "session-expired", Code: "CC.00000003", Verdict: Auth, Blames: SuspectCredential, Do: doLogin, Why: "the authentication information has expired"},
		{Name: "bad-parameters", Code: "CC.00050000", Verdict: Never, Why: "the service takes the parameters for invalid"},
		{Name: "task-list-error", Code: "CC.00050001", Verdict: Again, Why: "the service could not query its task list"},
		{Name: "task-detail-error", Code: "CC.00050002", Verdict: Again, Why: "the service could not query the task"},
		{Name: "templates-error", Code: "CC.00050003", Verdict: Again, Why: "the service could not query its templates"},
		{Name: "history-error", Code: "CC.00050004", Verdict: Again, Why: "the service could not query the task's history"},
		{Name: "create-error", Code: "CC.00050005", Verdict: Never, Why: "the service answers that creating failed, which nobody asked for"},
		// Seen in the field: a catch-all whose message holds the code that matters.
		{Name: "inner-error", Code: "CC.00050006", Verdict: Again, Wraps: true, Why: "the service had an inner error"},
		{Name: "iam-failed", Code: "CC.00050007", Verdict: Auth, Blames: SuspectCredential, Do: doLogin, Why: "the service could not authenticate the user with IAM"},
		{Name: "no-permission", Code: "CC.00050010", Verdict: Halt, Blames: SuspectPermission, Do: doGrant, Why: "the user has no permission"},
		{Name: "no-member", Code: "CC.00050011", Verdict: Halt, Blames: SuspectPermission, Do: doGrant, Why: "the user is in no project"},
		{Name: "busy-later", Code: "CC.00050012", Verdict: Again, Why: "the network is busy"},
		{
			Name: "no-project", Code: "CC.00050013", Verdict: Halt, Blames: SuspectProject, Source: srcFAQ,
			Why: "the project does not exist, or the task ID is wrong: a task that is gone may be answered so",
			Do:  doProject,
		},
		{Name: "basic-info-error", Code: "CC.00050014", Verdict: Again, Why: "the service could not get the task's basic information"},
		{Name: "running", Code: "CC.00050015", Verdict: Later, Why: "the task is running"},
		{Name: "create-failed", Code: "CC.00050016", Verdict: Never, Why: "the service answers that creating failed, which nobody asked for"},
	})
}

// iamRows are IAM's codes, which are passed on when a login or a token is checked on the
// way to the service.
func iamRows() []Row {
	return from(srcIAM, []Row{
		{Name: "iam-forbidden", Code: "IAM.0002", Verdict: Halt, Blames: SuspectPermission, Do: doGrant, Why: "IAM does not authorise the user"},
		{Name: "iam-policy", Code: "IAM.0003", Verdict: Halt, Blames: SuspectPermission, Do: doGrant, Why: "IAM's policy does not allow the action"},
		{Name: "iam-throttled", Code: "IAM.0012", Verdict: Later, Slow: true, Why: "IAM throttles requests"},
		{Name: "iam-failover", Code: "IAM.0020", Verdict: Again, Why: "IAM is moving to another region"},
		{Name: "iam-locked", Code: "IAM.0061", Verdict: Halt, Blames: SuspectAccount, Do: "wait for the lock to end or have it lifted, then check the password", Why: "the user is locked after wrong passwords"},
		{Name: "iam-password", Code: "IAM.0062", Verdict: Halt, Blames: SuspectCredential, Do: doLogin, Why: "the password is wrong"},
		{Name: "iam-token-expired", Code: "IAM.0066", Verdict: Auth, Blames: SuspectCredential, Do: doLogin, Why: "the token has expired"},
		{Name: "iam-token-invalid", Code: "IAM.0067", Verdict: Auth, Blames: SuspectCredential, Do: doLogin, Why: "the token is invalid"},
		{Name: "iam-key-expired", Code: "IAM.1108", Verdict: Auth, Blames: SuspectCredential, Do: doLogin, Why: "the temporary access key has expired"},
	})
}

// waitRows are the throttles that only their wait or their text tells from other answers.
// They stand after all known codes, which say more, and before the rows for unknown codes.
func waitRows() []Row {
	return from(srcOurs, []Row{
		{
			Name: "throttled-wait", Status: Is(400, 403, 413, 503), Waits: true, Verdict: Later, Slow: true, Source: srcHTTP,
			Why: "the service asks to wait before the next request",
		},
		{
			Name: "throttled-text", Says: true, Verdict: Later, Slow: true,
			Why: "the answer tells of throttling in words",
		},
	})
}

// absentRows say gone: the service itself, and not the gateway before it, has no such task.
// The code that it uses is not published, so any of its codes under 404 that means nothing
// else counts.
func absentRows() []Row {
	return from(srcOurs, []Row{
		{Name: "absent", Status: Is(404, 410), Code: "CC", Verdict: Gone, Why: "the service has no such task"},
	})
}
