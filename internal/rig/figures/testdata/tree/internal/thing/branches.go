package thing

func branches(dryRun, b bool, mode int) bool {
	const Rehearsal = 1
	if dryRun && b { // one: the && is a part of the condition
		return true
	}
	if b {
		dryRun = false // no branch
	} else if !dryRun { // two
		return false
	}
	switch mode {
	case 0:
	case Rehearsal: // three
	}
	switch isRehearsed := dryRun; isRehearsed { // four
	case true:
	}
	println("dryrun", dryRun)
	return b || dryRun // five
}
