package api

// The header fields of a request, in the canonical form that lets them be put into an
// http.Header directly.
const (
	headerAcceptEncoding = "Accept-Encoding"
	headerContentType    = "Content-Type"
	headerLanguage       = "X-Language"
	headerToken          = "X-Auth-Token"
	headerUserAgent      = "User-Agent"
)
