package sim

import (
	"math"
	"strings"
	"testing"
)

func TestRefKeepsTheID(t *testing.T) {
	for name, id := range map[string]string{
		"usual form":      "0123456789abcdef0123456789abcdef",
		"upper case":      "0123456789ABCDEF0123456789ABCDEF",
		"mixed case":      "0123456789abcdef0123456789abcdeF",
		"31 digits":       strings.Repeat("a", 31),
		"33 digits":       strings.Repeat("a", 33),
		"not hexadecimal": strings.Repeat("g", 32),
		"v3 form":         "task-1_" + strings.Repeat("z", 121),
		"not well-formed": "a b/c?d",
		"32 odd bytes":    strings.Repeat("é", 16),
	} {
		t.Run(name, func(t *testing.T) {
			if got := refOf(id).id(); got != id {
				t.Errorf("id of ref of %q is %q", id, got)
			}
		})
	}
}

func TestRefTellsIDsApart(t *testing.T) {
	// The last two are the bytes that the first one's key is made of, and the
	// same digits in another case.
	ids := []string{"61626364656667686162636465666768", "abcdefghabcdefgh", strings.ToUpper("6162636465666768616263646566676a"), "6162636465666768616263646566676a"}
	seen := map[key]string{}
	for _, id := range ids {
		k := refOf(id).key
		if other, ok := seen[k]; ok {
			t.Errorf("%q and %q have one key", id, other)
		}
		seen[k] = id
	}
}

func TestValidID(t *testing.T) {
	for _, row := range []struct {
		name, id string
		want     bool
	}{
		{"usual form", id(7), true},
		{"one sign", "a", true},
		{"dash and underscore", "A-b_9", true},
		{"longest", strings.Repeat("x", 128), true},
		{"too long", strings.Repeat("x", 129), false},
		{"empty", "", false},
		{"slash", "a/b", false},
		{"dot", "..", false},
		{"space", "a b", false},
		{"at sign and backtick are next to letters", "@`", false},
		{"brackets are next to letters", "[{", false},
		{"not ASCII", "é", false},
		{"NUL", "a\x00", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := validID(row.id); got != row.want {
				t.Errorf("validID(%q) = %v", row.id, got)
			}
		})
	}
}

// Draws have to be even and independent also for IDs that count upward.
func TestDrawIsEven(t *testing.T) {
	const n = 20_000
	one, two := salt(1, "one"), salt(1, "two")
	var first, second, both float64
	for i := range n {
		k := refOf(id(i)).key
		a, b := draw(one, k) < 0.3, draw(two, k) < 0.3
		if a {
			first++
		}
		if b {
			second++
		}
		if a && b {
			both++
		}
	}
	for name, pair := range map[string][2]float64{
		"one": {first / n, 0.3}, "two": {second / n, 0.3}, "both": {both / n, 0.09},
	} {
		if math.Abs(pair[0]-pair[1]) > 0.015 {
			t.Errorf("%s: hit %.3f of the IDs, want %.3f", name, pair[0], pair[1])
		}
	}
}

func TestDrawDependsOnSeedAndName(t *testing.T) {
	k := refOf(id(1)).key
	was := draw(salt(42, "a"), k)
	for name, is := range map[string]float64{
		"seed": draw(salt(43, "a"), k),
		"name": draw(salt(42, "b"), k),
		"ID":   draw(salt(42, "a"), refOf(id(2)).key),
	} {
		if is == was {
			t.Errorf("the %s makes no difference", name)
		}
	}
}

func FuzzRef(f *testing.F) {
	f.Add("0123456789abcdef0123456789abcdef")
	f.Add("")
	f.Add("../x")
	f.Fuzz(func(t *testing.T, id string) {
		if got := refOf(id).id(); id != "" && got != id {
			t.Errorf("id of ref of %q is %q", id, got)
		}
	})
}
