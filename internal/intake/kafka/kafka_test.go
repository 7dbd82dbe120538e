package kafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"cleaner/internal/intake"
	"cleaner/internal/rig/brokertest"
	"cleaner/internal/secret"
)

const topic = "orders"

// world is a Kafka in process with one topic of so many partitions.
func world(t *testing.T, partitions int32, opts ...kfake.Opt) (*kgo.Client, Options) {
	t.Helper()
	c, err := kfake.NewCluster(append(opts, kfake.NumBrokers(1), kfake.SeedTopics(partitions, topic))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client, Options{Addresses: c.ListenAddrs(), Topic: topic, Group: "cleaner", Remember: time.Hour}
}

func send(t *testing.T, client *kgo.Client, records ...*kgo.Record) {
	t.Helper()
	for _, r := range records {
		r.Topic = topic
	}
	if err := client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, o Options) intake.Broker {
	t.Helper()
	b, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// It keeps what every broker promises.
func TestBroker(t *testing.T) {
	brokertest.Run(t, func(t *testing.T) brokertest.World {
		client, o := world(t, 1)
		return brokertest.World{
			Open: func(ctx context.Context) (intake.Broker, error) { return Open(ctx, o) },
			Send: func(bodies ...string) {
				for _, body := range bodies {
					send(t, client, &kgo.Record{Value: []byte(body)})
				}
			},
		}
	})
}

// receive receives until there are so many.
func receive(t *testing.T, b intake.Broker, most int) (all []intake.Message) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); len(all) < most && time.Now().Before(deadline); {
		some, err := b.Receive(t.Context(), most-len(all), 500*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, some...)
	}
	return all
}

// While records are received and not acknowledged, another member gets none of them,
// though it is to have partitions; afterwards it gets what is new.
func TestRebalanceWaits(t *testing.T) {
	client, o := world(t, 2)
	for p := range int32(2) {
		send(t, client, &kgo.Record{Value: fmt.Append(nil, "first", p), Partition: p})
	}
	first := open(t, o)
	held := receive(t, first, 2)
	if len(held) != 2 {
		t.Fatalf("%+v", held)
	}
	second := open(t, o)
	if got, err := second.Receive(t.Context(), 2, 3*time.Second); err != nil || len(got) > 0 {
		t.Errorf("another member got %+v, %v", got, err)
	}
	if err := first.Ack(t.Context(), held); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	send(t, client, &kgo.Record{Value: []byte("second")})
	if got := receive(t, second, 1); len(got) != 1 || string(got[0].Body) != "second" {
		t.Errorf("%+v", got)
	}
}

// A group that has lost its offsets is not let begin again with records that the ledger
// may have forgotten. One that is set to an offset is, and so is a new group where all
// records are younger.
func TestExpiredOffsets(t *testing.T) {
	client, o := world(t, 1)
	send(t, client, &kgo.Record{Value: []byte("old"), Timestamp: time.Now().Add(-2 * time.Hour)}, &kgo.Record{Value: []byte("new")})
	_, err := Open(t.Context(), o)
	if fatal, ok := errors.AsType[*intake.FatalError](err); !ok || !strings.Contains(fatal.Error(), "partition 0, whose records before offset 1") {
		t.Fatalf("%v", err)
	}
	young := o
	young.Remember = 3 * time.Hour
	young.Group = "another"
	if got := receive(t, open(t, young), 2); len(got) != 2 {
		t.Errorf("%+v", got)
	}
	var offsets kadm.Offsets
	offsets.Add(kadm.Offset{Topic: topic, Partition: 0, At: 1})
	if err := kadm.NewClient(client).CommitAllOffsets(t.Context(), o.Group, offsets); err != nil {
		t.Fatal(err)
	}
	if got := receive(t, open(t, o), 1); len(got) != 1 || string(got[0].Body) != "new" {
		t.Errorf("%+v", got)
	}
}

// Records that the broker deleted before they were read stop the feed: nothing is skipped
// in silence, and nothing is read again.
func TestDeletedRecords(t *testing.T) {
	client, o := world(t, 1)
	send(t, client, &kgo.Record{Value: []byte("a")}, &kgo.Record{Value: []byte("b")}, &kgo.Record{Value: []byte("c")})
	b := open(t, o)
	got := receive(t, b, 1)
	if err := b.Ack(t.Context(), got); err != nil {
		t.Fatal(err)
	}
	_ = b.Close()
	var upTo kadm.Offsets
	upTo.Add(kadm.Offset{Topic: topic, Partition: 0, At: 2})
	if _, err := kadm.NewClient(client).DeleteRecords(t.Context(), upTo); err != nil {
		t.Fatal(err)
	}
	b = open(t, o)
	var err error
	for deadline := time.Now().Add(20 * time.Second); err == nil && time.Now().Before(deadline); {
		var got []intake.Message
		if got, err = b.Receive(t.Context(), 1, time.Second); len(got) > 0 {
			t.Fatalf("%+v came as if nothing were missing", got)
		}
	}
	if fatal, ok := errors.AsType[*intake.FatalError](err); !ok || !strings.Contains(fatal.Error(), "deleted by the broker") {
		t.Errorf("%v", err)
	}
}

