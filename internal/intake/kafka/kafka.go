// Package kafka receives records of a Kafka topic as a member of a consumer group. Offsets
// are committed by hand, and only for records that the ledger has.
package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"cleaner/internal/intake"
	"cleaner/internal/secret"
)

// Options say which topic, and how to reach it.
type Options struct {
	// Addresses are hosts and ports of brokers; they tell of the others.
	Addresses []string
	// TLS is nil for connections in the clear.
	TLS *tls.Config
	// User and Password are for SASL: SCRAM, or else PLAIN over TLS. An empty user is
	// none.
	User     string
	Password secret.Source
	// Topic is the topic, and Group the consumer group.
	Topic, Group string
	// Remember is how long the ledger remembers an ID. A group without offsets is not
	// let begin with records that are older.
	Remember time.Duration
}

// patience bounds connecting, and each request about the group.
const patience = 30 * time.Second

// parting bounds leaving the group: a broker that says nothing holds up no stop. It takes
// a member that did not leave for dead after session.
const parting = 3 * time.Second

// session is after what time a member that was killed, or does not take part in a
// rebalance, is taken for dead: for so long the next one waits for its partitions.
const session = 10 * time.Second

// retries is how often the client repeats a request before it fails: the feed begins
// anew then.
const retries = 3

// pause is between looks whether a broker knows who keeps the group.
const pause = 250 * time.Millisecond

// fetchBytes bounds what is fetched ahead, in bytes.
const fetchBytes = 16 << 20

// member is a member of the group. It is an intake.Broker.
type member struct {
	Options
	client *kgo.Client
	held   int                   // records received and not acknowledged
	ends   map[int32]*kgo.Record // the last end of a transaction that came of each partition: see settled
	mine   map[int32]int64       // up to where this member has committed each partition
}

// Open joins the group. It tries the ways to sign in one after the other, as a broker may
// know one for which the user has no password.
func Open(ctx context.Context, o Options) (intake.Broker, error) {
	mechanisms, err := o.mechanisms()
	if err != nil {
		return nil, err
	}
	var faults []error
	for _, mechanism := range mechanisms {
		m, err := o.join(ctx, mechanism)
		if err == nil {
			return m, nil
		}
		faults = append(faults, m.wrap(err))
		if !refusesLogin(err) {
			break
		}
	}
	return nil, errors.Join(faults...)
}

// refusesLogin reports whether err may be that a way to sign in is refused: some brokers
// say so, and some end the connection. A host that is not there, or is another one, is no
// such thing.
func refusesLogin(err error) bool {
	_, network := errors.AsType[*net.OpError](err)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	_, fatal := errors.AsType[*intake.FatalError](err)
	return !network && !untrusted && !fatal && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled)
}

// join joins the group, signed in by a mechanism, if any.
func (o Options) join(ctx context.Context, mechanism sasl.Mechanism) (*member, error) {
	m := &member{Options: o, ends: map[int32]*kgo.Record{}, mine: map[int32]int64{}}
	fromStart := kgo.NoResetOffset().AtStart() // and never back there: an offset that is out of range is an error
	opts := []kgo.Opt{
		kgo.SeedBrokers(o.Addresses...), kgo.ClientID("cleaner"),
		kgo.ConsumerGroup(o.Group), kgo.ConsumeTopics(o.Topic),
		kgo.DisableAutoCommit(), kgo.BlockRebalanceOnPoll(), kgo.SessionTimeout(session), kgo.RebalanceTimeout(session),
		kgo.ConsumeStartOffset(fromStart), kgo.ConsumeResetOffset(fromStart),
		kgo.RequestRetries(retries), kgo.FetchMaxBytes(fetchBytes), kgo.FetchMaxPartitionBytes(fetchBytes / 4),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(), kgo.DisableClientMetrics(),
	}
	if o.TLS != nil {
		opts = append(opts, kgo.DialTLSConfig(o.TLS))
	}
	if mechanism != nil {
		opts = append(opts, kgo.SASL(mechanism))
	}
	var err error
	if m.client, err = kgo.NewClient(opts...); err != nil {
		return m, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err = m.check(ctx)
	for settles(err) && sleep(ctx) {
		err = m.check(ctx)
	}
	if err != nil {
		return m, errors.Join(err, m.Close())
	}
	return m, nil
}

// settles reports whether err is that no broker keeps the group yet: in a cluster in which no
// group has committed before, after a broker was started, and while one takes over from
// another. The client repeats no such request.
func settles(err error) bool {
	return errors.Is(err, kerr.CoordinatorNotAvailable) || errors.Is(err, kerr.CoordinatorLoadInProgress) || errors.Is(err, kerr.NotCoordinator)
}

// sleep waits a moment. It reports whether ctx has not ended meanwhile.
func sleep(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(pause):
		return true
	}
}

