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

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// mostText is more than a file of ours ever has.
const mostText = 1 << 20

// families are metrics by their names.
type families map[string]*dto.MetricFamily

// WriteTextfile writes the metrics for node_exporter's textfile collector, which
// reads files that end in .prom. The file is replaced as a whole or not at all.
// What this process does not know is carried over from the file that is there:
// its last success before all. A file that is there and not one of ours is left
// alone, and is an error.
//
// Each series gets labels as well; nil is none. Two files in one directory need
// different ones, or node_exporter finds the same series twice and shows neither.
//
// Everybody may read the file (mode 0644), as node_exporter runs as a user of its
// own, and nothing in it is secret: numbers, and the version of cleaner. An error
// is counted, and is for the log: no run fails for it.
func (m *Metrics) WriteTextfile(path string, labels map[string]string) error {
	if err := m.writeTextfile(path, labels); err != nil {
		m.exports.textfile.Inc()
		return fmt.Errorf("write metrics to %s: %w", path, err)
	}
	return nil
}

func (m *Metrics) writeTextfile(path string, labels map[string]string) error {
	if filepath.Ext(path) != ".prom" {
		return errors.New("node_exporter reads files that end in .prom: name it so")
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
	return replaceFile(path, text.Bytes())
}

// carryOver adds to now what lasts and is known from before alone, if it has the
// same labels.
func carryOver(now []*dto.MetricFamily, before families, labels map[string]string) []*dto.MetricFamily {
	known := make(map[string]bool, len(now))
	for _, f := range now {
		known[f.GetName()] = true
	}
	for _, name := range lasting() {
		if f := before[name]; f != nil && !known[name] && hasLabels(f, labels) {
			now = append(now, f)
		}
	}
	slices.SortFunc(now, func(a, b *dto.MetricFamily) int { return cmp.Compare(a.GetName(), b.GetName()) })
	return now
}

// readTextfile returns what a file of ours says; nothing when there is no file,
// or an empty one.
func readTextfile(path string) (families, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("look at the file that is there: %w", err)
	case info.Mode().IsRegular() && info.Size() == 0:
		return nil, nil
	case !info.Mode().IsRegular() || info.Size() > mostText:
		return nil, errNotOurs
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the file that is there: %w", err)
	}
	return parseTextfile(bytes.NewReader(text))
}

var errNotOurs = errors.New("the file that is there is none of cleaner's: name another, or delete it")

// parseTextfile returns what text says, if it is of our making.
func parseTextfile(text io.Reader) (families, error) {
	parser := expfmt.NewTextParser(model.LegacyValidation)
	f, err := parser.TextToMetricFamilies(text)
	if err != nil || f["cleaner_build_info"] == nil {
		return nil, errNotOurs
	}
	return f, nil
}

// replaceFile writes beside path, for everybody to read, and moves into place.
// The name it has until then is none that node_exporter reads.
func replaceFile(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".cleaner-*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // after the move there is nothing to remove
	_, err = f.Write(text)
	err = cmp.Or(err, f.Chmod(0o644), f.Sync())
	if err = cmp.Or(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
