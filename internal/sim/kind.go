package sim

// Kind is what kind of ID one is. It is the name of the fault that hits every
// DELETE for a share of the IDs, this one among them, if there is such a fault,
// and one of these otherwise.
type Kind string

// The kinds, and what the word on such an ID should be in the end.
const (
	KindUsual   Kind = ""        // it is there until it is deleted: deleted
	KindAbsent  Kind = "absent"  // it never existed: gone
	KindRemoved Kind = "removed" // somebody else deleted it, see Remove: gone
	// It is running until it is stopped. Where Deletion.Running holds it ends as
	// deleted, and otherwise as whatever stands for a task that stays refused.
	KindRunning Kind = "running"
	// It exists and is answered exactly like an absent one, see Forbidden. Nobody
	// outside can tell the two apart.
	KindForbidden Kind = "forbidden"

	// The odd ones of OddIDs. All but the last exist, and no request deletes them:
	// they end as dead letters, each with the code or status of its answer.
	KindUnauthorized Kind = "odd-401"            // 401 without a body, also to looks
	KindIAM          Kind = "odd-iam-200"        // 200 CC.00050007, also to looks
	KindPermission   Kind = "odd-permission-200" // 200 CC.00050010, also to looks
	KindPage         Kind = "odd-page-403"       // 403 and a page of HTML, also to looks
	KindRedirect     Kind = "odd-redirect-302"   // 302 to a login page, also to looks
	KindObject       Kind = "odd-object-200"     // 200 {} to DELETE; looks show that the task stays
	// 200 {} to DELETE, which deletes the task, as looks show: deleted.
	KindObjectDeleted Kind = "odd-object-deleted-200"
)

// OddKinds lists the kinds of OddIDs.
func OddKinds() []Kind {
	return []Kind{
		KindUnauthorized, KindIAM, KindPermission, KindPage, KindRedirect, KindObject, KindObjectDeleted,
	}
}

// OddIDs are faults that make a share of the IDs odd for good, each kind of
// OddKinds for an equal part of it.
func OddIDs(share float64) []Fault {
	var fs []Fault
	for _, k := range OddKinds() {
		f, err := named(string(k))
		if err != nil {
			panic(err) // a programmer's mistake: the catalogue lacks a kind
		}
		f.Share = share / float64(len(OddKinds()))
		fs = append(fs, f)
	}
	return fs
}

// oddFaults are the faults of the catalogue that OddIDs takes.
func oddFaults() []Fault {
	return []Fault{
		raw(string(KindUnauthorized), 401, "", "").looked(),
		canned(string(KindIAM), 200, codeIAM, "IAM鉴权失败").looked(),
		canned(string(KindPermission), 200, codePermission, "当前用户没有权限").looked(),
		raw(string(KindPage), 403, "text/html", deniedPage).looked(),
		redirect(string(KindRedirect), 302).looked(),
		raw(string(KindObject), 200, "", "{}"),
		raw(string(KindObjectDeleted), 200, "", "{}").acting(ActionAnswerAfter),
	}
}

// looked returns f with looks answered alike.
func (f Fault) looked() Fault { f.Looks = true; return f }

// kind is the kind of an ID under the faults in force.
func (a auditor) kind(k key, f flags) Kind {
	if set := a.faults.Load(); set != nil {
		if hit := set.byOp[OpDelete].bind(k); hit != nil && hit.Times == 0 && hit.Share < 1 {
			return Kind(hit.Name)
		}
	}
	switch {
	case f.has(removed):
		return KindRemoved
	case !a.existed(k, f):
		return KindAbsent
	case a.isRunning(k, f):
		return KindRunning
	}
	return KindUsual
}
