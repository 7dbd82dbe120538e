//go:build race

package pass_test

// profileIDs is how many IDs each profile is given. The race detector makes the ledger
// ten times slower, so `make test` runs the profiles at their full size without it.
const profileIDs = 200
