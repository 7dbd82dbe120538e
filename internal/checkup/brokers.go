package checkup

import (
	"context"
	"errors"
	"net"

	"cleaner/internal/assemble"
)

// brokers checks the way to the broker of each entry of intake, TLS included. Nothing is
// signed in to: a member that joins a group takes its place among the others.
func (c *checkup) brokers(ctx context.Context) {
	for _, e := range c.Config.Intake {
		check := "intake " + e.Name
		at, err := assemble.Reach(ctx, e)
		if err != nil {
			says := err.Error()
			if _, network := errors.AsType[*net.OpError](err); network {
				says += "; look whether the broker is up, and whether a firewall or a network policy lets its port out"
			}
			c.add(Machine, check, Mend, says)
			continue
		}
		c.add(Machine, check, OK, at+" can be reached; the login and the source are tried by run and serve alone")
	}
}
