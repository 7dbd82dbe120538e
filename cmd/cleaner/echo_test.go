package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// repeated is all that a request said, in words of an echo's own.
func repeated(r *http.Request, body []byte) string {
	return fmt.Sprintf("%s %s %v %s", r.Method, r.URL, r.Header, body)
}

// isLogin lets an echo tell IAM from the service.
func isLogin(r *http.Request) bool { return r.Method == http.MethodPost }

// echoes answer with what they are asked. Where IAM is left alone the service
// echoes the token that it gave.
var echoes = map[string]func(http.ResponseWriter, *http.Request, []byte) bool{
	"echo in an error of the service's": func(w http.ResponseWriter, r *http.Request, body []byte) bool {
		if isLogin(r) {
			return false
		}
		text, _ := json.Marshal(map[string]string{"error_code": "CC.00059999", "error_msg": "no: " + repeated(r, body)})
		_, _ = w.Write(text)
		return true
	},
	"echo in an error of the gateway's": func(w http.ResponseWriter, r *http.Request, body []byte) bool {
		text, _ := json.Marshal(map[string]string{"error_code": "APIGW.0301", "error_msg": "no: " + repeated(r, body)})
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write(text)
		return true
	},
	"echo in a code and in a request ID": func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		if isLogin(r) {
			return false
		}
		secret := r.Header.Get("X-Auth-Token")
		if _, after, ok := strings.Cut(r.Header.Get("Authorization"), "Access="); ok {
			secret, _, _ = strings.Cut(after, ",")
		}
		w.Header().Set("X-Request-Id", secret)
		text, _ := json.Marshal(map[string]string{"error_code": secret, "error_msg": base64.StdEncoding.EncodeToString([]byte(secret))})
		_, _ = w.Write(text)
		return true
	},
	"echo in a text": func(w http.ResponseWriter, r *http.Request, body []byte) bool {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, repeated(r, body))
		return true
	},
	"echo of the login alone": func(w http.ResponseWriter, r *http.Request, body []byte) bool {
		if !isLogin(r) {
			return false
		}
		var login struct{ Auth any }
		_ = json.Unmarshal(body, &login)
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(login)
		return true
	},
	"echo in a page": func(w http.ResponseWriter, r *http.Request, body []byte) bool {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Location", "/?"+url.QueryEscape(repeated(r, body)))
		_, _ = fmt.Fprintf(w, "<html>%s<a href='/?%s'>", html.EscapeString(repeated(r, body)), url.QueryEscape(string(body)))
		return true
	},
	"echo without HTTP": func(w http.ResponseWriter, r *http.Request, body []byte) bool {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return true
		}
		_, _ = io.WriteString(conn, repeated(r, body)+"\r\n\r\n")
		_ = conn.Close()
		return true
	},
	"echo in a header without end": func(w http.ResponseWriter, r *http.Request, body []byte) bool {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return true
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n"+strings.ReplaceAll(repeated(r, body), ":", " ")+"\r\nContent-Length: x\r\n\r\n")
		_ = conn.Close()
		return true
	},
}
