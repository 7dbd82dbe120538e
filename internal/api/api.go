// Package api speaks to CodeArts Check over HTTP: it deletes, stops or looks at one
// task, once. It reports what was answered and leaves the meaning to others.
//
// client.go holds what is the same for all requests, authorize.go puts credentials on
// one, task.go sends it, and rejection.go tells the credentials what came of them.
package api
