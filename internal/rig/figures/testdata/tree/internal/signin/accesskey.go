// Package signin has a row for each method.
package signin

// AccessKey is the row of access keys.
const AccessKey = "ACCESS_KEY"
