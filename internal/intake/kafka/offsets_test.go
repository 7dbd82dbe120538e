package kafka

import (
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
	"github.com/twmb/franz-go/pkg/kversion"

	"cleaner/internal/intake"
)

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
	c.ControlKey(int16(kmsg.ListOffsets), func(r kmsg.Request) (kmsg.Response, error, bool) { //nolint:revive // kfake wants the error before the bool
		request, ok := r.(*kmsg.ListOffsetsRequest)
		if !ok || come.Load() {
			return nil, nil, false
		}
		c.KeepControl()
		partition := kmsg.NewListOffsetsResponseTopicPartition()
		if come.Store(request.Topics[0].Partitions[0].Timestamp > 0); come.Load() {
			partition.Offset = -1 // no record is so young
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
	c.ControlKey(answer.Key(), func(r kmsg.Request) (kmsg.Response, error, bool) { //nolint:revive // kfake wants the error before the bool
		c.KeepControl()
		again := *answer
		again.SetVersion(r.GetVersion())
		return &again, nil, true
	})
}

// A partition of a compacted topic begins where it always began, though its first records are
// gone. What is left is younger than the ledger remembers: a group may begin there. The broker in
// process moves the beginning to what is left, so it is told here what Kafka tells.
func TestCompactedTopic(t *testing.T) {
	c, client, admin, o := cluster(t)
	policy := "compact"
	create(t, admin, map[string]*string{"cleanup.policy": &policy})
	for i := range 4 {
		send(t, client, &kgo.Record{Key: []byte("key"), Value: fmt.Append(nil, i)})
	}
	c.Compact()
	c.ControlKey(int16(kmsg.ListOffsets), func(request kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		asked, _ := request.(*kmsg.ListOffsetsRequest)
		if asked.Topics[0].Partitions[0].Timestamp != beginning {
			return nil, nil, false
		}
		response, _ := request.ResponseKind().(*kmsg.ListOffsetsResponse)
		response.Topics = []kmsg.ListOffsetsResponseTopic{{Topic: topic, Partitions: []kmsg.ListOffsetsResponseTopicPartition{{LeaderEpoch: -1, Timestamp: -1}}}}
		return response, nil, true
	})
	open(t, o)
}

// beginning stands for where a partition begins, where a time is asked for.
const beginning = -2

// A topic that is deleted and made anew while a member reads it is read from its beginning:
// without an ID of the topic, as before Kafka 3.1, the member would go on from where it was in
// the old one, and pass over what came first.
func TestTopicMadeAnew(t *testing.T) {
	for name, versions := range map[string]*kversion.Versions{"2.2": kversion.V2_2_0(), "newest": kversion.Stable()} {
		t.Run(name, func(t *testing.T) {
			_, client, admin, o := cluster(t, kfake.MaxVersions(versions))
			create(t, admin, nil)
			send(t, client, kgo.StringRecord("a"), kgo.StringRecord("b"))
			b := open(t, o)
			if err := b.Ack(t.Context(), receive(t, b, 2)); err != nil {
				t.Fatal(err)
			}
			if _, err := admin.DeleteTopic(t.Context(), topic); err != nil {
				t.Fatal(err)
			}
			create(t, admin, nil)
			producer, err := kgo.NewClient(kgo.SeedBrokers(o.Addresses...))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(producer.Close)
			send(t, producer, kgo.StringRecord("c"), kgo.StringRecord("d"))
			untilItFails(t, b)
			if got := receive(t, open(t, o), 2); len(got) != 2 || string(got[0].Body) != "c" {
				t.Errorf("%+v", got)
			}
		})
	}
}

// untilItFails receives, and asks what waits, until a broker says that it cannot be used any
// more; and leaves it.
func untilItFails(t *testing.T, b intake.Broker) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		got, err := b.Receive(t.Context(), 2, 500*time.Millisecond)
		if len(got) > 0 {
			t.Fatalf("%+v", got)
		}
		if err == nil {
			_, _, err = b.Lag(t.Context())
		}
		if err != nil {
			t.Log(err)
			_ = b.Close()
			return
		}
	}
	t.Fatal("it goes on as if it were the same topic")
}
