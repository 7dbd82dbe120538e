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
	// Later: due later. It spends no attempt: the task is running, the service
	// throttles, or there is no login for now.
	Later Verdict = "later"
	// Auth: renew the credential and send again.
	Auth Verdict = "auth"
	// Never: a dead letter at once; asking again cannot help.
	Never Verdict = "never"
	// Halt: the answer blames the run (credentials, permission, region,
	// endpoint) and not the ID, which stays pending.
	Halt Verdict = "halt"
)

// known reports whether v is one of the verdicts.
func (v Verdict) known() bool {
	switch v {
	case Deleted, Gone, Again, Later, Auth, Never, Halt:
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
	// Slow says that the answer is no matter of this ID alone: every worker has
	// to slow down.
	Slow bool
	// Lost says that the request may have taken effect although its answer did
	// not tell.
	Lost bool
}
