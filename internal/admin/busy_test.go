package admin

import (
	"math"
	"time"

	"cleaner/internal/queue"
	"cleaner/internal/report"
)

// quiet is a status with nothing wrong and nothing under way.
func quiet() Status {
	now := time.Now()
	next := now.Add(4*time.Hour + 12*time.Minute)
	return Status{
		Version: "1.4.0 (6ff532e)", Started: now.Add(-50 * time.Hour), MaxRate: 25, Workers: 16,
		Target: Target{Region: "cn-north-4", Endpoint: "https://check.example", Credential: "password", Account: "acme", User: "operator"},
		Host:   "worker-1", LedgerPath: "/var/lib/cleaner/queue.db",
		Safety: Safety{Cap: 100_000, FailedShare: 0.2, NotFoundShare: 0.5, ProtectFile: "/etc/cleaner/protect.txt", ProtectRules: "3 IDs, 1 globs, 0 regular expressions"},
		Ledger: ledgerOf(queue.States{Deleted: 4780, Gone: 200, Protected: 20}),
		Schedules: []Schedule{
			{Name: "nightly", Spec: "0 2 * * *", NextUTC: next.UTC(), NextLocal: next.In(time.FixedZone("CST", 8*3600))},
			{Name: "weekly", Spec: "30 4 * * sun", NextUTC: next.Add(60 * time.Hour).UTC(), NextLocal: next.Add(60 * time.Hour).In(time.FixedZone("CST", 8*3600))},
		},
		Passes: []Ended{{
			ID: 41, Trigger: "schedule nightly", Schedule: "nightly", Began: now.Add(-20 * time.Hour), Finished: now.Add(-20*time.Hour + 204*time.Second), Loaded: 5000,
			States: queue.States{Deleted: 4780, Gone: 200, Protected: 20}, Traffic: report.Traffic{Requests: 6016, Retries: 1036, Throttled: 2},
			Summary: "5000 task IDs: 4780 deleted, 200 gone, 20 protected, 0 dead, 0 pending; 6016 requests (1036 retries, 2 throttled) in 3m24s",
		}},
	}
}

// busy is a status with something in every part of the page.
func busy() Status {
	s, now := quiet(), time.Now()
	s.Ledger = ledgerOf(queue.States{Deleted: 4742, Gone: 200, Protected: 20, Dead: 38, Pending: 1000})
	s.Ledger.Waiting, s.Ledger.OldestPending = 12, now.Add(-31*time.Hour)
	s.Pass = &Pass{
		Began: now.Add(-3 * time.Minute), Schedule: "nightly", Total: 6000, Settled: 5000, Rate: 12.5, Achieved: 11.2, Limit: "12.5 requests a second are let through, inferred from refusals", LoginEnds: now.Add(23 * time.Hour), Left: 90 * time.Second, Bound: "the limit that was learned",
		Traffic: report.Traffic{Requests: 6016, Retries: 1036, Throttled: 214}, InFlight: 9, Throttle: "the service answered 429 and asked for 10 s", LastSettled: now,
	}
	s.Dead = []DeadCode{
		{Code: "CC.00070400", Count: 30, Reason: "the task is locked by another user", LastAt: now.Add(-90 * time.Minute)},
		{Code: "CC.00070409", Count: 7, Reason: "tried 8 times, last answer 503", LastAt: now.Add(-5 * time.Minute)},
		{Count: 1, Reason: "the process died at it twice", LastAt: now.Add(-72 * time.Hour)},
	}
	s.Outcomes = []Outcome{{"deleted", "", 4742}, {"gone", "CC.00070404", 200}, {"protected", "", 20}, {"dead", "CC.00070400", 30}, {"dead", "CC.00070409", 7}}
	s.Passes = append([]Ended{{
		Began: now.Add(-6 * time.Hour), Finished: now.Add(-6*time.Hour + 40*time.Second), ExitCode: 5, StoppedBy: "gone_share",
		Reason: "41 of the first 100 task IDs were not found", Loaded: 6000,
		States: queue.States{Deleted: 59, Gone: 41, Pending: 5900}, Traffic: report.Traffic{Requests: 101},
		Summary: "6000 task IDs: 59 deleted, 41 gone, 0 protected, 0 dead, 5900 pending; 101 requests (1 retries, 0 throttled) in 40s; stopped by gone_share",
	}}, s.Passes...)
	for i := range 180 {
		rate := 25.0
		throttled := int64(0)
		if i > 120 {
			rate = 12.5
		}
		if i%60 == 0 && i > 0 {
			throttled = 40
		}
		sent := rate * (0.8 + 0.15*math.Sin(float64(i)/6))
		one := report.Sample{
			At: now.Add(time.Duration(i-180) * 10 * time.Second), Took: 10, Rate: rate, Sent: sent, Requests: int64(10 * sent), Throttled: throttled,
			P50: 0.12 + 0.03*math.Sin(float64(i)/9), P95: 0.4 + 0.1*math.Cos(float64(i)/7), P99: 0.9 + 0.2*math.Sin(float64(i)/3),
		}
		if throttled > 0 {
			one.Limit, one.Errors = 12.5, map[string]int64{"throttled": throttled, "timeout": 2, "server_error": 1}
		}
		s.History = append(s.History, one)
	}
	return s
}
