package queue

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNewAsked(t *testing.T) {
	if a := NewAsked("", " \n\t"); a != nil {
		t.Errorf("nothing is %+v", a)
	}
	long := strings.Repeat("ü", 150) // 300 bytes
	a := NewAsked(long, "a\x1b[2Jb\xffc")
	if len(a.Reason) > MostAsked || len(a.Reason) < MostAsked-len("ü…") || !strings.HasSuffix(a.Reason, "ü…") || !utf8.ValidString(a.Reason) {
		t.Errorf("cut to %d bytes: %q", len(a.Reason), a.Reason)
	}
	if a.By != "a [2Jb c" {
		t.Errorf("made one line: %q", a.By)
	}
	if again := NewAsked(a.Reason, a.By); *again != *a {
		t.Errorf("%+v became %+v", a, again)
	}
	if whole := strings.Repeat("x", MostAsked); NewAsked(whole, "").Reason != whole {
		t.Error("a text of the most bytes is cut")
	}
}
