package sim

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestGatewayAsksForCredential(t *testing.T) {
	g := serve(t, account())
	token := g.token()
	for _, row := range []struct{ name, header, value, want, says string }{
		{"none", "X-Other", "x", "401 APIGW.0301", "x-auth-token not found"},
		{"unknown token", "X-Auth-Token", "x", "401 APIGW.0301", "decrypt token"},
		{"bad signature", "Authorization", "Bearer x", "401 APIGW.0301", "algorithm"},
		{"token", "X-Auth-Token", token, "200", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := g.del(id(1), row.header, row.value)
			if got.String() != row.want || !strings.Contains(got.Body, row.says) {
				t.Errorf("%v %s", got, got.Body)
			}
		})
	}
	if got := g.TruthOf(id(1)); got.Requests != 4 || got.Effects != 1 {
		t.Errorf("refused requests count, and have no effect: %+v", got)
	}
}

func TestGatewayAsksForNothingUnlessTold(t *testing.T) {
	g := serve(t, Options{})
	if got := g.del(id(1), "X-Auth-Token", "anything"); got.String() != "200" {
		t.Error(got)
	}
}

// A gateway's error names the request, in its body and in a header.
func TestGatewayRequestID(t *testing.T) {
	g := serve(t, account())
	got := g.del(id(1))
	var body struct {
		ID string `json:"request_id"`
	}
	if err := json.Unmarshal([]byte(got.Body), &body); err != nil || len(body.ID) != 32 {
		t.Fatalf("%v in %s", err, got.Body)
	}
	if h := got.Header.Get("X-Request-Id"); h != body.ID {
		t.Errorf("header says %s, body %s", h, body.ID)
	}
	if again := g.del(id(1)); again.Header.Get("X-Request-Id") == body.ID {
		t.Error("two requests have one ID")
	}
}

func TestThrottle(t *testing.T) {
	g := serve(t, Options{Throttle: Throttle{Limit: 2, RetryAfter: true}})
	for i, want := range []string{"200", "200", "429 APIGW.0308", "429 APIGW.0308"} {
		got := g.del(id(i))
		if got.String() != want {
			t.Fatalf("call %d: %v, want %s", i+1, got, want)
		}
		after, _ := strconv.Atoi(got.Header.Get("Retry-After"))
		if throttled := want != "200"; throttled && (after < 50 || after > 60) {
			t.Errorf("call %d: retry after %d s", i+1, after)
		}
	}
	// Every operation draws on the limit, apart from IAM's.
	for _, path := range []string{"/v2/p/tasks", "/v2/tasks/" + id(0) + "/progress"} {
		if got := g.do("GET", path, ""); got.String() != "429 APIGW.0308" {
			t.Errorf("%s: %v", path, got)
		}
	}
	if got := g.login("x"); got.Status != 201 {
		t.Errorf("login: %v", got)
	}
	if got := g.Truth(); got.Throttled != 4 || got.Effects != 2 {
		t.Errorf("truth is %+v", got)
	}
}

func TestThrottleText(t *testing.T) {
	g := serve(t, Options{Throttle: Throttle{Limit: 1, Window: 5 * time.Second}})
	g.del(id(1))
	got := g.del(id(2))
	if !strings.Contains(got.Body, "policy user over ratelimit,limit:1,time:5 second") {
		t.Error(got.Body)
	}
	if _, has := got.Header["Retry-After"]; has {
		t.Error("has a Retry-After that was not asked for")
	}
}

func TestSetThrottle(t *testing.T) {
	g := serve(t, Options{})
	if err := g.SetThrottle(Throttle{Limit: 1, Window: 1500 * time.Millisecond}); err == nil {
		t.Error("a window of 1.5 s is accepted")
	}
	if err := g.SetThrottle(Throttle{Limit: 1}); err != nil {
		t.Fatal(err)
	}
	g.del(id(1))
	if got := g.del(id(2)); got.Status != 429 {
		t.Errorf("throttled: %v", got)
	}
	if err := g.SetThrottle(Throttle{}); err != nil {
		t.Fatal(err)
	}
	if got := g.del(id(2)); got.Status != 200 {
		t.Errorf("no longer throttled: %v", got)
	}
}

// The gateway knows the documented paths alone, exactly as they are written,
// and never redirects.
func TestGatewayKnowsItsPaths(t *testing.T) {
	g := serve(t, Options{})
	for name, request := range map[string][2]string{
		"other method":       {"POST", "/v2/tasks/" + id(1)},
		"no ID":              {"DELETE", "/v2/tasks/"},
		"list as tasks":      {"DELETE", "/v2/tasks"},
		"slash at the end":   {"DELETE", "/v2/tasks/" + id(1) + "/"},
		"two slashes":        {"DELETE", "/v2//tasks/" + id(1)},
		"climbing up":        {"DELETE", "/v2/x/../tasks/" + id(1)},
		"more behind the ID": {"DELETE", "/v2/tasks/" + id(1) + "/x"},
		"other version":      {"DELETE", "/v9/tasks/" + id(1)},
		"root":               {"GET", "/"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := g.do(request[0], request[1], ""); got.String() != "404 APIGW.0101" {
				t.Errorf("%v %s", got, got.Body)
			}
		})
	}
	if got := g.Truth(); got.Effects != 0 || got.Requests != 9 || got.Deletes != 0 {
		t.Errorf("truth is %+v", got)
	}
}