// mechanisms are the ways to sign in, the best first. PLAIN shows the password to
// everybody on the way, and is for TLS and this host alone. The only one is nil where
// nobody signs in.
func (o Options) mechanisms() ([]sasl.Mechanism, error) {
	if o.User == "" || o.Password == nil {
		return []sasl.Mechanism{nil}, nil
	}
	password, err := o.Password()
	if err != nil {
		return nil, err
	}
	auth := scram.Auth{User: o.User, Pass: password.Reveal()}
	all := []sasl.Mechanism{auth.AsSha512Mechanism(), auth.AsSha256Mechanism()}
	if o.TLS != nil || o.loopback() {
		all = append(all, plain.Auth{User: o.User, Pass: password.Reveal()}.AsMechanism())
	}
	return all, nil
}

// loopback reports whether all brokers that are named are on this host.
func (o Options) loopback() bool {
	return !slices.ContainsFunc(o.Addresses, func(address string) bool {
		host, _, err := net.SplitHostPort(address)
		return err != nil || !net.ParseIP(host).IsLoopback()
	})
}

// check looks whether there is such a topic, and whether it is safe to begin where the
// group stands.
func (m *member) check(ctx context.Context) error {
	admin := kadm.NewClient(m.client)
	topics, err := admin.ListTopics(ctx, m.Topic)
	if err == nil {
		err = topics[m.Topic].Err
	}
	if err != nil {
		return err
	}
	committed, err := m.committed(ctx, admin)
	if err != nil {
		return err
	}
	for p := range topics[m.Topic].Partitions {
		if at, known := committed.Lookup(m.Topic, p); !known || at.At < 0 {
			return m.checkBeginning(ctx, admin, committed)
		}
	}
	return nil // a partition whose broker is away holds up no other
}

// Receive polls until it has so many records, or for so long. From then on the group is
// not rebalanced until all is acknowledged: what is received must not be given to another
// member.
func (m *member) Receive(ctx context.Context, most int, wait time.Duration) (all []intake.Message, err error) {
	patient, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for len(all) < most && patient.Err() == nil {
		fetches := m.client.PollRecords(patient, most-len(all))
		if err := faultOf(fetches); err != nil {
			m.client.AllowRebalance()
			return nil, m.wrap(err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if r.Attrs.IsControl() {
				m.ends[r.Partition] = r
				return
			}
			all = append(all, intake.Message{Body: r.Value, Position: fmt.Sprintf("partition %d, offset %d", r.Partition, r.Offset), Handle: r})
		})
	}
	if m.held += len(all); m.held > 0 {
		return all, nil
	}
	defer m.client.AllowRebalance()
	if ends := m.settled(); len(ends) > 0 {
		return nil, m.commit(ctx, ends)
	}
	return nil, nil
}

// settled returns the ends of transactions that came, when all records before them are
// acknowledged. They are records of their own, which name nothing, and stand behind what was
// aborted: until they are committed too, the broker says that they wait. One of each partition
// is kept, as each keeps all that was fetched with it in memory.
func (m *member) settled() (ends []*kgo.Record) {
	if m.held <= 0 {
		ends = slices.Collect(maps.Values(m.ends))
		clear(m.ends)
	}
	return ends
}

// commit commits the offsets behind records.
func (m *member) commit(ctx context.Context, records []*kgo.Record) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := m.client.CommitRecords(ctx, records...); err != nil {
		return m.wrap(err)
	}
	for _, r := range records {
		m.mine[r.Partition] = max(m.mine[r.Partition], r.Offset+1)
	}
	return nil
}

// faultOf returns what went wrong in a poll; nil when it came to the end of its time.
func faultOf(fetches kgo.Fetches) (fault error) {
	fetches.EachError(func(_ string, partition int32, err error) {
		switch {
		case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		case errors.Is(err, kerr.OffsetOutOfRange):
			fault = &intake.FatalError{Err: fmt.Errorf("the records of partition %d that come next were deleted by the broker before they were read "+
				"(its retention): find out what they named, and set the group's offsets to where it is to go on: %w", partition, err)}
		default:
			if lost, ok := errors.AsType[*kgo.ErrDataLoss](err); ok {
				err = &intake.FatalError{Err: fmt.Errorf("the broker has lost records: %w", lost)}
			}
			if _, fatal := errors.AsType[*intake.FatalError](fault); !fatal {
				fault = fmt.Errorf("partition %d: %w", partition, err)
			}
		}
	})
	return fault
}

// Ack commits the offsets behind the records. Kafka has no place for dead letters.
func (m *member) Ack(ctx context.Context, done []intake.Message) error {
	if m.held -= len(done); m.held <= 0 {
		defer m.client.AllowRebalance()
	}
	records := make([]*kgo.Record, 0, len(done))
	for _, d := range done {
		if r, ok := d.Handle.(*kgo.Record); ok {
			records = append(records, r)
		}
	}
	return m.commit(ctx, append(records, m.settled()...))
}

// wrap says of which topic err is.
func (m *member) wrap(err error) error {
	return fmt.Errorf("topic %s at %s as group %s: %w", m.Topic, strings.Join(m.Addresses, ","), m.Group, err)
}

// Close leaves the group.
func (m *member) Close() error {
	m.client.AllowRebalance()
	ctx, cancel := context.WithTimeout(context.Background(), parting)
	defer cancel()
	_ = m.client.LeaveGroupContext(ctx) // the broker finds out
	m.client.Close()
	return nil
}
