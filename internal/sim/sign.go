package sim

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// What a signed request is made of (API Gateway, "API Request Signing Guide").
const (
	algorithm    = "SDK-HMAC-SHA256"
	dateLayout   = "20060102T150405Z"
	maxSkew      = 15 * time.Minute
	maxSigned    = 12 << 20 // bytes of a body
	unsignedBody = "UNSIGNED-PAYLOAD"
)

// signature is an Authorization header, taken apart.
type signature struct {
	access  string
	headers []string // lower case, sorted
	mac     []byte
}

// parseSignature reads "SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=…".
func parseSignature(authorization string) (signature, error) {
	rest, ok := strings.CutPrefix(authorization, algorithm+" ")
	if !ok {
		return signature{}, fmt.Errorf("algorithm is not %s", algorithm)
	}
	// A value may hold "=" itself, in theory; only the first one divides.
	fields := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		fields[name] = value
	}
	sig := signature{access: fields["Access"], headers: strings.Split(fields["SignedHeaders"], ";")}
	var err error
	if sig.mac, err = hex.DecodeString(fields["Signature"]); err != nil || len(sig.mac) != sha256.Size {
		return signature{}, errors.New("signature is not 64 hexadecimal digits")
	}
	if !slices.IsSorted(sig.headers) || strings.ToLower(fields["SignedHeaders"]) != fields["SignedHeaders"] {
		return signature{}, errors.New("signed headers are not sorted and in lower case")
	}
	if !slices.Contains(sig.headers, "x-sdk-date") {
		return signature{}, errors.New("x-sdk-date is not signed")
	}
	return sig, nil
}

// errSignature refuses a signature that another secret key made, or of another
// request.
var errSignature = errors.New("verify aksk signature fail, signature does not match")

// verify checks the signature of r over exactly what was received. As with the
// real gateway, the error for an unknown key repeats its ID.
func (i *iam) verify(r *http.Request) error {
	sig, err := parseSignature(r.Header.Get("Authorization"))
	if err != nil {
		return err
	}
	if i.opt.AccessKey == "" || sig.access != i.opt.AccessKey {
		return fmt.Errorf("ak %s not exist", sig.access)
	}
	if r.Header.Get("X-Security-Token") != i.opt.SecurityToken {
		return errors.New("security token does not belong to the ak")
	}
	if p := r.Header.Get("X-Project-Id"); p != "" && !accepts(i.opt.ProjectID, p) {
		return errors.New("get token error,status:400")
	}
	// A date too far off is refused before the signature is looked at.
	date := r.Header.Get("X-Sdk-Date")
	if t, err := time.Parse(dateLayout, date); err != nil || i.opt.now().Sub(t).Abs() > maxSkew {
		return fmt.Errorf("request date %q is not within %s of the service's clock", date, maxSkew)
	}
	canonical, err := canonicalRequest(r, sig.headers)
	if err != nil {
		return err
	}
	if !hmac.Equal(sig.mac, sign(i.opt.SecretKey, date, canonical)) {
		return errSignature
	}
	return nil
}

// sign is the signature of a canonical request; the key is the raw secret.
func sign(secret, date, canonical string) []byte {
	h := hmac.New(sha256.New, []byte(secret))
	_, _ = io.WriteString(h, algorithm+"\n"+date+"\n"+hexHash([]byte(canonical))) // a hash never fails
	return h.Sum(nil)
}

// canonicalRequest is what is signed: method, path, query, headers, the names
// of the headers, and the hash of the body, each on lines of its own.
func canonicalRequest(r *http.Request, headers []string) (string, error) {
	query, err := canonicalQuery(r.URL.RawQuery)
	if err != nil {
		return "", err
	}
	hash, err := payloadHash(r)
	if err != nil {
		return "", err
	}
	var lines strings.Builder
	for _, name := range headers {
		// net/http keeps the host apart from the other headers.
		value := strings.Join(r.Header.Values(name), ",")
		if name == "host" {
			value = r.Host
		}
		lines.WriteString(name + ":" + strings.TrimSpace(value) + "\n")
	}
	return strings.Join([]string{
		r.Method, canonicalPath(r.URL.Path), query, lines.String(), strings.Join(headers, ";"), hash,
	}, "\n"), nil
}

// canonicalPath encodes each segment and ends with a slash, which the path of
// the request itself does not need to.
func canonicalPath(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		segments[i] = encodeRFC3986(s)
	}
	// A path that ends with a slash has an empty last segment already.
	return strings.TrimSuffix(strings.Join(segments, "/"), "/") + "/"
}

// canonicalQuery sorts by name, then by value, before it encodes.
func canonicalQuery(raw string) (string, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return "", errors.New("query cannot be read")
	}
	var pairs []string
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		slices.Sort(values[name])
		for _, value := range values[name] {
			pairs = append(pairs, encodeRFC3986(name)+"="+encodeRFC3986(value))
		}
	}
	return strings.Join(pairs, "&"), nil
}

// payloadHash is the hash of r's body, which it leaves to be read again. A hash
// that the request names must be the right one, or say that there is none.
func payloadHash(r *http.Request) (string, error) {
	named := r.Header.Get("X-Sdk-Content-Sha256")
	if named == unsignedBody {
		return named, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxSigned))
	if err != nil {
		return "", errors.New("body cannot be read or is over 12 MiB")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	hash := hexHash(body)
	if !accepts(named, hash) {
		return "", errors.New("x-sdk-content-sha256 is not the hash of the body")
	}
	return hash, nil
}

// hexHash is the SHA-256 of b in lower-case hexadecimal digits.
func hexHash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// encodeRFC3986 percent-encodes all but letters, digits and "-_.~".
func encodeRFC3986(s string) string {
	// QueryEscape differs in two signs alone: it writes a space as "+", and a
	// plus sign itself as %2B, so that no other "+" is left to be mistaken.
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}
