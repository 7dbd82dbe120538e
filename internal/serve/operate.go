package serve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/user"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"cleaner/internal/admin"
	"cleaner/internal/assemble"
	"cleaner/internal/config"
	"cleaner/internal/knowledge"
	"cleaner/internal/queue"
	"cleaner/internal/signin"
)

// errNothingHeld refuses a release of what is not held.
var errNothingHeld = errors.New("nothing to release: that is not held; see cleaner status")

// release ends the holds that are chosen, and refuses when there are none.
func release(ctx context.Context, q queue.Ledger, which queue.Holds, r queue.Release) ([]queue.Hold, error) {
	released, err := q.Release(ctx, which, r)
	if err != nil || len(released) > 0 {
		return released, err
	}
	all, err := q.Batches(ctx)
	if err != nil {
		return nil, err
	}
	if names := queue.BatchNames(all); which.Batch != "" && !slices.Contains(names, which.Batch) {
		return nil, queue.NoBatch(which.Batch, names)
	}
	return nil, errNothingHeld
}

// Operator is what a command changes for every pass: through the serve that answers, and
// where none does in the ledger itself.
type Operator struct {
	Config *config.Config
	Log    *zap.Logger
}

// Pause lets no schedule and no run begin a pass, for that long, or until Resume when it is 0.
func (o Operator) Pause(ctx context.Context, reason string, long time.Duration) (string, error) {
	form := url.Values{"by": {who()}, "reason": {reason}}
	p := knowledge.Pause{By: who(), Reason: admin.Words(reason), Since: time.Now()}
	if long != 0 {
		form.Set("for", long.String())
		p.Until = p.Since.Add(long)
	}
	if long < 0 {
		return "", &assemble.UsageError{Err: errors.New("--for must be above 0")}
	}
	return o.tell(ctx, "pause", form, func(q queue.Ledger) (string, error) {
		return p.Words(), knowledge.KeepPause(ctx, q, p)
	})
}

// Resume ends a pause.
func (o Operator) Resume(ctx context.Context) (string, error) {
	return o.tell(ctx, "resume", url.Values{"by": {who()}}, func(q queue.Ledger) (string, error) {
		p, err := knowledge.ReadPause(ctx, q)
		if err != nil || p == nil {
			return "nothing was paused", err
		}
		return p.WordsOfEnd(), knowledge.EndPause(ctx, q)
	})
}

// Release ends the holds that are chosen.
func (o Operator) Release(ctx context.Context, which queue.Holds, reason string) (string, error) {
	r := queue.Release{At: time.Now(), By: who(), Reason: admin.Words(reason)}
	form := url.Values{"by": {r.By}, "reason": {reason}}
	switch {
	case which.All:
		form.Set("all", "yes")
	case which.Batch != "":
		form.Set("batch", which.Batch)
	default:
		form.Set("whole", "yes")
	}
	return o.tell(ctx, "release", form, func(q queue.Ledger) (string, error) {
		released, err := release(ctx, q, which, r)
		if errors.Is(err, errNothingHeld) {
			return "", &assemble.UsageError{Err: err}
		}
		logReleased(o.Log, released, r)
		var lines []string
		for _, h := range released {
			lines = append(lines, knowledge.WordsOfRelease(h))
		}
		return strings.Join(lines, "\n"), err
	})
}

// ReleaseWait ends the wait that the service asked of this endpoint and login. A ledger
// that was never made remembers none.
func (o Operator) ReleaseWait(ctx context.Context) (said string, err error) {
	scope, err := signin.ScopeOf(o.Config)
	if err != nil {
		return "", err
	}
	said = fmt.Sprintf("nothing to release: no wait is remembered for %s", scope.Endpoint)
	if !assemble.Ledger(o.Config).Exists() {
		return said, nil
	}
	err = onLedger(ctx, o.Config, "release", o.Log, func(q queue.Ledger) error {
		w, released, err := knowledge.ReleaseWait(ctx, q, scope, time.Now())
		if released {
			said = fmt.Sprintf("released: the wait for %s until %s (%s); the next pass sends again",
				scope.Endpoint, w.Until.UTC().Format(time.RFC3339), w.Why)
		}
		holds, herr := knowledge.ReadHolds(ctx, q)
		if len(holds) > 0 {
			said += "; what is held stays held: give --reason"
		}
		return errors.Join(err, herr)
	})
	return said, err
}

// tell has the serve that answers do something, and does it in the ledger when nobody
// listens. A serve that could not be asked might go on as before, so that is an error.
func (o Operator) tell(ctx context.Context, what string, form url.Values, do func(queue.Ledger) (string, error)) (said string, err error) {
	said, err = assemble.ServeOf(o.Config).Control(ctx, "/control/"+what, form)
	if none, ok := errors.AsType[*admin.NoAnswerError](err); !ok || !none.Nobody() {
		if err != nil {
			err = &assemble.UsageError{Err: err}
		}
		return said, err
	}
	err = onLedger(ctx, o.Config, what, o.Log, func(q queue.Ledger) (err error) {
		said, err = do(q)
		return err
	})
	return said, err
}

// onLedger opens the ledger of a configuration and has do change it.
func onLedger(ctx context.Context, cfg *config.Config, command string, log *zap.Logger, do func(queue.Ledger) error) error {
	q, err := assemble.Opener(cfg, command, assemble.Says(log))(ctx)
	if err != nil {
		return err
	}
	return errors.Join(do(q), q.Close())
}

// logReleased logs what was released, and by whom.
func logReleased(log *zap.Logger, released []queue.Hold, r queue.Release) {
	for _, h := range released {
		log.Warn("released", zap.String("batch", cmp.Or(h.Batch, "(all)")), zap.String("stopped_by", h.Kind), zap.Time("held_since", h.At),
			zap.String("by", r.By), zap.String("reason", r.Reason))
	}
}

// who is the operator at this machine, for those who ask later.
func who() string {
	name := "uid " + fmt.Sprint(os.Getuid())
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	return name + "@" + hostname()
}
