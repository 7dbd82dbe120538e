// Package field holds what people's files and machines did to cleaner, one case each:
// a file or a script, and what it must give. Its test runs the real binary on them.
package field

// The task IDs of the files.
const (
	idA = "3fa85f6457174562b3fc2c963f66afa6"
	idB = "7c9e6679742540de944be07fc1f90ae7"
	idC = "00123456789012345678901234567890" // a spreadsheet takes it for a number
)

// Case is a file or a script of testdata.
type Case struct {
	// File is its name. A name that ends in .sh is a script; it runs in an empty folder
	// with a configuration (cleaner.yaml), finds cleaner in its PATH and the files of
	// testdata in $TESTDATA, and fails when something is wrong.
	File string
	// Why says what happened, where the name does not.
	Why string
	// Flags are given to the dry run that reads the file.
	Flags []string
	// Config are lines of the configuration's section inputs.
	Config string
	// Exit is the exit code, and IDs are those that the run would delete.
	Exit int
	IDs  []string
	// Says is part of what is printed.
	Says string
}
