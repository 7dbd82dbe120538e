package metrics

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"cleaner/internal/outfile"
)

// mostText is more bytes than a file of ours ever has.
const mostText = 1 << 20

// families are metrics by their names.
type families map[string]*dto.MetricFamily

// WriteTextfile writes the metrics for node_exporter's textfile collector, which reads
// files that end in .prom. It replaces the file as a whole or not at all. Values that
// this process does not know, such as the last success, are taken over from the existing
// file. An existing file that cleaner has not written is an error, and is not touched.
//
// labels, which may be nil, are added to each series. Two files in one directory need
// different labels: node_exporter shows no series that it finds twice.
//
// Everybody may read the file (mode 0644), as node_exporter runs as another user and
// nothing in the file is secret: it has numbers, and the version of cleaner. An error is
// counted and should be logged; no run should fail because of it.
func (m *Metrics) WriteTextfile(path string, labels map[string]string) error {
	if err := m.writeTextfile(path, labels); err != nil {
		m.exports.textfile.Inc()
		return fmt.Errorf("write metrics to %s: %w", path, err)
	}
	return nil
}

func (m *Metrics) writeTextfile(path string, labels map[string]string) error {
	if filepath.Ext(path) != ".prom" {
		return errors.New("node_exporter reads only files that end in .prom: use such a name")
	}
	before, err := readTextfile(path)
	if err != nil {
		return err
	}
	now, err := m.own.Gather()
	if err != nil {
		return fmt.Errorf("gather them: %w", err)
	}
	if err := addLabels(now, labels); err != nil {
		return err
	}
	var text bytes.Buffer
	for _, f := range carryOver(now, before, labels) {
		if _, err := expfmt.MetricFamilyToText(&text, f); err != nil {
			return fmt.Errorf("render %s: %w", f.GetName(), err)
		}
	}
	return outfile.Replace(path, 0o644, func(w io.Writer) error {
		_, err := w.Write(text.Bytes())
		return err
	})
}

// carryOver adds to now the lasting metrics that only before has, if they have the same
// labels, and do not tell of the future: the clock was set back, and no alert could fire
// before that time.
func carryOver(now []*dto.MetricFamily, before families, labels map[string]string) []*dto.MetricFamily {
	known := make(map[string]bool, len(now))
	for _, f := range now {
		known[f.GetName()] = true
	}
	for _, name := range keptNames() {
		if f := before[name]; f != nil && !known[name] && hasLabels(f, labels) && !isInFuture(f, time.Now()) {
			now = append(now, f)
		}
	}
	slices.SortFunc(now, func(a, b *dto.MetricFamily) int { return cmp.Compare(a.GetName(), b.GetName()) })
	return now
}

// isInFuture reports whether f has a moment after now.
func isInFuture(f *dto.MetricFamily, now time.Time) bool {
	return strings.HasSuffix(f.GetName(), "_timestamp_seconds") && slices.ContainsFunc(f.GetMetric(), func(m *dto.Metric) bool {
		return m.GetGauge().GetValue() > float64(now.UnixMilli())/1000
	})
}

// readTextfile returns the metrics of a file of ours; none when there is no file or it
// is empty.
func readTextfile(path string) (families, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("look at the existing file: %w", err)
	case info.Mode().IsRegular() && info.Size() == 0:
		return nil, nil
	case !info.Mode().IsRegular() || info.Size() > mostText:
		return nil, errNotOurs
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the existing file: %w", err)
	}
	return parseTextfile(bytes.NewReader(text))
}

var errNotOurs = errors.New("the existing file was not written by cleaner: name another, or delete it")

// parseTextfile returns the metrics in text, if cleaner has written it.
func parseTextfile(text io.Reader) (families, error) {
	parser := expfmt.NewTextParser(model.LegacyValidation)
	f, err := parser.TextToMetricFamilies(text)
	if err != nil || f["cleaner_build_info"] == nil {
		return nil, errNotOurs
	}
	return f, nil
}
