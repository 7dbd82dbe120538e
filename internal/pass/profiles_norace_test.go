//go:build !race

package pass_test

// profileIDs is how many IDs each profile is given.
const profileIDs = 2000
