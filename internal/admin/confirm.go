package admin

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// confirmView asks a question where scripts are off.
type confirmView struct {
	view
	Question string
	Details  []string // what follows it, in paragraphs
	Action   string
	Fields   []field
	Reason   bool // a reason is to be given
}

// field is what the form says again.
type field struct{ Name, Value string }

// confirm shows a page that asks what the form of r asked for, to be agreed to. The token
// is not on it.
func confirm(e *endpoint, w http.ResponseWriter, r *http.Request, re reply) {
	lines := strings.Split(re.ask, "\n")
	v := confirmView{view: e.view(r, "Are you sure?"), Question: lines[0], Action: r.URL.Path}
	for _, line := range lines[1:] {
		if line != "" {
			v.Details = append(v.Details, line)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.PostForm)) {
		if name != "token" && name != "agreed" && name != "asked" && r.PostForm.Get(name) != "" {
			v.Fields = append(v.Fields, field{name, r.PostForm.Get(name)})
		}
	}
	v.Fields = append(v.Fields, field{"agreed", "yes"}, field{"asked", strconv.FormatInt(re.asked.UnixMilli(), 10)})
	v.Reason = (r.URL.Path == "/control/withdraw" || r.URL.Path == "/control/release") && words(r, "reason") == ""
	e.write(w, re.code, "confirm.html", &v)
}