// It signs in in each of the ways that there are, and a wrong password is told without
// it.
func TestSignsIn(t *testing.T) {
	const password = "planted-kafka-word"
	for _, method := range []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"} {
		t.Run(method, func(t *testing.T) {
			c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, topic), kfake.EnableSASL(), kfake.Superuser(method, "feeder", password))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(c.Close)
			o := Options{Addresses: c.ListenAddrs(), Topic: topic, Group: "cleaner", Remember: time.Hour, User: "feeder", Password: secret.Value(password)}
			open(t, o)
			o.Password = secret.Value("planted-wrong-word")
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			if b, err := Open(ctx, o); err == nil || strings.Contains(err.Error(), "planted") {
				t.Errorf("%v, %v", b, err)
			}
		})
	}
}

// A topic that is not there is told.
func TestNoTopic(t *testing.T) {
	_, o := world(t, 1)
	o.Topic = "there-is-none"
	if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "there-is-none") {
		t.Errorf("%v", err)
	}
}

// What waits is told before the group has formed, which takes a real Kafka 3 s for one without
// members, and also of a partition for which the group has no offset: a pass that drains would
// take the topic for empty.
func TestLagOfAGroupThatForms(t *testing.T) {
	over := make(chan struct{})
	_, o := world(t, 2, through(t, func(c net.Conn) net.Conn { return forming{c, over} }))
	defer close(over) // before the members leave
	client, err := kgo.NewClient(kgo.SeedBrokers(o.Addresses...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	lag := func(want int64) {
		t.Helper()
		if n, known, err := open(t, o).Lag(t.Context()); n != want || !known || err != nil {
			t.Errorf("%d records wait, %v, %v, want %d", n, known, err, want)
		}
	}
	send(t, client, &kgo.Record{Value: []byte("a")}, &kgo.Record{Value: []byte("b"), Partition: 1}, &kgo.Record{Value: []byte("c"), Partition: 1})
	lag(3)
	o.Group = "another"
	var offsets kadm.Offsets
	offsets.Add(kadm.Offset{Topic: topic, Partition: 0, At: 1})
	if err := kadm.NewClient(client).CommitAllOffsets(t.Context(), o.Group, offsets); err != nil {
		t.Fatal(err)
	}
	lag(2)
}

// The ends of transactions, and what was aborted, do not wait once the records before them
// are acknowledged: a pass that drains would wait for them, and an alert be raised over them,
// for ever.
func TestTransactionsLeaveNoLag(t *testing.T) {
	_, o := world(t, 1)
	producer, err := kgo.NewClient(kgo.SeedBrokers(o.Addresses...), kgo.TransactionalID("sender"), kgo.DefaultProduceTopic(topic))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(producer.Close)
	transaction := func(end kgo.TransactionEndTry, bodies ...string) {
		t.Helper()
		if err := producer.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		for _, body := range bodies {
			if err := producer.ProduceSync(t.Context(), kgo.StringRecord(body)).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
		if err := producer.EndTransaction(t.Context(), end); err != nil {
			t.Fatal(err)
		}
	}
	lag := func(b intake.Broker, want int64) {
		t.Helper()
		if n, known, err := b.Lag(t.Context()); n != want || !known || err != nil {
			t.Errorf("%d records wait, %v, %v, want %d", n, known, err, want)
		}
	}
	transaction(kgo.TryCommit, "a", "b")
	transaction(kgo.TryAbort, "never")
	b := open(t, o)
	got := receive(t, b, 2)
	if len(got) != 2 || string(got[0].Body) != "a" || string(got[1].Body) != "b" {
		t.Fatalf("%+v", got)
	}
	for range 3 {
		transaction(kgo.TryAbort, "never")
	}
	if more, err := b.Receive(t.Context(), 1, time.Second); len(more) > 0 || err != nil {
		t.Fatalf("%+v, %v", more, err)
	}
	if m, ok := b.(*member); !ok || len(m.ends) != 1 { // each has all that was fetched with it in memory
		t.Errorf("%d ends of transactions are kept", len(m.ends))
	}
	if err := b.Ack(t.Context(), got[:1]); err != nil {
		t.Fatal(err)
	}
	lag(b, 10) // "b" is held, and the ends must not be committed before it
	if err := b.Ack(t.Context(), got[1:]); err != nil {
		t.Fatal(err)
	}
	lag(b, 0)
	transaction(kgo.TryAbort, "never")
	if more, err := b.Receive(t.Context(), 1, 2*time.Second); len(more) > 0 || err != nil {
		t.Fatalf("%+v, %v", more, err)
	}
	lag(b, 0)
}

// A partition without a leader holds up no other, where the group has an offset for it. How
// many records wait there is not known. For a new group it is not known either whether it may
// begin there.
func TestPartitionWithoutLeader(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(2), kfake.SeedTopics(2, topic))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	send(t, client, &kgo.Record{Value: []byte("a")}, &kgo.Record{Value: []byte("b"), Partition: 1})
	o := Options{Addresses: c.ListenAddrs(), Topic: topic, Group: "cleaner", Remember: time.Hour}
	b := open(t, o)
	if err := b.Ack(t.Context(), receive(t, b, 2)); err != nil {
		t.Fatal(err)
	}
	_ = b.Close()
	send(t, client, &kgo.Record{Value: []byte("c")})
	withoutLeader(t, c, client, 1)
	b = open(t, o)
	n, known, err := b.Lag(t.Context())
	if _, part := errors.AsType[*intake.PartError](err); n != 1 || !known || !part {
		t.Errorf("%d records wait, %v, %v", n, known, err)
	}
	if got := receive(t, b, 1); len(got) != 1 || string(got[0].Body) != "c" {
		t.Errorf("%+v", got)
	}
	o.Group = "another"
	if _, err := Open(t.Context(), o); !errors.Is(err, kerr.LeaderNotAvailable) {
		t.Errorf("%v", err)
	}
}

// A record that comes while a new group looks where to begin is not taken for one from before:
// no record is young at first, and the broker says where the partition ends by then.
func TestRecordComesAsANewGroupBegins(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, topic))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	send(t, client, &kgo.Record{Value: []byte("a")})
	var come atomic.Bool
	c.ControlKey(int16(kmsg.ListOffsets), func(r kmsg.Request) (kmsg.Response, error, bool) { //nolint:revive // the library's order
		request, ok := r.(*kmsg.ListOffsetsRequest)
		if !ok || come.Load() {
			return nil, nil, false
		}
		c.KeepControl()
		partition := kmsg.NewListOffsetsResponseTopicPartition()
		if come.Store(request.Topics[0].Partitions[0].Timestamp > 0); come.Load() {
			partition.Offset = -1 // there is none of that time
		} else {
			partition.Offset = 0 // where it begins, and ends
		}
		about := kmsg.NewListOffsetsResponseTopic()
		about.Topic, about.Partitions = topic, append(about.Partitions, partition)
		answer, _ := request.ResponseKind().(*kmsg.ListOffsetsResponse)
		answer.Topics = append(answer.Topics, about)
		return answer, nil, true
	})
	b := open(t, Options{Addresses: c.ListenAddrs(), Topic: topic, Group: "cleaner", Remember: time.Hour})
	if got := receive(t, b, 1); len(got) != 1 || string(got[0].Body) != "a" {
		t.Errorf("%+v", got)
	}
}

