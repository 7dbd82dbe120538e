package policy

// Verdict is what an answer means for its task ID and for the run.
type Verdict string

// The verdicts. Only Deleted, Gone and Never settle an ID by themselves.
const (
	// Deleted: the service confirmed the deletion.
	Deleted Verdict = "deleted"
	// Gone: the service itself said that there is no such task.
	Gone Verdict = "gone"
	// Again: try again. It spends an attempt unless the far side is at fault; the
	// ID is a dead letter when its attempts or its deadline are used up.
	Again Verdict = "again"
	// Doubt: the answer may hide a deletion and confirms none; a look at the task
	// decides. Its ruling is always Lost.
	Doubt Verdict = "doubt"
	// Later: due later. It spends no attempt: the task is running, the service
	// throttles, or there is no login for now.
	Later Verdict = "later"
	// Auth: renew the credential and send again.
	Auth Verdict = "auth"
	// Never: a dead letter at once; asking again cannot help.
	Never Verdict = "never"
	// Halt: the answer rejects the request, and as far as it says the ID is not the
	// reason, but the permission, the project, the region or the endpoint. The ID stays
	// pending.
	Halt Verdict = "halt"
)

// Suspect is what an answer blames for a rejection.
type Suspect string

// The suspects. Every built-in row that says auth or halt names one.
const (
	SuspectNone       Suspect = ""           // the answer blames nothing but the ID, or nobody
	SuspectCredential Suspect = "credential" // the token, the password or the access key
	SuspectPermission Suspect = "permission" // what the user may do
	SuspectProject    Suspect = "project"    // the project, or the ID that leads to it
	SuspectEndpoint   Suspect = "endpoint"   // the address, or something else that answers there
	SuspectAccount    Suspect = "account"    // the account's quota or lock, or this host's address
)

// known reports whether v is one of the verdicts.
func (v Verdict) known() bool {
	switch v {
	case Deleted, Gone, Again, Doubt, Later, Auth, Never, Halt:
		return true
	default:
		return false
	}
}

// Ruling is a verdict with its reasons. Table.Judge makes it; the zero value
// rules nothing, and Retry.Next leaves its ID pending.
type Ruling struct {
	// Verdict is what the answer means.
	Verdict Verdict
	// Row is the name of the row that decided.
	Row string
	// Code is the error code that decided, else the outermost one; empty when
	// the answer carried none.
	Code string
	// Why is the row's reason, and Do what an operator can do about it; Do may
	// be empty.
	Why, Do string
	// Slow says that the answer is not about this ID alone: every worker has to slow
	// down.
	Slow bool
	// Lost says that the request may have taken effect although its answer does not say
	// so.
	Lost bool
	// Blames is what the answer blames; SuspectNone unless it is a rejection.
	Blames Suspect
	// Accepted says that the service took the request and is going to act: the
	// answer is no failure, and a look shows when it has acted.
	Accepted bool
	// Behind says that the ID gets another turn after all others have had theirs.
	Behind bool
	// Once says that a pass asks for the ID no more than once: it counts as sent, and is
	// left pending.
	Once bool
	// Own says that the row is an operator's: nothing that was learned overrides it.
	Own bool
}
