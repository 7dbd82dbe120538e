package field

// Ledgers are the cases of what is done to a ledger, to the files around it, and to the
// process that owns it.
func Ledgers() []Case {
	return []Case{
		{File: "ledger-with-two-names.sh", Why: "two processes worked on one ledger by a hard link"},
		{File: "ledger-moved-away.sh", Why: "a pass went on, and the next one sent everything again"},
		{File: "ledger-cut-to-nothing.sh", Why: "an empty file was taken for a new ledger, and a pass of it was well with 0 IDs"},
		{File: "ledger-without-its-lock.sh", Why: "somebody removed the lock file, and two processes worked"},
		{File: "load-from-a-slow-pipe.sh", Why: "the load held the ledger while it waited for its input"},
		{File: "serve-without-a-ledger.sh", Why: "it said READY, and failed at night"},
		{File: "schedule-of-null.sh", Why: "the schedule's file said null, and serve panicked"},
		{File: "check-as-serve.sh", Why: "check passed what serve refused"},
		{File: "impossible-protect-rules.sh", Why: "they protected nothing, and nobody said so"},
		{File: "who-is-protected.sh"},
	}
}
