package sim

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A scope that names its project by name needs the account, where IAM is strict; an
// account that is another one's is refused everywhere.
func TestScope(t *testing.T) {
	for _, row := range []struct {
		name, scope, lax, strict string
	}{
		{"name and account", `"name":"cn-north-4","domain":{"name":"acme"}`, "201", "201"},
		{"name and the account's ID", `"name":"cn-north-4","domain":{"id":"x"}`, "201", "201"},
		{"name alone", `"name":"cn-north-4"`, "201", "400"},
		{"ID alone", `"id":"pid"`, "201", "201"},
		{"name and another account", `"name":"cn-north-4","domain":{"name":"other"}`, "404", "404"},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, strict := range []bool{false, true} {
				o := account()
				o.IAM.NeedDomain = strict
				got := serve(t, o).do("POST", "/v3/auth/tokens", loginBody("janitor", "right", "acme", row.scope))
				want := row.lax
				if strict {
					want = row.strict
				}
				if got.String() != want || want == "400" && !strings.Contains(got.Body, "Expecting to find domain in project.") {
					t.Errorf("strict %v: %s, want %s", strict, got.said(), want)
				}
			}
		})
	}
}

// The answer to a login has all blocks, or lacks what the options leave out.
func TestLoginBlocks(t *testing.T) {
	for _, row := range []struct {
		iam           IAM
		user, project bool
	}{{IAM{}, true, true}, {IAM{NoUser: true}, false, true}, {IAM{NoProject: true}, true, false}} {
		o := account()
		o.IAM = row.iam
		var got struct{ Token map[string]json.RawMessage }
		if err := json.Unmarshal([]byte(serve(t, o).login("right").Body), &got); err != nil {
			t.Fatal(err)
		}
		_, user := got.Token["user"]
		_, project := got.Token["project"]
		if user != row.user || project != row.project || got.Token["expires_at"] == nil {
			t.Errorf("%+v: user %v, project %v in %v", row.iam, user, project, got)
		}
	}
}

// signed is a GET at IAM, signed with a secret.
func (g *rig) signed(path, query, secret string) *http.Request {
	g.t.Helper()
	r := g.request("GET", path, "")
	r.URL.RawQuery = query
	date := time.Now().UTC().Format(dateLayout)
	r.Header.Set("X-Sdk-Date", date)
	canonical := "GET\n" + path + "/\n" + query + "\nx-sdk-date:" + date + "\n\nx-sdk-date\n" + hexHash(nil)
	r.Header.Set("Authorization", "SDK-HMAC-SHA256 Access=AK, SignedHeaders=x-sdk-date, Signature="+
		hex.EncodeToString(sign(secret, date, canonical)))
	return r
}

// IAM tells the holder of an access key the project's ID and the account.
func TestProjects(t *testing.T) {
	o := account()
	o.AccessKey, o.SecretKey, o.Throttle = "AK", "SK", Throttle{Limit: 1}
	g := serve(t, o)
	var got struct {
		Projects []struct {
			ID, Name string
			DomainID string `json:"domain_id"`
			Enabled  bool
		}
		Domains []struct{ ID, Name string }
	}
	ask := func(path, query string) {
		t.Helper()
		got.Projects, got.Domains = nil, nil
		a := g.send(g.signed(path, query, "SK"))
		if err := json.Unmarshal([]byte(a.Body), &got); err != nil || a.Status != 200 {
			t.Fatalf("%s: %v", a.said(), err)
		}
	}
	for _, query := range []string{"", "name=cn-north-4"} {
		ask("/v3/projects", query)
		if len(got.Projects) != 1 || got.Projects[0].ID != "pid" || got.Projects[0].Name != "cn-north-4" || !got.Projects[0].Enabled {
			t.Errorf("%q: %+v", query, got.Projects)
		}
	}
	domain := got.Projects[0].DomainID
	ask("/v3/auth/domains", "")
	if len(got.Domains) != 1 || got.Domains[0].ID != domain || got.Domains[0].Name != "acme" {
		t.Errorf("%+v, and the project is of %s", got.Domains, domain)
	}
	ask("/v3/projects", "name=cn-east-3")
	if got.Projects == nil || len(got.Projects) != 0 {
		t.Errorf("another project: %+v", got.Projects)
	}
	if got := g.do("GET", "/v3/projects", ""); got.String() != "401 APIGW.0301" {
		t.Errorf("without a credential: %s", got.said())
	}
}

// A project that is not named has the ID that its tokens say.
func TestProjectIDs(t *testing.T) {
	g := serve(t, Options{})
	var login struct {
		Token struct{ Project struct{ ID string } }
	}
	var list struct{ Projects []struct{ ID string } }
	if err := json.Unmarshal([]byte(g.login("x").Body), &login); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(g.do("GET", "/v3/projects?name=cn-north-4", "").Body), &list); err != nil {
		t.Fatal(err)
	}
	if id := login.Token.Project.ID; id == "" || len(list.Projects) != 1 || list.Projects[0].ID != id {
		t.Errorf("token says %q, the list %+v", id, list)
	}
}

// What is wrong with a signature is said in the gateway's words, and so many wrong
// ones lock the key for five minutes.
func TestSignatureRefusals(t *testing.T) {
	g := serve(t, Options{RequireAuth: true, AccessKey: "AK", SecretKey: "SK", ProjectID: "pid"})
	ask := func(secret, access, project string) answer {
		r := g.signed("/v2/tasks/"+id(1)+"/progress", "", secret)
		r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "Access=AK", "Access="+access, 1))
		r.Header.Set("X-Project-Id", project)
		return g.send(r)
	}
	for _, row := range []struct{ name, secret, access, project, want string }{
		{"access key", "SK", "OTHER", "pid", "Incorrect IAM authentication information: ak OTHER not exist"},
		{"secret key", "other", "AK", "pid", "Incorrect IAM authentication information: verify aksk signature fail, signature does not match"},
		{"project", "SK", "AK", "other", "Incorrect IAM authentication information: get token error,status:400"},
	} {
		got := ask(row.secret, row.access, row.project)
		if got.String() != "401 APIGW.0301" || !strings.Contains(got.Body, row.want) {
			t.Errorf("wrong %s: %v %s", row.name, got, got.Body)
		}
	}
	if got := ask("SK", "AK", "pid"); got.said() != isThere {
		t.Errorf("all is right: %s", got.said())
	}
}

func TestAccessKeyLocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := witness(t, func(o *Options) { o.LockKeyAfter = 3 })
		right, wrong := vectors()[0].request(t), vectors()[0].request(t)
		wrong.URL.Path += "x"
		for _, row := range []struct {
			r    *http.Request
			want string
		}{
			{wrong, "does not match"}, {wrong, "does not match"}, {right, ""}, // begins to count anew
			{wrong, "does not match"}, {wrong, "does not match"}, {wrong, "does not match"}, {right, "locked"},
		} {
			if err := s.judgeSignature(row.r); (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(), row.want) {
				t.Errorf("error %v, want %q", err, row.want)
			}
		}
		time.Sleep(keyLockTime - 1)
		if err := s.judgeSignature(right); err == nil {
			t.Error("not locked for five minutes")
		}
		time.Sleep(time.Nanosecond)
		if err := s.judgeSignature(right); err != nil {
			t.Errorf("after five minutes: %v", err)
		}
	})
}
