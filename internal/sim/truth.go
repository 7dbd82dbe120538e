package sim

import "iter"

// Truth is the totals since New. Requests to the control paths are in none of
// them.
type Truth struct {
	// Requests are those to CodeArts Check and to IAM, whatever became of them;
	// Deletes are the DELETE requests among them.
	Requests int64 `json:"requests"`
	Deletes  int64 `json:"deletes"`
	// Stops are the requests to stop a task, and Looks those for its progress.
	Stops int64 `json:"stops"`
	Looks int64 `json:"looks"`
	// MadeUpDeletes and MadeUpLooks are the DELETEs and the looks for IDs that were
	// never added; as long as none was added, both are 0.
	MadeUpDeletes int64 `json:"made_up_deletes"`
	MadeUpLooks   int64 `json:"made_up_looks"`
	// Effects are the tasks that a DELETE deleted, those put off when they are due.
	Effects int64 `json:"effects"`
	// Logins brought a token, FailedLogins did not.
	Logins       int64 `json:"logins"`
	FailedLogins int64 `json:"failed_logins"`
	// Throttled are the answers with status 429, canned ones included, and what the
	// limit refused in another form.
	Throttled int64 `json:"throttled"`
	// RepeatsAfterAnswer and LostAnswers are the sums over all tasks.
	RepeatsAfterAnswer int64 `json:"repeats_after_answer"`
	LostAnswers        int64 `json:"lost_answers"`
	// Connections were opened, those of control requests included; only Serve
	// and Start can see them.
	Connections int64 `json:"connections"`
	// MaxConcurrent is the largest number of requests in flight at once. One
	// that its client gave up counts until the broken connection is noticed,
	// some microseconds later.
	MaxConcurrent int64 `json:"max_concurrent"`
	// BusiestSecond is the largest number of DELETE requests that arrived
	// within one second, whenever it began.
	BusiestSecond int64 `json:"busiest_second"`
}

// TaskTruth is what is known of one task ID. The zero value of all but the ID
// is an ID that was never asked about.
type TaskTruth struct {
	ID string `json:"id"`
	// Kind is what kind of ID it is, and says how a client should end it.
	Kind Kind `json:"kind,omitempty"`
	// Requests are the DELETE requests for it, refused ones included.
	Requests int `json:"requests"`
	// Effects is 1 when a DELETE deleted it and 0 when not, as when Remove did.
	Effects int `json:"effects"`
	// RepeatsAfterAnswer are the requests that came after a final answer: one
	// that said, truly, that it is deleted or not there, and was fully written.
	RepeatsAfterAnswer int `json:"repeats_after_answer"`
	// LastStatus and LastCode are the last answer; 0 and "" when the last
	// request got none.
	LastStatus int    `json:"last_status"`
	LastCode   string `json:"last_code"`
	// LostAnswers is 1 when it was deleted and the client of that request was
	// not told so: the answer was dropped, cut, or another one put in its place.
	LostAnswers int `json:"lost_answers"`
}

// auditor says what really happened.
type auditor struct {
	*world
	*chooser
}

// Truth returns the totals as they stand.
func (a auditor) Truth() Truth {
	a.settleLate()
	c := a.count
	return Truth{
		Requests: c.requests.Load(), Deletes: c.deletes.Load(), Effects: c.effects.Load(),
		Stops: c.stops.Load(), Looks: c.looks.Load(),
		MadeUpDeletes: c.madeUpDeletes.Load(), MadeUpLooks: c.madeUpLooks.Load(),
		Logins: c.logins.Load(), FailedLogins: c.failedLogins.Load(), Throttled: c.throttled.Load(),
		RepeatsAfterAnswer: c.repeats.Load(), LostAnswers: c.lost.Load(),
		Connections: c.connections.Load(), MaxConcurrent: c.most.Load(),
		BusiestSecond: int64(c.arrivals.busiest()),
	}
}

// TruthOf returns what is known of one ID, well-formed or not.
func (a auditor) TruthOf(id string) TaskTruth { return a.truthOf(refOf(id)) }

// truthOf is TruthOf for an ID that is already taken apart.
func (a auditor) truthOf(r ref) TaskTruth {
	a.settleLate()
	rec, last, _ := a.tasks.look(r)
	return TaskTruth{
		ID: r.id(), Kind: a.kind(r.key, rec.flags), Requests: int(rec.requests), Effects: int(rec.effects),
		RepeatsAfterAnswer: int(rec.repeats), LastStatus: last.status, LastCode: last.code,
		LostAnswers: int(rec.lost),
	}
}

// EachTask yields every ID that was added or asked to be deleted, in no order.
// Requests go on meanwhile; each ID's truth is of the moment it is yielded.
func (a auditor) EachTask() iter.Seq[TaskTruth] {
	return func(yield func(TaskTruth) bool) {
		for r := range a.tasks.all() {
			if !yield(a.truthOf(r)) {
				return
			}
		}
	}
}
