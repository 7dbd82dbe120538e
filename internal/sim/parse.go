package sim

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/agnivade/levenshtein"
)

// ParseFault reads a fault of the catalogue as a command line names it:
//
//	[operation/]name[=delay][@after[+for]][:share[:times]]
//
//	busy-400              every ID, every time
//	busy-400:0.05:2       5 % of the IDs, their first 2 requests each
//	outage@10s+5s         every request from 10 s on, for 5 s
//	outage@+5s            every request in the first 5 s
//	slow=250ms:0.1        10 % of the IDs, each request slower by 250 ms
//	progress/503:1:1      the first look at each task; see Op for the operations
//
// An operation left out is the catalogue's, which is OpDelete for most faults.
// The delay, and the two times of a window, are written as for
// time.ParseDuration. A share left out is 1; no times, or 0, is every request.
// Window and times exclude each other. An unknown name is an error that says
// which one was probably meant, and which ones there are.
func ParseFault(text string) (Fault, error) {
	fail := func(err error) (Fault, error) {
		return Fault{}, fmt.Errorf("read fault %q: %w", text, err)
	}
	// From the outside in: no part may hold the sign that ends it.
	head, amount, hasAmount := strings.Cut(text, ":")
	op, rest, hasOp := strings.Cut(head, "/")
	if hasOp {
		head = rest
	}
	head, window, hasWindow := strings.Cut(head, "@")
	name, delay, hasDelay := strings.Cut(head, "=")
	f, err := named(name)
	if err != nil {
		return fail(err)
	}
	if hasOp {
		f.On = Op(op)
	}
	if hasDelay {
		err = f.readDelay(delay)
	}
	if err == nil && hasWindow {
		err = f.readWindow(window)
	}
	if err == nil && hasAmount {
		err = f.readAmount(amount)
	}
	if err == nil {
		err = f.validate()
	}
	if err != nil {
		return fail(err)
	}
	return f, nil
}

// named is the fault of the catalogue with that name.
func named(name string) (Fault, error) {
	all := Catalogue()
	if i := slices.IndexFunc(all, func(f Fault) bool { return f.Name == name }); i >= 0 {
		return all[i], nil
	}
	names := make([]string, len(all))
	for i, f := range all {
		names[i] = f.Name
	}
	return Fault{}, fmt.Errorf("unknown name %q%s; known are %s", name, guess(name, names), strings.Join(names, ", "))
}

// guess asks for the name most like the one given, if any is close.
func guess(name string, names []string) string {
	best, least := "", max(2, len(name)/3)+1
	for _, candidate := range names {
		if d := levenshtein.ComputeDistance(name, candidate); d < least {
			best, least = ", did you mean "+candidate, d
		}
	}
	return best
}

// readDelay reads what follows "=".
func (f *Fault) readDelay(text string) (err error) {
	if !slices.Contains([]Action{ActionSlow, ActionLate, ActionHang, ActionHangAfter, ActionReset, ActionResetAfter}, f.Action) {
		return errors.New("only slow, late-effect, hang and reset take a delay")
	}
	f.Delay, err = positive(text)
	return err
}

// readWindow reads what follows "@": a beginning, a length, or both.
func (f *Fault) readWindow(text string) (err error) {
	after, length, hasLength := strings.Cut(text, "+")
	if after != "" {
		f.After, err = positive(after)
	}
	if err == nil && hasLength {
		f.For, err = positive(length)
	}
	if err == nil && !f.timed() {
		err = errors.New("window is empty; write @after, @+for or @after+for")
	}
	return err
}

// readAmount reads what follows the first ":". Their bounds are for validate.
func (f *Fault) readAmount(text string) (err error) {
	share, times, hasTimes := strings.Cut(text, ":")
	if f.Share, err = strconv.ParseFloat(share, 64); err != nil {
		return fmt.Errorf("share %q is not a number from 0 to 1", share)
	}
	if hasTimes {
		if f.Times, err = strconv.Atoi(times); err != nil {
			return fmt.Errorf("times %q is not a whole number", times)
		}
	}
	return nil
}

// positive reads a duration above zero.
func positive(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err == nil && d <= 0 {
		err = fmt.Errorf("%s is not above zero", text)
	}
	return d, err
}

// String is f in the syntax of ParseFault. For a fault of the catalogue it is
// read back as the same fault.
func (f Fault) String() string {
	var b strings.Builder
	if c, _ := named(f.Name); c.op() != f.op() {
		b.WriteString(string(f.op()) + "/")
	}
	b.WriteString(f.Name)
	if f.Delay > 0 {
		b.WriteString("=" + f.Delay.String())
	}
	if f.timed() {
		b.WriteString("@")
		if f.After > 0 {
			b.WriteString(f.After.String())
		}
		if f.For > 0 {
			b.WriteString("+" + f.For.String())
		}
	}
	b.WriteString(":" + strconv.FormatFloat(f.Share, 'g', -1, 64))
	if f.Times > 0 {
		b.WriteString(":" + strconv.Itoa(f.Times))
	}
	return b.String()
}
