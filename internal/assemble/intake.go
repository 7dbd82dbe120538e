package assemble

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math"

	"go.uber.org/zap"

	"cleaner/internal/config"
	"cleaner/internal/connpool"
	"cleaner/internal/intake"
	"cleaner/internal/intake/kafka"
	"cleaner/internal/intake/rabbitmq"
	"cleaner/internal/intake/redisstream"
	"cleaner/internal/ledger"
	"cleaner/internal/metrics"
	"cleaner/internal/pass"
	"cleaner/internal/queue"
	"cleaner/internal/secret"
	"cleaner/internal/worker"
)

// Intake makes what receives messages. The zero value makes what is configured.
type Intake struct {
	// Broker connects to the broker of an entry, for tests; nil connects to the
	// configured one.
	Broker func(context.Context, config.Intake) (intake.Broker, error)
}

// Feed makes the feed of an entry of intake. It contacts nobody.
func (i Intake) Feed(cfg *config.Config, e config.Intake, to intake.Ledger, m *metrics.Metrics, log *zap.Logger) *intake.Feed {
	kind, open := opener(cfg, e)
	open = advised(e, open)
	if i.Broker != nil {
		open = func(ctx context.Context) (intake.Broker, error) { return i.Broker(ctx, e) }
	}
	o := intake.Options{
		Name: e.Name, Kind: kind, Open: open, Ledger: to, Check: idRule(cfg), MaxPending: e.MostPending(cfg.Safety),
		InvalidShare: cfg.Safety.InvalidShare, Sample: cfg.Safety.Sample, Rejects: Ledger(cfg).Rejects(), Log: log.With(zap.String("intake", e.Name)),
	}
	if m != nil {
		o.Metrics = m.Feed(e.Name)
	}
	return intake.New(o)
}

// opener returns the kind of an entry's broker, and what connects to it. The secrets are
// read at each connection.
func opener(cfg *config.Config, e config.Intake) (kind string, open opening) {
	b, err := e.Broker()
	failing := func(context.Context) (intake.Broker, error) { return nil, err }
	if err != nil {
		return "", failing // the configuration's rule has refused it already
	}
	secured, err := tlsOf(e, b)
	if err != nil {
		return b.Kind, failing
	}
	var password secret.Source
	if e.PasswordFile != "" {
		password = secret.LineAt("intake."+e.Name+".password_file", e.PasswordFile)
	}
	group, remember := e.ConsumerGroup(), cfg.Queue.Remember
	switch b.Kind {
	case config.Redis:
		o := redisstream.Options{
			Address: b.Addresses[0], TLS: secured, Database: b.Database, User: e.User, Password: password,
			Stream: e.Stream, Group: group, Remember: remember,
		}
		return b.Kind, func(ctx context.Context) (intake.Broker, error) { return redisstream.Open(ctx, o) }
	case config.RabbitMQ:
		o := rabbitmq.Options{Address: b.Addresses[0], TLS: secured, VHost: b.VHost, User: e.User, Password: password, Queue: e.Queue}
		return b.Kind, func(ctx context.Context) (intake.Broker, error) { return rabbitmq.Open(ctx, o) }
	default:
		o := kafka.Options{Addresses: b.Addresses, TLS: secured, User: e.User, Password: password, Topic: e.Topic, Group: group, Remember: remember}
		return b.Kind, func(ctx context.Context) (intake.Broker, error) { return kafka.Open(ctx, o) }
	}
}

// tlsOf is how an entry speaks TLS; nil when it does not.
func tlsOf(e config.Intake, b config.Broker) (*tls.Config, error) {
	if !b.TLS {
		return nil, nil
	}
	return connpool.TLS(e.CAFile)
}

// intakeRule checks that the files of each entry can be read. It contacts nobody.
func intakeRule(c *config.Config, report func(string, error)) {
	for n, e := range c.Intake {
		b, err := e.Broker()
		if err != nil {
			continue // another rule reports it
		}
		if _, err := tlsOf(e, b); err != nil {
			report(fmt.Sprintf("intake[%d].ca_file", n), err)
		}
		if e.PasswordFile == "" {
			continue
		}
		if _, err := secret.Line(e.PasswordFile)(); err != nil {
			report(fmt.Sprintf("intake[%d].password_file", n), err)
		}
	}
}

// unencrypted returns a sentence for each entry of intake that shows its password to
// everybody on the way.
func unencrypted(c *config.Config) (warnings []string) {
	for n, e := range c.Intake {
		b, err := e.Broker()
		if err != nil || b.TLS || e.PasswordFile == "" || b.Kind == config.Kafka || connpool.Loopback(b.Addresses[0]) {
			continue // Kafka signs in by SCRAM, which does not show it
		}
		warnings = append(warnings, fmt.Sprintf("intake[%d].url: the password and the task IDs go over the network unencrypted; use TLS where the broker has it", n))
	}
	return warnings
}

// Drains are the sources of a pass that empty the brokers of these entries, as far as
// there is room.
func (i Intake) Drains(cfg *config.Config, entries []config.Intake, m *metrics.Metrics, log *zap.Logger) (all []pass.Source) {
	for _, e := range entries {
		all = append(all, drain{i, cfg, e, m, log})
	}
	return all
}

// drain is a broker as a source of one pass.
type drain struct {
	intake  Intake
	cfg     *config.Config
	entry   config.Intake
	metrics *metrics.Metrics
	log     *zap.Logger
}

// Name names the entry.
func (d drain) Name() string { return "intake " + d.entry.Name }

// Load brings in what is there. A broker that is away holds up no pass.
func (d drain) Load(ctx context.Context, q queue.Loader) (l pass.Loaded, err error) {
	to := lent{q, Ledger(d.cfg)}
	got, err := d.intake.Feed(d.cfg, d.entry, to, d.metrics, d.log).Drain(ctx)
	l.Loaded, l.Rejected = got.Loaded, got.Rejected
	if got.Left != "" {
		d.log.Warn("not all that is there was received", zap.String("intake", d.entry.Name), zap.String("why", got.Left))
	}
	if err == nil {
		return l, nil
	}
	err = fmt.Errorf("receive from %s: %w", d.Name(), err)
	_, ours := errors.AsType[*intake.LedgerError](err)
	if _, stop := errors.AsType[*worker.Stop](context.Cause(ctx)); ours || stop {
		return l, err
	}
	return l, &pass.UnavailableError{Err: err}
}

// lent is the ledger of a pass that loads its inputs. It is an intake.Ledger.
type lent struct {
	loader queue.Loader
	at     ledger.Location
}

// Room returns what is pending; the cap is asked when all inputs are loaded.
func (l lent) Room(ctx context.Context) (pending, room int64, err error) {
	c, err := l.at.Counts(ctx)
	return c.Pending, math.MaxInt64, err
}

// Load lends the ledger.
func (l lent) Load(_ context.Context, _ int64, load func(queue.Loader) error) error {
	return load(l.loader)
}
