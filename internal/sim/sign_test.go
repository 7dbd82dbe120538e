package sim

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

const (
	vectorAccess = "AKEXAMPLE00000000000"
	vectorSecret = "SKEXAMPLE0000000000000000000000000000000"
	vectorDate   = "20240102T030405Z"
	vectorHost   = "codearts-check.cn-north-4.myhuaweicloud.com"
)

// vector is a request signed by the vendor's own SDK, version 0.1.207, and
// again by an independent program, with equal results.
type vector struct {
	name, method, target, host, body string
	header                           map[string]string
	signed, canonical, signature     string
}

func vectors() []vector {
	const project = "0123456789abcdef0123456789abcdef"
	return []vector{
		{
			"delete", "DELETE", "/v2/tasks/abc", vectorHost, "", nil, "x-sdk-date",
			"f1668d4aa3bcb256fd59b348a86cbb6153f15b1757ad5ec84ff096ea8bd26ecb",
			"516a710f9d449fd6b911528880297953dfd36964dd1b45891b2df34908a3e867",
		},
		{
			"temporary key", "DELETE", "/v2/tasks/abc", vectorHost, "",
			map[string]string{"X-Project-Id": project, "X-Security-Token": "faketoken=="},
			"host;x-project-id;x-sdk-date;x-security-token",
			"0e167ee5207db549454c4d06a1a178c4ba7570a5366bd36b08b43b9576b752e4",
			"82d1c9279c7b2e74daa6e31b8fbc03c0a45589eaf7a32dcae6966dc9f6b41f4b",
		},
		{
			"query", "GET", "/v2/" + project + "/tasks?offset=0&limit=100", vectorHost, "", nil, "host;x-sdk-date",
			"fc19aafdbd49884cfe4c9d9f30a5e836f1e1ea818cadd42ab90f9a011089ed71",
			"d471677310ddbf2c1a2154b2498481eae75870306b88521f1c71602702259ef2",
		},
		{
			"signs to encode", "GET",
			"/v2/a%20b/tasks?" + url.Values{"search": {"a b&c=d/é~*+"}, "tag": {"z", "a"}, "empty": {""}}.Encode(),
			vectorHost, "", nil, "x-sdk-date",
			"c1880a46b47bfd720337674a7963456d66e639a4afda1e0886e4bb7c73dcf66d",
			"3ec6673585c64b15b21bb2d243b2b860e0eefe295dd5f6a658af59a16393a62b",
		},
		{
			"post without body", "POST", "/v2/tasks/abc/stop", vectorHost, "", nil, "x-sdk-date",
			"0fc0da4299a0dbead1a27d188ebbd0ad661817ee8c57ecda65caa44d8441050c",
			"5d02fa7d33d86b4da3058e350748748ae5457a232dacaa3a7381e3bbd09d5a15",
		},
		{
			"post with body", "POST", "/v2/tasks/abc/run", vectorHost, `{"git_branch":"main"}`, nil, "host;x-sdk-date",
			"150c42159921b6b4b8b63d6c5724faab3af824ee053701582a0f7d4ef86387c2",
			"5561b5a5393ffabb8a6756568facc6a41cc8aca67548a03e5c75f49f008cb316",
		},
		{
			"root", "GET", "/", vectorHost, "", nil, "x-sdk-date",
			"9686ca5714fa151a6f8c28916edeae19bcd6de00275c6a622a45045341f22fce",
			"086831b4a48fe583966a61ecbb8e17e5e6d0ce1b85358435db8206f4746b8fbd",
		},
		{
			"other host", "GET", "/v3/projects?name=cn-north-4", "iam.cn-north-4.myhuaweicloud.com", "", nil, "host;x-sdk-date",
			"2bc2899d492ff890e3472c6470473dd0233c56cfddb8e6a4b41db12cf2721e12",
			"1a4213ca93e1d43803b3dae9217fbac017e4dbba21681b080a7d6e7fa7e697c8",
		},
	}
}

