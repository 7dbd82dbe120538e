package admin

import (
	"bytes"
	"embed"
	"html/template"
	"mime"
	"net/http"
	"path"
	"sync"
	"time"

	"github.com/dustin/go-humanize"
)

//go:embed page
var files embed.FS

// assets are the files that the page loads, by name.
var assets = map[string]http.Handler{
	"page.css":          asset("page/page.css"),
	"live.js":           asset("page/live.js"),
	"forms.js":          asset("page/forms.js"),
	"charts.js":         asset("page/charts.js"),
	"uPlot.iife.min.js": asset("page/uplot/uPlot.iife.min.js"),
	"uPlot.min.css":     asset("page/uplot/uPlot.min.css"),
	"icon.svg":          asset("page/icon.svg"),
}

// layout is the template of the page, parsed when it is first asked for: it takes most of
// the time that the program needs to start, and most commands have no page. It panics if
// the template is wrong, which is a programmer's mistake.
var layout = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{
		"grouped": humanize.Comma, "speed": speed, "percent": percent, "clock": clock, "local": local,
		"ago": ago, "until": until, "span": span, "verdict": verdictOf, "level": levelOf,
		"share": share, "millis": millis, "troubles": troubles, "share100": share100,
	}).ParseFS(files, "page/*.html"))
})

// asset serves an embedded file. Browsers cache it for only a minute, so that soon after
// an update of cleaner the page and its script match again.
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
