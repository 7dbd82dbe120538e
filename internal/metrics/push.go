package metrics

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/push"
	dto "github.com/prometheus/client_model/go"
)

// How long a push may take, about ten seconds in all: metrics must not keep a process
// running that has finished its work.
const (
	pushPatience = 5 * time.Second        // for each of the two attempts
	pushPause    = 500 * time.Millisecond // between them
)

// Push sends the metrics to the Pushgateway at address, grouped by job, which is cleaner
// unless grouping has one, and by the labels of grouping, which Grouping makes. It replaces what the gateway
// has of the same name and group; values that this process does not know, such as the
// last success, stay as an earlier process has pushed them.
//
// It tries at most twice and returns within about ten seconds, or when ctx ends. An
// error is counted and should be logged; no run should fail because of it. address may
// contain a user and a password, which are sent as basic authentication; errors do not
// show them.
func (m *Metrics) Push(ctx context.Context, address string, grouping map[string]string) error {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}
	return m.pushOver(ctx, transport, address, grouping)
}

// pushOver is Push over a transport.
func (m *Metrics) pushOver(ctx context.Context, transport http.RoundTripper, address string, grouping map[string]string) error {
	err := m.pushTwice(ctx, transport, address, grouping)
	if err != nil {
		m.exports.push.Inc()
		return fmt.Errorf("push metrics to the Pushgateway: %w", err)
	}
	return nil
}

func (m *Metrics) pushTwice(ctx context.Context, transport http.RoundTripper, address string, grouping map[string]string) error {
	g, err := newGateway(address, transport)
	if err != nil {
		return err
	}
	families, err := m.own.Gather()
	if err != nil {
		return fmt.Errorf("gather them: %w", err)
	}
	p := g.pusher(families, grouping)
	err = add(ctx, p)
	if refused, ok := errors.AsType[*refusal](err); !ok || !refused.temporary {
		return err
	}
	select {
	case <-time.After(pushPause):
	case <-ctx.Done():
		return err
	}
	return add(ctx, p)
}

// add makes one attempt. Add replaces what has the same name; Push would erase
// all the rest of the group.
func add(ctx context.Context, p *push.Pusher) error {
	ctx, cancel := context.WithTimeout(ctx, pushPatience)
	defer cancel()
	err := p.AddContext(ctx)
	if _, ok := errors.AsType[*url.Error](err); ok {
		return errAddress // its text shows the address
	}
	return err
}

// pusher prepares the request that hands families over.
func (g *gateway) pusher(families []*dto.MetricFamily, grouping map[string]string) *push.Pusher {
	job := "cleaner"
	if named := grouping["job"]; named != "" {
		job = named
	}
	p := push.New(g.url, job).Client(g).
		Gatherer(prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return families, nil }))
	for name, value := range grouping {
		if name != "job" {
			p = p.Grouping(name, value)
		}
	}
	if g.user != nil {
		password, _ := g.user.Password()
		p = p.BasicAuth(g.user.Username(), password)
	}
	return p
}
