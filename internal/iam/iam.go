// Package iam says to CodeArts Check who is asking, in three ways: an IAM user who
// logs in with a password (Password), an access key that signs each request
// (AccessKey), and a token that something else renews (TokenFile). A credential that
// IAM or the service has refused is not sent again, and none causes a storm of logins.
//
// Bottom up: token.go and bundle.go are what a request carries; loginclient.go and
// project.go ask IAM, and error.go judges what it answers; gate.go decides whether a
// login may be sent, and refusals.go remembers those that IAM has refused; login.go and
// rotation.go renew a credential, for password.go, accesskey.go and tokenfile.go.
package iam
