package iam

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"cleaner/internal/secret"
)

const (
	// algorithm names the scheme by which requests are signed (API Request
	// Signing Guide, AK/SK Signing).
	algorithm = "SDK-HMAC-SHA256"
	// dateLayout is the form of X-Sdk-Date, in UTC. The gateway refuses dates
	// that are more than 15 minutes off.
	dateLayout = "20060102T150405Z"
	// emptyHash is the SHA-256 of no bytes.
	emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

// signer signs requests with an access key: its ID and its secret key.
type signer struct {
	id  string
	key secret.Secret
}

// sign puts the date and the signature on req. The header fields named in
// signed, in lower case and sorted, are covered by it; x-sdk-date must be among
// them. The hash is that of the body, emptyHash for none.
func (s signer) sign(req *http.Request, signed []string, hash string, now time.Time) {
	date := now.UTC().Format(dateLayout)
	req.Header[headerSdkDate] = []string{date}
	req.Header[headerAuthorization] = []string{
		algorithm + " Access=" + s.id + ", SignedHeaders=" + strings.Join(signed, ";") +
			", Signature=" + s.signature(date, canonical(req, signed, hash)),
	}
}

// signature returns the signature of a canonical request. The secret key is the
// key of the HMAC as it is: nothing is derived from it.
func (s signer) signature(date, canonical string) string {
	mac := hmac.New(sha256.New, []byte(s.key.Reveal()))
	mac.Write([]byte(algorithm + "\n" + date + "\n" + hexHash([]byte(canonical))))
	return hex.EncodeToString(mac.Sum(nil))
}

// canonical writes req in the one way that client and gateway agree on.
func canonical(req *http.Request, signed []string, hash string) string {
	var b strings.Builder
	b.WriteString(req.Method + "\n")
	b.WriteString(canonicalPath(req.URL.Path) + "\n")
	b.WriteString(canonicalQuery(req.URL.Query()) + "\n")
	for _, name := range signed {
		b.WriteString(name + ":" + strings.TrimSpace(fieldOf(req, name)) + "\n")
	}
	b.WriteString("\n" + strings.Join(signed, ";") + "\n" + hash)
	return b.String()
}

// fieldOf returns a header field; Host is one that net/http keeps elsewhere.
func fieldOf(req *http.Request, name string) string {
	if name != "host" {
		return req.Header.Get(name)
	}
	if req.Host != "" {
		return req.Host
	}
	return req.URL.Host
}

// canonicalPath encodes each segment of an unescaped path and ends it with a
// slash, which the path that is sent does not get.
func canonicalPath(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		segments[i] = encode(s)
	}
	return strings.TrimSuffix(strings.Join(segments, "/"), "/") + "/"
}

// canonicalQuery sorts by name, then by value, both as they are before they are
// encoded. An empty value keeps its equals sign.
func canonicalQuery(query url.Values) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(query)) {
		for _, value := range slices.Sorted(slices.Values(query[name])) {
			pairs = append(pairs, encode(name)+"="+encode(value))
		}
	}
	return strings.Join(pairs, "&")
}

// encode writes all but the unreserved characters of RFC 3986 as %XX. It is
// url.QueryEscape, but for the space.
func encode(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

// hexHash returns the SHA-256 of b in lower-case hexadecimal.
func hexHash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
