package sqlite

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/queue"
)

// A reader sees what is remembered, under the prefix that it names and no other.
func TestReaderFacts(t *testing.T) {
	path := ledgerPath(t)
	l := open(t, path, Options{})
	before := time.Now().Truncate(time.Millisecond)
	for key, value := range map[string]string{
		"learned/b": "2", "learned/a": "1", "learned%": "x", "learnedx": "x", "Learned/c": "x", "wait/a": "3",
	} {
		if err := l.Remember(t.Context(), key, []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	r, err := OpenReader(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, row := range []struct {
		prefix string
		want   []string
	}{
		{queue.LearnedPrefix, []string{"learned/a=1", "learned/b=2"}},
		{queue.WaitPrefix, []string{"wait/a=3"}},
		{"learned%", []string{"learned%=x"}},
		{"none/", nil},
		{"", []string{"Learned/c=x", "learned%=x", "learned/a=1", "learned/b=2", "learnedx=x", "wait/a=3"}},
	} {
		facts, err := r.Facts(t.Context(), row.prefix)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range facts {
			got = append(got, f.Key+"="+string(f.Value))
			if f.At.Before(before) || f.At.After(time.Now()) {
				t.Errorf("%s was written at %v", f.Key, f.At)
			}
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("Facts(%q) (-want +got):\n%s", row.prefix, diff)
		}
	}
	if v, err := r.Recall(t.Context(), "learned/a"); err != nil || string(v) != "1" {
		t.Errorf("Recall = %q, %v", v, err)
	}
	if v, err := r.Recall(t.Context(), "learned/"); err != nil || v != nil {
		t.Errorf("Recall of nothing = %q, %v", v, err)
	}
}
