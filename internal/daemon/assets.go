package daemon

import (
	"bytes"
	"embed"
	"html/template"
	"mime"
	"net/http"
	"path"
	"time"
)

//go:embed page
var files embed.FS

// assets are what the page loads beside itself, by name.
var assets = map[string]http.Handler{
	"page.css": asset("page/page.css"),
	"page.js":  asset("page/page.js"),
	"icon.svg": asset("page/icon.svg"),
}

// layout is the page. Its text is ours, so that a fault in it is a programmer's.
var layout = template.Must(template.New("page.html").Funcs(template.FuncMap{
	"grouped": grouped, "speed": speed, "percent": percent, "clock": clock, "local": local,
	"ago": ago, "until": until, "span": span, "verdict": verdictOf,
}).ParseFS(files, "page/page.html"))

// asset serves an embedded file. Browsers keep it for a minute only: after an
// update of cleaner the page and its script belong together again soon.
func asset(name string) http.Handler {
	text, err := files.ReadFile(name)
	if err != nil {
		panic(err)
	}
	kind := mime.TypeByExtension(path.Ext(name))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Cache-Control", "max-age=60")
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(text))
	})
}
