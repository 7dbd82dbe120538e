package report

import (
	"bytes"
	"fmt"
	"slices"
)

// broken tells what is wrong with l, whose value does not follow from the line
// before, and decides from where to go on. The chain alone does not say it for
// certain: it says which lines build upon which, and the rest is what is likely.
func (v *verifier) broken(l *line) {
	l.own = bytes.Clone(l.own) // looking ahead writes over it
	if m := v.past.find(l.chain); m > 0 {
		v.fault(l.number, fmt.Sprintf("was added: it is a copy of line %d", m))
		return
	}
	if v.stranger(l) {
		return
	}
	if m, ok := v.builtUpon(l); ok {
		v.fault(l.number, place(m)+": it was moved, or the lines between were added")
		v.accept(l.number, l.chain)
		return
	}
	own := v.next(v.head, l)
	if after, ok := v.in.peek(0); ok && v.next(own, after) == after.chain {
		v.fault(l.number, "was changed: its chain value is not its own, and the next line builds upon another")
		v.accept(l.number, own)
		return
	}
	v.fault(l.number, "was changed, or lines before it were removed")
	v.accept(l.number, l.chain)
}

// stranger tells of a line that the chain goes past: a line ahead builds upon
// the line before it.
func (v *verifier) stranger(l *line) bool {
	skipped, parent := false, int64(0)
	for n := range ahead {
		a, ok := v.in.peek(n)
		if !ok {
			continue
		}
		skipped = skipped || v.next(v.head, a) == a.chain
		if parent == 0 && v.next(a.chain, l) == l.chain {
			parent = a.number
		}
	}
	if !skipped {
		return false
	}
	before, ok := v.builtUpon(l)
	switch {
	case parent > 0:
		v.fault(l.number, "was moved: it "+place(parent))
		v.moved = append(v.moved, *l)
	case ok:
		v.fault(l.number, "was moved: it "+place(before))
	default:
		v.fault(l.number, "was added: the next lines go on without it")
	}
	v.past.add(l.number, l.chain)
	return true
}

// builtUpon returns the line before l that l builds upon, if it is remembered; 0
// is the beginning of the file.
func (v *verifier) builtUpon(l *line) (int64, bool) {
	return v.past.search(func(c chain) bool { return v.next(c, l) == l.chain })
}

// place says where a line belongs that builds upon line m.
func place(m int64) string {
	if m == 0 {
		return "belongs at the beginning of a file"
	}
	return fmt.Sprintf("belongs behind line %d", m)
}

// settleMoved goes on over lines that were moved up, where they belong.
func (v *verifier) settleMoved() {
	for again := true; again; {
		again = false
		for i := range v.moved {
			if m := &v.moved[i]; v.next(v.head, m) == m.chain {
				v.head = m.chain
				v.moved = slices.Delete(v.moved, i, i+1)
				again = true
				break
			}
		}
	}
}

// past is the memory of the last chain values, the newest last.
type past struct {
	values  [1024]chain
	numbers [1024]int64
	n       int
}

func (p *past) add(number int64, c chain) {
	i := p.n % len(p.values)
	p.values[i], p.numbers[i] = c, number
	p.n++
}

// find returns the newest line with the value c; 0 when there is none.
func (p *past) find(c chain) int64 {
	number, _ := p.search(func(have chain) bool { return have == c })
	return number
}

// search returns the newest line whose value fits.
func (p *past) search(fits func(chain) bool) (number int64, ok bool) {
	for i := p.n - 1; i >= 0 && i >= p.n-len(p.values); i-- {
		if fits(p.values[i%len(p.values)]) {
			return p.numbers[i%len(p.values)], true
		}
	}
	return 0, false
}
