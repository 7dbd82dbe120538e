package sim

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFaultFromJSON(t *testing.T) {
	busy := find(t, "busy-400", 0.5, 0)
	locked := find(t, "login-locked", 1, 0)
	for _, row := range []struct {
		name, text string
		want       Fault
	}{
		{"text", `"busy-400:0.5"`, busy},
		{"name of the catalogue", `{"name":"busy-400","share":0.5}`, busy},
		{"with its operation", `{"name":"login-locked"}`, locked},
		{"with looks answered alike", `{"name":"odd-401"}`, find(t, "odd-401", 1, 0)},
		{
			"anything at all", `{"name":"x","share":0.25,"times":3,"status":418,"header":{"A":["b"]},"body":"short"}`,
			Fault{Name: "x", Share: 0.25, Times: 3, Status: 418, Header: http.Header{"A": {"b"}}, Body: "short"},
		},
		{
			"own body under a name of the catalogue", `{"name":"busy-400","status":400,"body":"own"}`,
			Fault{Name: "busy-400", Share: 1, Status: 400, Body: "own"},
		},
		{"share of none", `{"name":"x","share":0,"status":500}`, Fault{Name: "x", Status: 500}},
		{
			"times", `{"name":"x","on":"all","after":"1m30s","for":"10s","delay":"250ms","action":"hang"}`,
			Fault{
				Name: "x", On: OpAll, Share: 1, After: 90 * time.Second, For: 10 * time.Second,
				Delay: 250 * time.Millisecond, Action: ActionHang,
			},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			var got Fault
			if err := json.Unmarshal([]byte(row.text), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFaultFromJSONRefuses(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		// It would otherwise stand for an empty 200 without an effect.
		{"only a name, and unknown", `{"name":"mine"}`, `unknown name "mine"`},
		{"only a name, and misspelt", `{"name":"busy-40"}`, "did you mean busy-400"},
		{"unknown key", `{"name":"x","status":500,"shares":1}`, "shares"},
		{"time without a unit", `{"name":"x","status":500,"for":"10"}`, "missing unit"},
		{"time as a number", `{"name":"x","status":500,"for":10}`, "number"},
		{"text that is no fault", `"x"`, `unknown name "x"`},
		{"number", `1`, "number"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var f Fault
			if err := json.Unmarshal([]byte(row.text), &f); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("error %v, want one with %q", err, row.want)
			}
		})
	}
}

// Every fault that Go can say survives the way through JSON.
func TestFaultJSONRoundTrip(t *testing.T) {
	all := append(Catalogue(), Fault{Name: "none"}, Fault{
		Name: "full", On: OpStop, Share: 0.125, After: time.Hour, For: time.Nanosecond, Delay: 3,
		Status: 299, Header: http.Header{"X": {"1", "2"}}, Body: "\x00<&>é", Action: ActionCut,
	})
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	var got []Fault
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	all[len(all)-2].Action = ActionAnswer // the zero value, spelt out
	if diff := cmp.Diff(all, got); diff != "" {
		t.Error(diff)
	}
}