// withoutLeader has a cluster say of a partition that it has no leader.
func withoutLeader(t *testing.T, c *kfake.Cluster, client *kgo.Client, partition int32) {
	t.Helper()
	about := kmsg.NewMetadataRequestTopic()
	about.Topic = new(topic)
	request := kmsg.NewPtrMetadataRequest()
	request.Topics = append(request.Topics, about)
	answer, err := request.RequestWith(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	for i := range answer.Topics[0].Partitions {
		if p := &answer.Topics[0].Partitions[i]; p.Partition == partition {
			p.Leader, p.ErrorCode = -1, kerr.LeaderNotAvailable.Code
		}
	}
	c.ControlKey(answer.Key(), func(r kmsg.Request) (kmsg.Response, error, bool) { //nolint:revive // the library's order
		c.KeepControl()
		again := *answer
		again.SetVersion(r.GetVersion())
		return &again, nil, true
	})
}

// through has a cluster speak over connections that are changed.
func through(t *testing.T, change func(net.Conn) net.Conn) kfake.Opt {
	return kfake.ListenFn(func(network, address string) (net.Listener, error) {
		l, err := new(net.ListenConfig).Listen(t.Context(), network, address)
		return changing{l, change}, err
	})
}

type changing struct {
	net.Listener
	change func(net.Conn) net.Conn
}

func (l changing) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.change(c), nil
}

// mute is a connection that says nothing while silent is set.
type mute struct {
	net.Conn
	silent *atomic.Bool
}

func (m mute) Write(p []byte) (int, error) {
	if m.silent.Load() {
		return len(p), nil
	}
	return m.Conn.Write(p)
}

// forming is a connection over which a request to join a group is not answered before over
// is closed.
type forming struct {
	net.Conn
	over chan struct{}
}

func (f forming) Read(p []byte) (int, error) {
	n, err := f.Conn.Read(p)
	if n > 1 && p[0] == 0 && p[1] == 11 { // the request's key, behind its length, which is read alone
		<-f.over
	}
	return n, err
}

// Whoever stops does not wait for a broker that says nothing.
func TestCloseLeavesASilentBroker(t *testing.T) {
	var silent atomic.Bool
	_, o := world(t, 1, through(t, func(c net.Conn) net.Conn { return mute{c, &silent} }))
	b := open(t, o)
	if _, err := b.Receive(t.Context(), 1, time.Second); err != nil {
		t.Fatal(err)
	}
	silent.Store(true)
	began := time.Now()
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > parting+3*time.Second {
		t.Errorf("it took %v", took)
	}
}
