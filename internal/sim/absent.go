package sim

import "net/http"

// AbsentAnswer is how a task that does not exist is answered. What the real
// service does is not published, so that a client has to stand all of them: its
// sibling services answer 400, 401, 418, 422, or 200 with a code.
type AbsentAnswer string

// The answers to an absent ID.
const (
	Absent404        AbsentAnswer = "404"            // 404 and the code CodeAbsent; the default
	AbsentListed404  AbsentAnswer = "404-listed"     // 404 and a code that the documentation has for something else
	Absent400        AbsentAnswer = "400"            // 400 and the code CodeAbsent
	Absent401        AbsentAnswer = "401"            // 401 and the code CodeAbsent
	Absent418        AbsentAnswer = "418"            // 418 and the code CodeAbsent
	Absent422        AbsentAnswer = "422"            // 422 and the code CodeAbsent
	AbsentError      AbsentAnswer = "500"            // 500 and JSON without a code
	AbsentCoded      AbsentAnswer = "200-coded"      // 200 and the code CodeAbsent
	AbsentDetail     AbsentAnswer = "200-detail"     // 200 and CC.00050002, query task detail error
	AbsentIAM        AbsentAnswer = "200-iam"        // 200 and CC.00050007, IAM authentication failed
	AbsentPermission AbsentAnswer = "200-permission" // 200 and CC.00050010, no permission
	AbsentProject    AbsentAnswer = "200-project"    // 200 and CC.00050013, project does not exist
	AbsentInner      AbsentAnswer = "200-inner"      // 200 and CC.00050006, around an inner code
	AbsentNull       AbsentAnswer = "200-null"       // 200 null, as if it had been there
	AbsentPage       AbsentAnswer = "200-page"       // 200 and a page of HTML
	AbsentJSON       AbsentAnswer = "200-json"       // 200 and JSON that has neither code nor status
	AbsentShown      AbsentAnswer = "200-shown"      // only to a look: 200 and the status of a task that is there
)

// AbsentAnswers lists them all.
func AbsentAnswers() []AbsentAnswer {
	return []AbsentAnswer{
		Absent404, AbsentListed404, Absent400, Absent401, Absent418, Absent422, AbsentError, AbsentCoded, AbsentDetail,
		AbsentIAM, AbsentPermission, AbsentProject, AbsentInner, AbsentNull, AbsentPage, AbsentJSON, AbsentShown,
	}
}

// absentInner wraps the code of another service, as CC.00050006 does in reports.
const absentInner = `call inner service error: error code CC.00101404.404, message: 任务不存在`

// reply is the answer that a names, or the zero reply when there is no such name.
func (a AbsentAnswer) reply() reply {
	const msg = "task does not exist"
	switch a {
	case Absent404:
		return coded(http.StatusNotFound, CodeAbsent, msg)
	case AbsentListed404:
		return coded(http.StatusNotFound, codeDetail, "query task detail error")
	case Absent400:
		return coded(http.StatusBadRequest, CodeAbsent, msg)
	case Absent401:
		return coded(http.StatusUnauthorized, CodeAbsent, msg)
	case Absent418:
		return coded(http.StatusTeapot, CodeAbsent, msg)
	case Absent422:
		return coded(http.StatusUnprocessableEntity, CodeAbsent, msg)
	case AbsentError:
		return reply{status: http.StatusInternalServerError, body: `{"status":500,"error":"Internal Server Error"}`}
	case AbsentCoded:
		return coded(http.StatusOK, CodeAbsent, msg)
	case AbsentDetail:
		return coded(http.StatusOK, codeDetail, "query task detail error")
	case AbsentIAM:
		return coded(http.StatusOK, codeIAM, "IAM authentication failed")
	case AbsentPermission:
		return coded(http.StatusOK, codePermission, "current user does not have permission")
	case AbsentProject:
		return coded(http.StatusOK, codeNoProject, "project does not exist")
	case AbsentInner:
		return coded(http.StatusOK, codeInner, absentInner)
	case AbsentNull:
		return deleted()
	case AbsentPage:
		return reply{status: http.StatusOK, header: http.Header{"Content-Type": {"text/html"}}, body: notFoundPage}
	case AbsentJSON:
		return reply{status: http.StatusOK, body: `{"result":{"task":null}}`}
	case AbsentShown:
		return reply{status: http.StatusOK, body: shown}
	}
	return reply{}
}

// shown is what a look at a task says that is there and does not run.
const shown = `{"task_status":2}`

// absent is the answer to the DELETE of an ID that does not exist, or the zero
// reply when the option is unknown. It settles the ID: there is nothing left to
// delete.
func (o Options) absent() reply {
	rep := o.AbsentAnswer.reply()
	rep.final = true
	return rep
}

// missing is the answer to a look at a task that does not exist, and to its stop.
func (o Options) missing() reply { return o.AbsentLook.reply() }

// absentLook is what stands for an AbsentLook that is left empty: the answer to
// DELETE, or a 404 where that is null. A success shows the task's status, and
// null shows none.
func (o Options) absentLook() AbsentAnswer {
	if o.AbsentAnswer == AbsentNull {
		return Absent404
	}
	return o.AbsentAnswer
}

// Forbidden is a fault that answers for a share of the IDs what an absent one is
// answered under a, to looks as to DELETEs: these tasks exist, and belong to
// somebody else. Its name, and so the kind of its IDs, is KindForbidden.
func Forbidden(a AbsentAnswer, share float64) Fault {
	rep := a.reply()
	return Fault{
		Name: string(KindForbidden), Share: share, Looks: true,
		Status: rep.status, Header: rep.header, Body: rep.body, Action: ActionAnswer,
	}
}
