package worker

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/policy"
)

// Canaries are looked at in the same moment. What answers all of them alike just then, and is
// over when the control is looked at, does not pass for absence: nothing that is still there
// is reported as deleted.
func TestWhatAnswersAllCanariesAlikeIsNoAbsence(t *testing.T) {
	for name, row := range map[string]struct {
		a       answer.Answer
		expires bool // it is given to the first credential, and else to three looks
	}{
		"an expired credential":         {coded(401, "CC.00000003"), true},
		"a gateway that is reloaded":    {coded(404, "APIG.0101"), false},
		"a page of a proxy for a while": {answer.Answer{Status: 404, Body: answer.BodyHTML}, false},
	} {
		for _, lies := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, nothing is deleted: %v", name, lies), func(t *testing.T) {
				e := plain()
				try(t, 100, &e.far, func(tr *trial) {
					e.join(tr)
					tr.opts.Workers = 16
					e.latency = 50 * time.Millisecond
					rec := &learning{trial: tr}
					tr.opts.Recorder = rec
					see, left := e.see, 3
					e.see = func(id string, nth int) answer.Answer {
						switch bad := len(e.gone) > 0 && (row.expires && e.renewals == 0 || !row.expires && left > 0); {
						case bad:
							left--
							return row.a
						case lies && id != madeUp:
							return there
						default:
							return see(id, nth)
						}
					}
					p := tr.run(tr.Context())
					if lies {
						tr.want("deleted", p.Deleted, int64(0))
						tr.want("stop", p.Stop.Kind, StopCanary)
						return
					}
					tr.want("deleted", p.Deleted, int64(100))
					for _, l := range rec.all {
						tr.want("learned", l.Look.String(), policy.SignatureOf(e.look).String())
					}
				})
			})
		}
	}
}

// learning keeps all that was learned.
type learning struct {
	*trial
	all []policy.Learned
}

// Learn implements Recorder.
func (l *learning) Learn(known policy.Learned) error {
	l.all = append(l.all, known)
	return l.trial.Learn(known)
}

// A look that begins while calibration learns and is answered when it has learned leaves no
// answer final that it may explain.
func TestNoAnswerIsFinalWhenLearningEndsDuringTheLook(t *testing.T) {
	e := plain()
	e.again = coded(422, "CC.00059404")
	e.missing = map[string]bool{}
	try(t, 40, &e.far, func(tr *trial) {
		e.join(tr)
		tr.opts.Workers = 16
		for i := 8; i < 12; i++ {
			e.missing[id("first", i)] = true
		}
		tr.opts.Service = &slowLook{endpoint: e}
		p := tr.run(tr.Context())
		tr.want("dead", p.Dead, int64(0))
		tr.want("gone", p.Gone, int64(4))
		tr.want("deleted", p.Deleted, int64(36))
	})
}

// slowLook is a far side whose first looks at what was never there are answered late, by a
// busy service.
type slowLook struct {
	*endpoint
	late atomic.Int64
}

func (s *slowLook) LookAtTask(ctx context.Context, id string) answer.Answer {
	s.mu.Lock()
	late := s.missing[id] && len(s.sent[id]) > 0
	s.mu.Unlock()
	if late && s.late.Add(1) <= 4 {
		if err := lasts(ctx, 20*time.Second); err != nil {
			return answer.Answer{Fault: answer.FaultCanceled}
		}
		return busy
	}
	return s.endpoint.LookAtTask(ctx, id)
}
