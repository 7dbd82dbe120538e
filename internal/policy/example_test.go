package policy_test

import (
	"fmt"
	"strings"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
)

// HTTP 200 does not mean deleted: the code in the body decides.
func ExampleTable_Judge() {
	table := policy.DefaultTable()
	for _, a := range []answer.Answer{
		{Status: 200, Body: answer.BodyNull},
		{Status: 200, Body: answer.BodyCoded, Codes: []string{"CC.00050012"}},
		{Status: 200, Body: answer.BodyHTML},
		{Status: 404, Body: answer.BodyCoded, Codes: []string{"APIGW.0101"}},
	} {
		ruling := table.Judge(a)
		fmt.Printf("%s: %s\n", ruling.Verdict, ruling.Why)
	}
	// Output:
	// deleted: the service confirmed the deletion
	// again: the network is busy
	// halt: a page or a text came where the service answers JSON
	// halt: the gateway knows no such API
}

// Operators teach the table what their service says.
func ExampleTable_With() {
	table, err := policy.DefaultTable().With(policy.Row{
		Name: "our-absent", Code: "CC.00101085", Verdict: policy.Gone, Why: "no such task",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ruling := table.Judge(answer.Answer{Status: 200, Body: answer.BodyCoded, Codes: []string{"CC.00050006", "CC.00101085.500"}})
	fmt.Println(ruling.Verdict, "by", ruling.Row)

	_, err = table.With(policy.Row{Name: "hope", Status: policy.Is(202), Verdict: policy.Deleted})
	fmt.Println(err)
	// Output:
	// gone by our-absent
	// add verdict row "hope": a row cannot say deleted: only the service confirms a deletion
}

func ExampleRetry_Next() {
	retry := policy.Retry{Attempts: 8, Initial: time.Second, Max: time.Minute, Deadline: time.Hour}
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	a := answer.Answer{Status: 429, Body: answer.BodyEmpty, RetryAfter: 30 * time.Second}
	step := retry.Next(policy.DefaultTable().Judge(a), a, policy.Try{Attempts: 2, Now: now})
	fmt.Printf("due in %v with %d attempts spent; everyone waits %v\n", step.Due.Sub(now), step.Attempts, step.Slow)
	// Output:
	// due in 30s with 2 attempts spent; everyone waits 0s
}

func ExampleBlame_Note() {
	table, blame := policy.DefaultTable(), policy.Blame{Patience: time.Hour}
	a := answer.Answer{Status: 200, Body: answer.BodyCoded, Codes: []string{"CC.00050010"}}
	for seq := range int64(10) { // ten different IDs, and none that fared well
		if f := blame.Note(table.Judge(a), a, policy.Suspected{Seq: seq}, time.Now()); f.Stop {
			fmt.Println("stop:", f.Why)
		}
	}
	// Output:
	// stop: CC.00050010 (HTTP 200): the user has no permission; grant the user codeartscheck:task:delete and a project role that may delete, and check service.region
}

func ExampleParseProtect() {
	list, err := policy.ParseProtect(strings.NewReader("# the release gates\nglob:0123*\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(list.Match("0123456789abcdef0123456789abcdef"))
	fmt.Println(list.Match("fedcba9876543210fedcba9876543210"))
	// Output:
	// glob:0123* true
	//  false
}

func ExampleCap_Admit() {
	fmt.Println(policy.Cap{Max: 10_000}.Admit(12_000))
	// Output:
	// delete 12000 tasks: the cap is 10000, so nothing is deleted; if that many are meant, raise safety.refuse_above
}

func ExampleBreaker_Note() {
	table := policy.DefaultTable()
	breaker := policy.Breaker{Retry: policy.Retry{Initial: time.Second, Max: time.Minute, Deadline: time.Hour}}
	a, now := answer.Answer{Fault: answer.FaultConnect}, time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	for seq := range int64(3) {
		out := breaker.Note(table.Judge(a), a, policy.Asked{Seq: seq}, now)
		fmt.Println("spared:", out.Spare, "open:", breaker.State().Open)
	}
	_, at, ok := breaker.Admit(now)
	fmt.Println(ok, "until", at.Sub(now))
	probe, _, ok := breaker.Admit(at)
	fmt.Println(ok, "and alone")
	a = answer.Answer{Status: 200, Body: answer.BodyNull}
	breaker.Note(table.Judge(a), a, policy.Asked{Seq: 3, Ticket: probe}, at)
	fmt.Println("open:", breaker.State().Open)
	// Output:
	// spared: true open: false
	// spared: true open: false
	// spared: true open: true
	// false until 1s
	// true and alone
	// open: false
}

func ExampleShares_Note() {
	shares := policy.Shares{Sample: 3, Failed: 0.2, NotFound: 0.5}
	for i := range 6 {
		drawn := shares.Sampling() // from across the list, as the shares ask for
		end := policy.EndOf{Seq: int64(i), End: policy.EndGone, Attempts: 1, First: true, Drawn: drawn}
		if over := shares.Note(end); over.NotFound {
			fmt.Println(over.Why)
		}
	}
	// Output:
	// 3 of 3 settled task IDs (100.0 %) were not there at their first request, more than safety.not_found_share (0.5) allows: the list, the region or the project is probably wrong; if it is meant, raise safety.not_found_share
}
