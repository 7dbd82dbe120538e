package thing

func inItsFile(dryRun bool) bool {
	if dryRun {
		return true
	}
	return false
}
