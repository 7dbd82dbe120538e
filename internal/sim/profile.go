package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Profile is a whole service under a name: how it answers for tasks that are not
// there, how it deletes, throttles and logs in. What the real service does in most
// of this is not published; each profile is one way in which it may be.
type Profile struct {
	// Name and About are for people; a client must never be told them.
	Name, About string
	// Options make the service. They name no credential.
	Options Options
}

// DefaultProfile is the name of the profile of the zero Options.
const DefaultProfile = "default"

// rare is the share of IDs in profiles that never existed, or are odd in the one
// way that the profile is about.
const rare = 0.04

// Profiles lists them all; the order does not change.
func Profiles() []Profile {
	return slices.Concat(
		[]Profile{{Name: DefaultProfile, About: "absent tasks answer 404 and CC.00050017, all others are deleted at once"}},
		absentProfiles(), deletionProfiles(), forbiddenProfiles(), throttleProfiles(), iamProfiles(), oddProfiles(),
	)
}

// ProfileLines lists the profiles for people, one a line.
func ProfileLines() string {
	var lines strings.Builder
	for _, p := range Profiles() {
		fmt.Fprintf(&lines, "  %-23s %s\n", p.Name, p.About)
	}
	return lines.String()
}

// ProfileNames are the names of the profiles.
func ProfileNames() (names []string) {
	for _, p := range Profiles() {
		names = append(names, p.Name)
	}
	return names
}

// ProfileByName is the profile of that name. The error for another name says which
// one was probably meant, and which ones there are.
func ProfileByName(name string) (Profile, error) {
	all := Profiles()
	names := make([]string, len(all))
	for i, p := range all {
		if p.Name == name {
			return p, nil
		}
		names[i] = p.Name
	}
	return Profile{}, fmt.Errorf("unknown profile %q%s; known are %s", name, guess(name, names), strings.Join(names, ", "))
}

// absentProfiles differ in what they answer for a task that is not there.
func absentProfiles() []Profile {
	absent := func(name, about string, del, look AbsentAnswer) Profile {
		return Profile{name, about, Options{Absent: rare, AbsentAnswer: del, AbsentLook: look}}
	}
	same := func(name, about string, a AbsentAnswer) Profile {
		return absent(name, "absent tasks answer "+about, a, a)
	}
	return []Profile{
		same("absent-404-listed", "404 and CC.00050002, which is documented for something else", AbsentListed404),
		same("absent-400", "400 and an unlisted code", Absent400),
		same("absent-401", "401 and an unlisted code", Absent401),
		same("absent-418", "418 and an unlisted code", Absent418),
		same("absent-422", "422 and an unlisted code", Absent422),
		same("absent-200-code", "200 and an unlisted code", AbsentCoded),
		same("absent-200-detail", "200 and CC.00050002, a query error by the documentation", AbsentDetail),
		same("absent-200-iam", "200 and CC.00050007, a failed login by the documentation", AbsentIAM),
		same("absent-200-project", "200 and CC.00050013, a missing project by the documentation", AbsentProject),
		same("absent-200-inner", "200 and CC.00050006 around an inner code", AbsentInner),
		same("absent-200-null", "200 null, the answer of success, to looks too", AbsentNull),
		same("absent-200-page", "200 and a page of HTML", AbsentPage),
		same("absent-200-json", "200 and JSON without a code", AbsentJSON),
		absent("absent-404-project", "absent tasks answer 404 to looks, 200 and CC.00050013 to DELETE", AbsentProject, Absent404),
		absent("absent-detail-400", "absent tasks answer 200 and CC.00050002 to looks, 400 to DELETE", Absent400, AbsentDetail),
		absent("absent-look-500", "absent tasks answer 500 to looks, 404 and an unlisted code to DELETE", Absent404, AbsentError),
		absent("idempotent", "a DELETE of an absent task succeeds; a look at it answers 404", AbsentNull, Absent404),
		absent("idempotent-blind", "a DELETE of an absent task succeeds; a look shows it as if it were there", AbsentNull, AbsentShown),
	}
}

