package iam

// The header fields that are sent or read, in the canonical form that lets them
// be put into an http.Header directly.
const (
	headerAcceptEncoding = "Accept-Encoding"
	headerAuthorization  = "Authorization"
	headerContentType    = "Content-Type"
	headerProjectID      = "X-Project-Id"
	headerSdkDate        = "X-Sdk-Date"
	headerSecurityToken  = "X-Security-Token"
	headerSubjectToken   = "X-Subject-Token"
	headerToken          = "X-Auth-Token"
	headerUserAgent      = "User-Agent"
)
