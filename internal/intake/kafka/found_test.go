package kafka

import (
	"fmt"
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

// What is tested here was found with a real Kafka.

// cluster is a Kafka in process without a topic, and an administrator of it.
func cluster(t *testing.T, opts ...kfake.Opt) (*kfake.Cluster, *kgo.Client, *kadm.Client, Options) {
	t.Helper()
	c, err := kfake.NewCluster(append(opts, kfake.NumBrokers(1))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return c, client, kadm.NewClient(client), Options{Addresses: c.ListenAddrs(), Topic: topic, Group: "cleaner", Remember: time.Hour}
}

// create makes the topic.
func create(t *testing.T, admin *kadm.Client, configs map[string]*string) {
	t.Helper()
	if _, err := admin.CreateTopic(t.Context(), 1, 1, configs, topic); err != nil {
		t.Fatal(err)
	}
}

// The first group of a cluster is waited for: until the topic of the offsets is made, no
// broker keeps it.
func TestFirstGroupOfACluster(t *testing.T) {
	c, client, admin, o := cluster(t)
	create(t, admin, nil)
	send(t, client, kgo.StringRecord("a"))
	refusals := 3
	c.ControlKey(int16(kmsg.FindCoordinator), func(request kmsg.Request) (kmsg.Response, error, bool) {
		if refusals--; refusals < 0 {
			return nil, nil, false
		}
		c.KeepControl()
		asked, _ := request.(*kmsg.FindCoordinatorRequest)
		response, _ := request.ResponseKind().(*kmsg.FindCoordinatorResponse)
		for _, key := range asked.CoordinatorKeys {
			response.Coordinators = append(response.Coordinators, kmsg.FindCoordinatorResponseCoordinator{Key: key, ErrorCode: kerr.CoordinatorNotAvailable.Code})
		}
		return response, nil, true
	})
	if got := receive(t, open(t, o), 1); len(got) != 1 {
		t.Errorf("%+v", got)
	}
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