// request is the vector as the service would receive it.
func (v vector) request(t *testing.T) *http.Request {
	r := httptest.NewRequestWithContext(t.Context(), v.method, v.target, strings.NewReader(v.body))
	r.Host = v.host
	for name, value := range v.header {
		r.Header.Set(name, value)
	}
	r.Header.Set("X-Sdk-Date", vectorDate)
	r.Header.Set("Authorization", fmt.Sprintf("SDK-HMAC-SHA256 Access=%s, SignedHeaders=%s, Signature=%s",
		vectorAccess, v.signed, v.signature))
	return r
}

// witness is a service whose clock stood at the vectors' date at the start.
func witness(t *testing.T, change func(*Options)) *Sim {
	then, err := time.Parse(dateLayout, vectorDate)
	if err != nil {
		t.Fatal(err)
	}
	opt := Options{AccessKey: vectorAccess, SecretKey: vectorSecret, Skew: time.Until(then)}
	if change != nil {
		change(&opt)
	}
	return build(t, opt)
}

func TestVectors(t *testing.T) {
	for _, v := range vectors() {
		t.Run(v.name, func(t *testing.T) {
			canonical, err := canonicalRequest(v.request(t), strings.Split(v.signed, ";"))
			if err != nil {
				t.Fatal(err)
			}
			if got := hexHash([]byte(canonical)); got != v.canonical {
				t.Errorf("canonical request has hash %s:\n%s", got, canonical)
			}
			if got := hex.EncodeToString(sign(vectorSecret, vectorDate, canonical)); got != v.signature {
				t.Errorf("signature is %s", got)
			}
			s := witness(t, func(o *Options) { o.SecurityToken = v.header["X-Security-Token"] })
			if err := s.verify(v.request(t)); err != nil {
				t.Errorf("not verified: %v", err)
			}
		})
	}
}

// What was not received as it was signed is refused, whichever part it is.
func TestVerifyRefuses(t *testing.T) {
	v := vectors()[5] // with host and body
	for _, row := range []struct {
		name, want string
		change     func(*http.Request)
		option     func(*Options)
	}{
		{"method", "does not match", func(r *http.Request) { r.Method = "PUT" }, nil},
		{"path", "does not match", func(r *http.Request) { r.URL.Path += "x" }, nil},
		{"query", "does not match", func(r *http.Request) { r.URL.RawQuery = "a=b" }, nil},
		{"query that cannot be read", "query cannot", func(r *http.Request) { r.URL.RawQuery = "%zz" }, nil},
		{"host", "does not match", func(r *http.Request) { r.Host = "elsewhere" }, nil},
		{"body", "does not match", func(r *http.Request) { r.Body = http.NoBody }, nil},
		{"hash of another body", "not the hash", func(r *http.Request) { r.Header.Set("X-Sdk-Content-Sha256", hexHash(nil)) }, nil},
		{"secret", "does not match", nil, func(o *Options) { o.SecretKey = "other" }},
		{"key", "ak " + vectorAccess + " not exist", nil, func(o *Options) { o.AccessKey = "other" }},
		{"no key at all", "not exist", nil, func(o *Options) { o.AccessKey = "" }},
		{"security token missing", "security token", nil, func(o *Options) { o.SecurityToken = "x" }},
		{"security token unwanted", "security token", func(r *http.Request) { r.Header.Set("X-Security-Token", "x") }, nil},
		{"project", "status:400", func(r *http.Request) { r.Header.Set("X-Project-Id", "p") }, func(o *Options) { o.ProjectID = "q" }},
		{"clock 15 min ahead", "not within", nil, func(o *Options) { o.Skew += 15*time.Minute + time.Second }},
		{"clock 15 min behind", "not within", nil, func(o *Options) { o.Skew -= 15*time.Minute + time.Second }},
		{"no date", "not within", func(r *http.Request) { r.Header.Del("X-Sdk-Date") }, nil},
		{"date in another form", "not within", func(r *http.Request) { r.Header.Set("X-Sdk-Date", "2024-01-02T03:04:05Z") }, nil},
		{"a signed header missing", "does not match", func(r *http.Request) { r.Host = "" }, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := v.request(t)
			if row.change != nil {
				row.change(r)
			}
			err := witness(t, row.option).verify(r)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("error %v, want one with %q", err, row.want)
			}
			if err != nil && strings.Contains(err.Error(), vectorSecret) {
				t.Errorf("error has the secret in it: %v", err)
			}
		})
	}
}

