// Package httpanswer reads an HTTP answer of CodeArts Check, of IAM or of what stands
// before them: the kind of its body, the error codes, how long to wait, the request's
// name. It reports what was said and leaves the meaning to others.
package httpanswer
