package checkup

import (
	"context"
	"fmt"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/assemble"
	"cleaner/internal/pass"
	"cleaner/internal/policy"
	"cleaner/internal/worker"
)

// loggedIn checks what needs a credential, over a service that can only look.
func (c *checkup) loggedIn(ctx context.Context) error {
	s, err := c.Process.ReadOnlyService(c.Config)
	if err != nil {
		return err
	}
	defer s.Close()
	until := time.Time{}
	s.WatchLogins(func(_ error, _ time.Duration, expiry time.Time) { until = expiry })
	if a := s.Ready(ctx); a.Fault != answer.FaultNone {
		c.add(Access, "login", Mend, c.whatToDo(a))
		return nil
	}
	t := c.target()
	if !until.IsZero() {
		t += ", with a token until " + until.UTC().Format(time.RFC3339)
	}
	c.add(Access, "login", OK, t)
	c.look(ctx, s)
	return nil
}

// target says as whom requests are sent.
func (c *checkup) target() string {
	switch t := assemble.Target(c.Config); {
	case t.Account != "":
		return fmt.Sprintf("user %s of account %s", t.User, t.Account)
	case t.User != "":
		return t.User
	default:
		return "by " + t.Credential
	}
}

// look looks at a task that does not exist: what the service answers to that shows whether
// the login may look, and what passes can learn from looks.
func (c *checkup) look(ctx context.Context, s pass.Service) {
	id := worker.MadeUpID()
	a := s.LookAtTask(ctx, id)
	rl := c.table.Judge(a)
	asked := "a look at the made-up task " + id + " is answered "
	switch {
	case a.Fault != answer.FaultNone || rl.Verdict == policy.Halt || rl.Verdict == policy.Auth:
		c.add(Access, "look", Mend, asked+c.whatToDo(a))
		return
	case a.Body == answer.BodyTask:
		c.add(Access, "look", Mend, asked+a.Summary()+", as if it existed: no look can tell there whether a deletion takes effect; find out what answers at this endpoint (see safety.unverified)")
	case !policy.Teaches(rl, a):
		c.add(Access, "look", Unknown, asked+c.whatToDo(a)+"; check again later")
	default:
		c.add(Access, "look", OK, asked+a.Summary())
	}
	c.add(Access, "list", OK, "not needed: cleaner lists no tasks")
	c.add(Access, "delete", Unknown, "only a deletion shows whether the login may delete (codeartscheck:task:delete): try one task with run --max-deletes 1")
}