func TestVerifyAllowsSkewWithinBounds(t *testing.T) {
	for _, skew := range []time.Duration{-14 * time.Minute, 14 * time.Minute} {
		s := witness(t, func(o *Options) { o.Skew += skew })
		if err := s.verify(vectors()[0].request(t)); err != nil {
			t.Errorf("clock off by %v: %v", skew, err)
		}
	}
}

func TestParseSignature(t *testing.T) {
	mac := strings.Repeat("0f", 32)
	for _, row := range []struct{ name, header, want string }{
		{"good", "SDK-HMAC-SHA256 Access=a, SignedHeaders=host;x-sdk-date, Signature=" + mac, ""},
		{"other algorithm", "SDK-HMAC-SM3 Access=a, SignedHeaders=x-sdk-date, Signature=" + mac, "algorithm"},
		{"bearer", "Bearer abc", "algorithm"},
		{"short signature", "SDK-HMAC-SHA256 Access=a, SignedHeaders=x-sdk-date, Signature=0f", "64 hexadecimal"},
		{"no signature", "SDK-HMAC-SHA256 Access=a, SignedHeaders=x-sdk-date", "64 hexadecimal"},
		{"date not signed", "SDK-HMAC-SHA256 Access=a, SignedHeaders=host, Signature=" + mac, "not signed"},
		{"not sorted", "SDK-HMAC-SHA256 Access=a, SignedHeaders=x-sdk-date;host, Signature=" + mac, "not sorted"},
		{"upper case", "SDK-HMAC-SHA256 Access=a, SignedHeaders=Host;x-sdk-date, Signature=" + mac, "lower case"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := parseSignature(row.header)
			if row.want == "" && err == nil {
				return
			}
			if err == nil || row.want == "" || !strings.Contains(err.Error(), row.want) {
				t.Errorf("error %v, want one with %q", err, row.want)
			}
		})
	}
}

// A signed request is verified over a real connection, and only then served.
func TestSignedDelete(t *testing.T) {
	g := serve(t, Options{RequireAuth: true, AccessKey: "AK", SecretKey: "SK"})
	signed := func(secret string) *http.Request {
		r := g.request("DELETE", "/v2/tasks/"+id(1), "")
		date := time.Now().UTC().Format(dateLayout)
		r.Header.Set("X-Sdk-Date", date)
		r.Host = r.URL.Host
		canonical := "DELETE\n/v2/tasks/" + id(1) + "/\n\nhost:" + r.Host + "\nx-sdk-date:" + date +
			"\n\nhost;x-sdk-date\n" + hexHash(nil)
		r.Header.Set("Authorization", "SDK-HMAC-SHA256 Access=AK, SignedHeaders=host;x-sdk-date, Signature="+
			hex.EncodeToString(sign(secret, date, canonical)))
		return r
	}
	if got := g.send(signed("wrong")); got.String() != "401 APIGW.0301" {
		t.Errorf("wrong secret: %v", got)
	}
	if got := g.send(signed("SK")); got.String() != "200" || got.Body != "null" {
		t.Errorf("right secret: %v", got)
	}
	if got := g.TruthOf(id(1)); got.Requests != 2 || got.Effects != 1 {
		t.Errorf("truth is %+v", got)
	}
}

func FuzzParseSignature(f *testing.F) {
	f.Add(vectors()[0].signature)
	f.Add("SDK-HMAC-SHA256 Access=a, SignedHeaders=x-sdk-date, Signature=" + strings.Repeat("0", 64))
	f.Add("SDK-HMAC-SHA256 ,,==,")
	f.Fuzz(func(t *testing.T, header string) {
		sig, err := parseSignature(header)
		if err == nil && (len(sig.mac) != 32 || len(sig.headers) == 0) {
			t.Errorf("accepted %q as %+v", header, sig)
		}
	})
}
