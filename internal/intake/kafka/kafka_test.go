package kafka

import (
	"context"
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
	_, client, _, o := cluster(t, append(opts, kfake.SeedTopics(partitions, topic))...)
	return client, o
}

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
