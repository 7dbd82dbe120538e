package thing

func inItsOtherFile(dryRun bool) bool {
	if dryRun {
		return true
	}
	return false
}
