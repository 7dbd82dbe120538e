package prompt

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
)

// Version is that of a release; without one what the go command knows: the tag, or a
// pseudo-version of the last tag, the time and the commit; else "devel".
func Version(released string) string {
	built := ""
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "(devel)" {
		built = info.Main.Version
	}
	return cmp.Or(released, built, "devel")
}

// About is the version of the program, and what it was built from and with, in a line.
func About(version string) string {
	return fmt.Sprintf("cleaner %s (%s%s, %s/%s)", version, builtFrom(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// Built is what About says, as facts.
func Built(version string) map[string]any {
	return map[string]any{
		"version": version, "commit": Stamp("vcs.revision"), "commit_time": Stamp("vcs.time"), "modified": Stamp("vcs.modified") == "true",
		"go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH,
	}
}

// builtFrom is the commit and its date, as "commit C of D, "; empty when the build
// does not know.
func builtFrom() string {
	commit := Stamp("vcs.revision")
	if commit == "" {
		return ""
	}
	if Stamp("vcs.modified") == "true" {
		commit += ", modified"
	}
	return fmt.Sprintf("commit %s of %s, ", commit, Stamp("vcs.time"))
}

// Stamp is what the go command wrote about the build under key.
func Stamp(key string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}
