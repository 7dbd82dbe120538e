package policy

import (
	"regexp/syntax"
	"strings"
)

// automaton is a regular expression that must match from beginning to end, as a machine
// over the characters of task IDs.
type automaton struct {
	prog  *syntax.Prog
	takes []uint64 // by instruction: which of letters it takes, as bits
}

// newAutomaton returns the machine of an expression, or nil if the expression is not valid.
func newAutomaton(expr string) *automaton {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return nil
	}
	a := &automaton{prog: prog, takes: make([]uint64, len(prog.Inst))}
	for n := range prog.Inst {
		for i, c := range letters {
			if isRune(prog.Inst[n].Op) && prog.Inst[n].MatchRune(c) {
				a.takes[n] |= 1 << i
			}
		}
	}
	return a
}

func isRune(op syntax.InstOp) bool {
	switch op {
	case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
		return true
	}
	return false
}

// next returns where the machine goes from n without a character; none where it wants one,
// or is at an end. An assertion, such as ^ or \b, is taken to hold everywhere.
func (a *automaton) next(n uint32) []uint32 {
	switch i := a.prog.Inst[n]; i.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		return []uint32{i.Out, i.Arg}
	case syntax.InstCapture, syntax.InstNop, syntax.InstEmptyWidth:
		return []uint32{i.Out}
	}
	return nil
}

// mostPairs bounds how long two machines are compared. Real rules need some hundreds.
const mostPairs = 1 << 20

// mayMeet reports whether there is an ID that both machines take. It may be wrong about a
// yes, and is not about a no.
func mayMeet(a, b *automaton) bool {
	if a == nil || b == nil {
		return true
	}
	type pair struct{ a, b uint32 }
	begin := pair{uint32(a.prog.Start), uint32(b.prog.Start)}
	seen, open := map[pair]bool{begin: true}, []pair{begin}
	visit := func(p pair) {
		if !seen[p] {
			seen[p] = true
			open = append(open, p)
		}
	}
	for len(open) > 0 && len(seen) < mostPairs {
		p := open[len(open)-1]
		open = open[:len(open)-1]
		ends := a.prog.Inst[p.a].Op == syntax.InstMatch && b.prog.Inst[p.b].Op == syntax.InstMatch
		switch fromA, fromB := a.next(p.a), b.next(p.b); {
		case ends:
			return true
		case fromA != nil:
			for _, n := range fromA {
				visit(pair{n, p.b})
			}
		case fromB != nil:
			for _, n := range fromB {
				visit(pair{p.a, n})
			}
		case a.takes[p.a]&b.takes[p.b] != 0:
			visit(pair{a.prog.Inst[p.a].Out, b.prog.Inst[p.b].Out})
		}
	}
	return len(open) > 0
}

// automata returns the machines of a rule that protects many IDs; it protects what any of
// them takes.
func (p pattern) automata() []*automaton {
	if expr, ok := strings.CutPrefix(p.rule, "re:"); ok {
		return []*automaton{newAutomaton("(?i)(?:" + expr + ")")}
	}
	expr := strings.TrimPrefix(p.rule, "glob:")
	return []*automaton{newAutomaton(exprOfGlob(expr, letters)), newAutomaton("(?i)" + exprOfGlob(strings.ToLower(expr), strings.ToLower(letters)))}
}

// exprOfGlob is a valid shell pattern as a regular expression over IDs of these characters.
func exprOfGlob(glob, letters string) string {
	var expr strings.Builder
	for glob != "" {
		part := globPart(glob)
		glob = glob[len(part):]
		if part == "*" {
			expr.WriteString(".*")
			continue
		}
		class := ""
		for i := range len(letters) {
			if matchesLetter(part, letters[i:i+1]) {
				class += `\x` + hexOf(letters[i])
			}
		}
		if class == "" {
			class = `^\x00-\x{10FFFF}` // nothing
		}
		expr.WriteString("[" + class + "]")
	}
	return expr.String()
}

func hexOf(c byte) string { return string([]byte{"0123456789abcdef"[c>>4], "0123456789abcdef"[c&15]}) }
