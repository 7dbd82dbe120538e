package quota

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Parse reads limits as a command line names them:
//
//	N/WINDOW[:KIND][:burst=N][:delay][:rejected][@AT]
//	N:at-once[@AT]
//
//	1000/1m               1000 calls in minutes that follow one another
//	50/1s:sliding         no second with more than 50
//	50/1s:bucket:burst=5  as nginx's limit_req with nodelay; :delay without
//	25/1s:sliding@10m     from 10 minutes on, in place of all before
//	none@20m              from 20 minutes on there is no limit
//
// Kinds are those of Kinds; rejected says that refused calls count as well.
func Parse(texts []string) (limits []Limit, script []Change, err error) {
	for _, text := range texts {
		l, at, err := parse(text)
		if err != nil {
			return nil, nil, fmt.Errorf("read limit %q: %w", text, err)
		}
		if at == 0 {
			limits = append(limits, l)
			continue
		}
		i := slices.IndexFunc(script, func(c Change) bool { return c.At == at })
		if i < 0 {
			i, script = len(script), append(script, Change{At: at})
		}
		if l != (Limit{}) { // else all are lifted
			script[i].Limits = append(script[i].Limits, l)
		}
	}
	return limits, script, nil
}

func parse(text string) (l Limit, at time.Duration, err error) {
	text, when, hasWhen := strings.Cut(text, "@")
	if hasWhen {
		if at, err = time.ParseDuration(when); err != nil || at <= 0 {
			return l, 0, fmt.Errorf("moment %q is not a duration above zero", when)
		}
	}
	if text == "none" && hasWhen {
		return Limit{}, at, nil
	}
	amount, rest, _ := strings.Cut(text, ":")
	number, window, hasWindow := strings.Cut(amount, "/")
	if l.N, err = strconv.Atoi(number); err != nil {
		return l, 0, fmt.Errorf("%q is not a whole number", number)
	}
	if hasWindow {
		if l.Window, err = time.ParseDuration(window); err != nil {
			return l, 0, err
		}
	}
	for word := range strings.SplitSeq(rest, ":") {
		if err := l.take(word); err != nil {
			return l, 0, err
		}
	}
	l.Kind = l.kind()
	return l, at, l.Validate()
}

// take takes over one word of a limit.
func (l *Limit) take(word string) (err error) {
	burst, isBurst := strings.CutPrefix(word, "burst=")
	switch {
	case word == "":
	case word == "delay":
		l.Delay = true
	case word == "rejected":
		l.Rejected = true
	case isBurst:
		l.Burst, err = strconv.Atoi(burst)
	case slices.Contains(Kinds(), Kind(word)):
		l.Kind = Kind(word)
	default:
		return fmt.Errorf("%q is neither a kind of limit, one of %v, nor burst=N, delay or rejected", word, Kinds())
	}
	return err
}
