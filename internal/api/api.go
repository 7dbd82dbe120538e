// Package api speaks to CodeArts Check and IAM over HTTP: it deletes, stops or
// looks at one task, gets and renews tokens, signs requests. It reports what was
// answered and leaves the meaning to others.
//
// Bottom up: transport.go and dial.go make connections, lines.go keeps them, and
// wire.go holds one exchange over them; body.go and scan.go read what an answer
// says; credentials.go says who may ask, in three ways (Password, AccessKey,
// TokenFile); client.go and authorize.go put them together, and task.go asks.
package api
