package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"cleaner/internal/intake"
	"cleaner/internal/rig/brokertest"
	"cleaner/internal/secret"
)

func options(r *brokertest.RabbitMQ, queue string) Options {
	return Options{
		Address: r.Address, User: brokertest.RabbitUser, Password: secret.Value(brokertest.RabbitPassword), Queue: queue,
	}
}

// written is how long RabbitMQ 3.10 may take to write down where a new quorum queue is:
// one that is killed before does not find it again.
const written = 7 * time.Second

// It keeps what every broker promises, with both kinds of queues.
func TestBroker(t *testing.T) {
	r := brokertest.StartRabbitMQ(t)
	for _, kind := range []string{"quorum", "classic"} {
		n := 0
		t.Run(kind, func(t *testing.T) {
			brokertest.Run(t, func(*testing.T) brokertest.World {
				n++
				queue := fmt.Sprintf("%s-%d", kind, n)
				dead := r.Declare(queue, kind)
				w := brokertest.World{
					Open: func(ctx context.Context) (intake.Broker, error) { return Open(ctx, options(r, queue)) },
					Send: func(bodies ...string) { r.Publish(queue, bodies...) },
					Dead: func() []string { return r.Bodies(dead) },
				}
				if kind == "quorum" { // once: it takes long
					w.Kill, w.Start = func() { time.Sleep(written); r.Kill() }, r.Start
				}
				return w
			})
		})
	}
	t.Run("no more than asked for is held", func(t *testing.T) { holdsNoMore(t, r) })
	t.Run("back-pressure spends no delivery", func(t *testing.T) { spendsNoDelivery(t, r) })
	t.Run("without a dead-letter exchange", func(t *testing.T) { droppedByTheBroker(t, r) })
	t.Run("what is refused is told", func(t *testing.T) { refused(t, r) })
	t.Run("a queue that is deleted", func(t *testing.T) { deleted(t, r) })
	t.Run("a stream is refused", func(t *testing.T) { streamRefused(t, r) })
	t.Run("why the broker has closed the channel is told", func(t *testing.T) { closedByBroker(t, r) })
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

func receive(t *testing.T, b intake.Broker, most int) []intake.Message {
	t.Helper()
	got, err := b.Receive(t.Context(), most, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// What is not asked for stays in the queue, for others too.
func holdsNoMore(t *testing.T, r *brokertest.RabbitMQ) {
	r.Declare("most", "quorum")
	r.Publish("most", "a", "b", "c", "d", "e")
	b := open(t, options(r, "most"))
	if got := receive(t, b, 2); len(got) != 2 {
		t.Fatalf("%d messages", len(got))
	}
	if n, _, err := b.Lag(t.Context()); err != nil || n != 3 {
		t.Errorf("%d are left in the queue, %v", n, err)
	}
	if got := receive(t, open(t, options(r, "most")), 10); len(got) != 3 || got[0].Redelivered {
		t.Errorf("another got %+v", got)
	}
}

// A quorum queue counts how often it delivers a message, and gives up on it after some.
// Receiving again and again, with no room in between, must not use that up: between two
// calls there is no consumer.
func spendsNoDelivery(t *testing.T, r *brokertest.RabbitMQ) {
	r.Declare("counted", "quorum")
	r.Publish("counted", "a", "b", "c")
	ch := r.Channel()
	b := open(t, options(r, "counted"))
	for n := range 3 {
		got := receive(t, b, 1)
		if len(got) != 1 || got[0].Redelivered {
			t.Fatalf("message %d: %+v", n, got)
		}
		if err := b.Ack(t.Context(), got); err != nil {
			t.Fatal(err)
		}
		consumers := -1 // the broker may be late to say so
		for deadline := time.Now().Add(20 * time.Second); consumers != 0 && time.Now().Before(deadline); {
			q, err := ch.QueueDeclarePassive("counted", false, false, false, false, nil)
			if err != nil {
				t.Fatal(err)
			}
			consumers = q.Consumers
		}
		if consumers != 0 {
			t.Errorf("between two calls there are %d consumers", consumers)
		}
	}
}

// A queue without a dead-letter exchange loses what is rejected: the broker has it no
// more, so whoever rejects has to keep it first, as a feed does.
func droppedByTheBroker(t *testing.T, r *brokertest.RabbitMQ) {
	if _, err := r.Channel().QueueDeclare("without", true, false, false, false, amqp.Table{"x-queue-type": "quorum"}); err != nil {
		t.Fatal(err)
	}
	r.Publish("without", "bad", "good")
	b := open(t, options(r, "without"))
	got := receive(t, b, 2)
	if len(got) != 2 {
		t.Fatalf("%+v", got)
	}
	got[0].Rejected = true
	if err := b.Ack(t.Context(), got[:1]); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if left := receive(t, open(t, options(r, "without")), 2); len(left) != 1 || string(left[0].Body) != "good" {
		t.Errorf("%+v", left)
	}
}

func refused(t *testing.T, r *brokertest.RabbitMQ) {
	o := options(r, "there-is-none")
	if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "there-is-none") || !strings.Contains(err.Error(), "NOT_FOUND") {
		t.Errorf("%v", err)
	}
	o.Password = secret.Value("planted-wrong-word")
	if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "403") || strings.Contains(err.Error(), "planted") {
		t.Errorf("%v", err)
	}
}

func deleted(t *testing.T, r *brokertest.RabbitMQ) {
	r.Declare("short-lived", "classic")
	b := open(t, options(r, "short-lived"))
	time.AfterFunc(200*time.Millisecond, func() { _, _ = r.Channel().QueueDelete("short-lived", false, false, false) })
	if _, err := b.Receive(t.Context(), 1, 20*time.Second); err == nil || !strings.Contains(err.Error(), "short-lived") {
		t.Errorf("%v", err)
	}
}

// A stream is no queue: each consumer of it begins with what comes later, and what came
// before would be passed over without a word.
func streamRefused(t *testing.T, r *brokertest.RabbitMQ) {
	if _, err := r.Channel().QueueDeclare("stream", true, false, false, false, amqp.Table{"x-queue-type": "stream"}); err != nil {
		t.Fatal(err)
	}
	r.Publish("stream", "a")
	_, err := open(t, options(r, "stream")).Receive(t.Context(), 1, time.Second)
	if fatal, ok := errors.AsType[*intake.FatalError](err); !ok || !strings.Contains(fatal.Error(), "streams are not supported") {
		t.Errorf("%v", err)
	}
}

// What the broker says as it closes a channel, as after the time in which it wants its
// acknowledgements, is in the error of whatever is done there next.
func closedByBroker(t *testing.T, r *brokertest.RabbitMQ) {
	r.Declare("closed", "classic")
	r.Publish("closed", "a")
	c, ok := open(t, options(r, "closed")).(*consumer)
	if !ok {
		t.Fatal("no consumer")
	}
	got := receive(t, c, 1)
	for range 2 { // it refuses the second
		if err := c.Ack(t.Context(), got); err != nil {
			t.Fatal(err)
		}
	}
	for deadline := time.Now().Add(20 * time.Second); !c.ch.IsClosed() && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	_, receiving := c.Receive(t.Context(), 1, time.Second)
	_, _, asking := c.Lag(t.Context())
	for _, err := range []error{receiving, asking, c.Ack(t.Context(), got)} {
		if err == nil || !strings.Contains(err.Error(), "unknown delivery tag") || !strings.Contains(err.Error(), "queue closed") {
			t.Errorf("%v", err)
		}
	}
}

// Whoever stops does not wait for a broker that says nothing any more.
func TestStopLeavesASilentBroker(t *testing.T) {
	r := brokertest.StartRabbitMQ(t)
	r.Declare("silent", "classic")
	silent := make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	o := options(r, "silent")
	o.Address = relay(t, r.Address, silent)
	b, err := Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	close(silent)
	began := time.Now()
	time.AfterFunc(100*time.Millisecond, stop)
	if _, err := b.Receive(ctx, 1, time.Minute); err == nil {
		t.Error("a broker that says nothing is no error")
	}
	_ = b.Close()
	if took := time.Since(began); took > parting+2*time.Second {
		t.Errorf("it took %v", took)
	}
}

// relay hands on what comes to address, and what that answers until silent is closed.
func relay(t *testing.T, address string, silent <-chan struct{}) (listens string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		from, err := l.Accept()
		if err != nil {
			return
		}
		to, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
		if err != nil {
			_ = from.Close()
			return
		}
		go func() { _, _ = io.Copy(to, from); _, _ = to.Close(), from.Close() }()
		for buffer := make([]byte, 4096); ; {
			n, err := to.Read(buffer)
			if err != nil {
				return
			}
			select {
			case <-silent:
			default:
				_, _ = from.Write(buffer[:n])
			}
		}
	}()
	return l.Addr().String()
}

// Whoever stops does not wait for a broker that takes connections and says nothing.
func TestOpenEndsWithItsContext(t *testing.T) {
	silent, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		if conn, err := silent.Accept(); err == nil {
			_, _ = conn.Read(make([]byte, 1)) // the handshake has begun
			stop()
			_, _ = conn.Read(make([]byte, 8)) // until the other end hangs up
			_ = conn.Close()
		}
	}()
	if _, err := Open(ctx, Options{Address: silent.Addr().String(), Queue: "q"}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want it to end as it is told to", err)
	}
}
