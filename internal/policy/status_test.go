package policy

import "testing"

func TestStatuses(t *testing.T) {
	tests := []struct {
		name    string
		set     Statuses
		text    string
		has     []int
		hasNot  []int
		all     bool
		clients bool // within 4xx
	}{
		{name: "no condition", set: nil, text: "any", has: []int{0, 100, 599, 999}, all: true},
		{name: "empty", set: Is(), text: "", hasNot: []int{0, 200}},
		{name: "one", set: Is(404), text: "404", has: []int{404}, hasNot: []int{0, 403, 405}, clients: true},
		{name: "some", set: Is(200, 204), text: "200, 204", has: []int{200, 204}, hasNot: []int{201}},
		{name: "class", set: Class(5), text: "5xx", has: []int{500, 599}, hasNot: []int{499, 600}},
		{name: "ranges", set: Statuses{{203, 203}, {205, 299}}, text: "203, 205-299", has: []int{203, 205, 299}, hasNot: []int{204}},
		{name: "everything by hand", set: Statuses{{0, 399}, {400, 700}}, text: "0-399, 400-700", has: []int{0, 400}, all: true},
		{name: "clients", set: Class(4), text: "4xx", has: []int{400, 499}, hasNot: []int{500}, clients: true},
		{name: "clients and more", set: Statuses{{404, 500}}, text: "404-500", has: []int{500}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.set.String(); got != tt.text {
				t.Errorf("String() = %q, want %q", got, tt.text)
			}
			for _, s := range tt.has {
				if !tt.set.Has(s) {
					t.Errorf("lacks %d", s)
				}
			}
			for _, s := range tt.hasNot {
				if tt.set.Has(s) {
					t.Errorf("has %d", s)
				}
			}
			if got := tt.set.all(); got != tt.all {
				t.Errorf("all() = %v", got)
			}
			if got := tt.set.within(4); got != tt.clients {
				t.Errorf("within(4) = %v", got)
			}
		})
	}
}
