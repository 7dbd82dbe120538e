package main

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"cleaner/internal/sim"
)

// The planted secrets. Each holds what some writer would escape.
const (
	plantedPassword = `pl"a<nt>&ed\Pass wörd/+6a1f`
	plantedWrong    = `wr"o<ng>&ed\Pass wörd/+6a1f`
	plantedID       = "PLANTEDACCESSKEY0042"
	plantedKey      = "Planted/Secret+Key/Planted=Secret9041"
	plantedSecurity = "PlantedSecurityToken/+=PlantedSecurityToken77"
	plantedToken    = "PlantedFileToken-_/+=PlantedFileToken31"
	plantedProxy    = "Planted-Proxy_Pass 55"
)

// planted is a stage whose secrets are known, those included that come up on the
// way: what the service is sent and what it gives out is written down between it
// and the program.
type planted struct {
	*stage
	echo func(w http.ResponseWriter, r *http.Request, body []byte) bool // answers in the service's place

	mu      sync.Mutex // guards what follows
	secrets map[string]bool
	told    map[string]string // what the program printed, by command
}

// plant returns a stage behind a recorder. Its log tells everything.
func plant(t *testing.T, o sim.Options) *planted {
	t.Helper()
	st := newStage(t, o)
	o.RequireAuth, o.Domain, o.User, o.Password = true, "account", "operator", plantedPassword
	s, err := sim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	p := &planted{stage: st, secrets: map[string]bool{}, told: map[string]string{}}
	st.sim = s
	for _, secret := range []string{plantedPassword, plantedWrong, plantedID, plantedKey, plantedSecurity, plantedToken, plantedProxy} {
		p.secrets[secret] = true
	}
	t.Cleanup(p.search) // when the service below has ended
	ctx, leave := context.WithCancel(context.Background())
	front := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.serve(s.Handler(), w, r) }))
	front.Config.BaseContext = func(net.Listener) context.Context { return ctx }
	front.Config.ErrorLog = log.New(io.Discard, "", 0)
	front.Start()
	t.Cleanup(func() { leave(); front.Close() })
	st.set("service.endpoint", front.URL)
	st.set("service.iam_endpoint", front.URL)
	st.set("log.level", "debug")
	st.set("log.format", "json")
	st.set("limits.request_timeout", "100ms")
	st.set("retry.attempts", 2)
	st.set("retry.max", "5ms")
	st.set("retry.deadline", "20ms")
	st.write("password", plantedPassword)
	return p
}

// giveUpSoon has a pass try a rejected key once: it is tried again a second later otherwise,
// since a service may not know it yet.
func (p *planted) giveUpSoon() {
	p.set("retry.initial", "1ms")
	p.set("retry.deadline", "1ms")
}

// serve writes down the secrets of one exchange and lets h answer it, or echo.
func (p *planted) serve(h http.Handler, w http.ResponseWriter, r *http.Request) {
	p.note(r.Header.Get("X-Auth-Token"), r.Header.Get("X-Security-Token"))
	_, signature, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
	p.note(signature)
	if p.echo != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		if p.echo(w, r, body) {
			return
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
	}
	h.ServeHTTP(w, r)
	p.note(w.Header().Get("X-Subject-Token"))
}

func (p *planted) note(secrets ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range secrets {
		if s != "" {
			p.secrets[s] = true
		}
	}
}

// runs runs commands, one after the other, whatever becomes of them.
func (p *planted) runs(commands ...[]string) {
	p.Helper()
	for _, args := range commands {
		code, stdout, stderr := p.cleaner(args...)
		p.told[fmt.Sprint(len(p.told), " ", args)] = fmt.Sprint(code, "\n", stdout, stderr)
	}
}

// pass makes a pass with all that is written on the way.
func (p *planted) pass(args ...string) {
	p.Helper()
	p.ids(6) // more than the canaries, and enough failures to open the breaker
	p.runs(append([]string{"run", "--ids", p.path("tasks.txt"), "--report", p.path("report.json"), "--results", p.path("results.jsonl")}, args...))
}

// passed makes a pass that is known to have begun.
func (p *planted) passed() {
	p.Helper()
	p.pass()
	if _, err := os.Stat(p.path("report.json")); err != nil {
		p.Errorf("no pass began: %v: %v", err, p.told)
	}
}

// look runs the commands that show what there is.
func (p *planted) look() {
	p.Helper()
	p.runs([]string{"status"}, []string{"status", "--json"}, []string{"dead", "list"}, []string{"dead", "list", "--json"}, []string{"check", "--show"})
}

// given are the files that the test itself writes secrets to.
var given = []string{"password", "secret", "security", "token", "key.json", "cleaner.yaml"}

// search looks for every secret, in every form, in all that was printed and in
// every file, the ledger with its log and its lock included.
func (p *planted) search() {
	for args, text := range p.told {
		p.searchIn("printed by "+args, text)
	}
	files := 0
	for path, text := range p.files(".") {
		if !slices.Contains(given, strings.TrimPrefix(path, p.dir+"/")) && text != "folder" {
			files++
			p.searchIn(path, text)
		}
	}
	if len(p.told) == 0 && files == 0 {
		p.Error("nothing was searched")
	}
}

func (p *planted) searchIn(where, text string) {
	for secret := range p.secrets {
		if form, found := showing(text, secret); found {
			p.Errorf("%s shows the secret %q as %q in\n%.3000s", where, secret, form, text)
			return
		}
	}
}

// showing returns the form in which text shows a secret: whole, and of a long one
// its beginning or its end as well.
func showing(text, secret string) (form string, found bool) {
	for _, form := range writings(secret) {
		if strings.Contains(text, form) {
			return form, true
		}
	}
	const part = 20 // of random letters, so long a part is no chance
	if len(secret) > part {
		for _, form := range []string{secret[:part], secret[len(secret)-part:]} {
			if strings.Contains(text, form) {
				return form, true
			}
		}
	}
	return "", false
}

// writings are the forms that a secret may be written in.
func writings(secret string) []string {
	inGo, _ := json.Marshal(secret) // a string cannot fail
	var plain strings.Builder
	enc := json.NewEncoder(&plain)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(secret)
	unquoted := func(s string) string { s = strings.TrimSpace(s); return s[1 : len(s)-1] }
	raw := []byte(secret)
	return []string{
		secret, unquoted(string(inGo)), unquoted(plain.String()), unquoted(strconv.Quote(secret)), unquoted(strconv.QuoteToASCII(secret)),
		unquoted(strconv.Quote(unquoted(strconv.Quote(secret)))), // as an error within a JSON log line
		url.QueryEscape(secret), url.PathEscape(secret), html.EscapeString(secret),
		base64.RawStdEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw),
		hex.EncodeToString(raw), strings.ToUpper(hex.EncodeToString(raw)),
	}
}