// deletionProfiles differ in how they answer a DELETE and when it takes effect.
func deletionProfiles() []Profile {
	deletion := func(name, about string, d Deletion) Profile {
		return Profile{name, about, Options{Absent: rare, Deletion: d}}
	}
	later, copied := Latency{2 * time.Second, 20 * time.Second}, Latency{5 * time.Second, 30 * time.Second}
	running := deletion("running-deleted", "running tasks are deleted without complaint", Deletion{Running: true})
	refused := deletion("running-refused", "running tasks are refused with CC.00050015 until they are stopped", Deletion{})
	running.Options.Running, refused.Options.Running = rare, rare
	return []Profile{
		deletion("success-empty", "a DELETE is confirmed by 200 without a body", Deletion{Success: SuccessEmpty}),
		deletion("success-204", "a DELETE is confirmed by 204", Deletion{Success: Success204}),
		deletion("async-job", "a DELETE is answered 202 and a job; the task disappears 2 to 20 s later", Deletion{Success: SuccessJob, Effect: later}),
		deletion("async-empty", "a DELETE is answered 202 without a body, and as absent when it comes again; the task disappears 2 to 20 s later",
			Deletion{Success: Success202, Effect: later, RepeatAbsent: true}),
		deletion("eventual", "looks show a deleted task for 5 to 30 s; another DELETE of it is a success until then", Deletion{Shown: copied}),
		deletion("eventual-absent", "looks show a deleted task for 5 to 30 s; another DELETE of it is answered as absent",
			Deletion{Shown: copied, RepeatAbsent: true}),
		running, refused,
	}
}

// forbiddenProfiles keep some tasks, or all looks, from the client.
func forbiddenProfiles() []Profile {
	forbidden := func(name, about string, a AbsentAnswer) Profile {
		return Profile{name, about, Options{
			Absent: rare, AbsentAnswer: a, AbsentLook: a, Faults: []Fault{Forbidden(a, rare)},
		}}
	}
	return []Profile{
		forbidden("forbidden-coded", "absent tasks and tasks of others both answer 200 and CC.00050010", AbsentPermission),
		forbidden("forbidden-hidden", "absent tasks and tasks of others both answer 404", Absent404),
		{"look-denied", "every look is refused with 403 and CC.00050010, whereas DELETE works", Options{Absent: rare, LooksDenied: true}},
		{
			"look-denied-idempotent", "every look is refused with 403 and CC.00050010; a DELETE of an absent task succeeds",
			Options{Absent: rare, AbsentAnswer: AbsentNull, LooksDenied: true},
		},
	}
}

// throttleProfiles differ in the forms in which calls are refused.
func throttleProfiles() []Profile {
	throttle := func(name, about string, shapes ...ThrottleShape) Profile {
		return Profile{name, "400 calls in 2 s; then " + about, Options{
			Absent: rare, Throttle: Throttle{Limit: 400, Window: 2 * time.Second, Shapes: shapes},
		}}
	}
	return []Profile{
		throttle("throttle-text", "429 and a text that names limit and window", Shape429),
		throttle("throttle-status", "503, 403, 400 and 413 in turn, each with Retry-After", Shape503, Shape403, Shape400, Shape413),
		throttle("throttle-words", "unknown codes whose text says 请求过于频繁, 流控 or too many requests", ShapeFrequent, ShapeFlow, ShapeEnglish),
		throttle("throttle-forms", "429 with Retry-After as date or Unix time, x-ms-retry-after-ms and RateLimit-Reset in turn",
			Shape429Date, Shape429Unix, Shape429Millis, Shape429Reset),
	}
}

// iamProfiles differ in logins, tokens and the clock.
func iamProfiles() []Profile {
	iam := func(name, about string, i IAM) Profile {
		return Profile{name, about, Options{Absent: rare, RequireAuth: true, IAM: i}}
	}
	clock := func(name, about string, skew time.Duration) Profile {
		return Profile{name, about, Options{Absent: rare, RequireAuth: true, Skew: skew}}
	}
	return []Profile{
		iam("iam-no-project", "IAM's answer to a login names no project", IAM{NoProject: true}),
		iam("iam-strict", "a login's project has to name its account, as in Keystone; the answer names no user", IAM{NeedDomain: true, NoUser: true}),
		iam("token-late", "tokens work 1.5 s after their login", IAM{Starts: 1500 * time.Millisecond}),
		iam("token-short", "tokens are refused with 401 and CC.00000003 30 s after their login", IAM{Dies: 30 * time.Second}),
		clock("clock-ahead", "the service's clock is 10 minutes ahead", 10*time.Minute),
		clock("clock-behind", "the service's clock is 1 hour behind", -time.Hour),
	}
}

// oddProfiles have IDs that are never right, or a middlebox that lies.
func oddProfiles() []Profile {
	middlebox := func(name, about string, m Middlebox) Profile {
		return Profile{name, about, Options{Absent: rare, Middlebox: m}}
	}
	return []Profile{
		{"odd", "a tenth of the IDs always answers 401, 200 CC.00050007 or CC.00050010, 403 HTML, 302 or 200 {}", Options{
			Absent: rare, Faults: OddIDs(0.1),
		}},
		middlebox("middlebox-200", "after 100 deletions a third of the DELETEs is answered 200 without a body and not passed on",
			Middlebox{Share: 1.0 / 3, AfterEffects: 100}),
		middlebox("middlebox-204", "from 3 s on a third of the DELETEs is answered 204 and not passed on",
			Middlebox{Share: 1.0 / 3, After: 3 * time.Second, Status: 204}),
	}
}
