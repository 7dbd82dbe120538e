package brokertest

import (
	"context"
	"slices"
	"testing"
	"time"

	"cleaner/internal/intake"
)

// World is a broker with one source of messages, and what a test may do to it.
type World struct {
	// Open makes a connection as a feed does.
	Open func(context.Context) (intake.Broker, error)
	// Send sends messages, in this order.
	Send func(bodies ...string)
	// Dead returns the messages in the broker's place for dead letters; nil when it has
	// none.
	Dead func() []string
	// Kill kills the broker at once, and Start starts it again on the same data. Nil
	// when it is not to be: the fake Kafka keeps nothing over its end.
	Kill, Start func()
}

// Run checks what every intake.Broker promises. Each test gets a world of its own.
func Run(t *testing.T, world func(t *testing.T) World) {
	for _, row := range []struct {
		name string
		test func(t *testing.T, w World)
	}{
		{"messages come in order, so many at most", inOrder},
		{"nothing is there, and the wait is kept", nothingThere},
		{"what was not acknowledged comes again", comesAgain},
		{"what is acknowledged never comes again", neverAgain},
		{"a rejected message does not come again", rejected},
		{"a broker that is killed comes back with everything", killed},
		{"a stop ends a wait", stopped},
	} {
		t.Run(row.name, func(t *testing.T) { row.test(t, world(t)) })
	}
}

func inOrder(t *testing.T, w World) {
	w.Send("a", "b", "c", "d", "e")
	b := open(t, w)
	first := receive(t, b, 2)
	rest := receive(t, b, 10)
	wantBodies(t, append(bodies(first), bodies(rest)...), "a", "b", "c", "d", "e")
	if len(first) != 2 {
		t.Errorf("%d messages came, 2 were asked for", len(first))
	}
	places := map[string]bool{}
	for _, m := range append(first, rest...) {
		places[m.Position] = true
		if m.Redelivered {
			t.Errorf("%s is said to come again", m.Body)
		}
	}
	if len(places) != 5 {
		t.Errorf("positions %v", places)
	}
	ack(t, b, append(first, rest...))
	w.Send("f")
	wantBodies(t, bodies(receive(t, b, 10)), "f")
}

func nothingThere(t *testing.T, w World) {
	b := open(t, w)
	began := time.Now()
	if got, err := b.Receive(t.Context(), 10, 300*time.Millisecond); err != nil || len(got) > 0 {
		t.Errorf("%v, %v", bodies(got), err)
	}
	if took := time.Since(began); took < 300*time.Millisecond {
		t.Errorf("it waited %v", took)
	}
	if n, known, err := b.Lag(t.Context()); err != nil || known && n != 0 {
		t.Errorf("the lag is %d, %v", n, err)
	}
	w.Send("a", "b")
	deadline := time.Now().Add(20 * time.Second)
	for n := int64(0); n != 2; time.Sleep(50 * time.Millisecond) {
		var known bool
		var err error
		if n, known, err = b.Lag(t.Context()); err != nil || !known || time.Now().After(deadline) {
			t.Fatalf("the lag of two messages is %d, %v, %v", n, known, err)
		}
	}
	wantBodies(t, bodies(receive(t, b, 2)), "a", "b")
}

func comesAgain(t *testing.T, w World) {
	w.Send("a", "b", "c")
	b := open(t, w)
	got := receive(t, b, 3)
	ack(t, b, got[:1])
	closed(t, b)
	b = open(t, w)
	again := receive(t, b, 2)
	wantBodies(t, bodies(again), "b", "c")
	ack(t, b, again)
}

func neverAgain(t *testing.T, w World) {
	w.Send("a", "b")
	b := open(t, w)
	ack(t, b, receive(t, b, 2))
	closed(t, b)
	b = open(t, w)
	w.Send("c")
	wantBodies(t, bodies(receive(t, b, 1)), "c")
}

func rejected(t *testing.T, w World) {
	w.Send("a", "bad", "c")
	b := open(t, w)
	got := receive(t, b, 3)
	got[1].Rejected = true
	ack(t, b, got)
	closed(t, b)
	b = open(t, w)
	w.Send("d")
	wantBodies(t, bodies(receive(t, b, 1)), "d")
	if w.Dead == nil {
		return
	}
	deadline := time.Now().Add(20 * time.Second)
	for !slices.Equal(w.Dead(), []string{"bad"}) {
		if time.Now().After(deadline) {
			t.Fatalf("dead letters %q", w.Dead())
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func killed(t *testing.T, w World) {
	if w.Kill == nil {
		return
	}
	w.Send("a", "b", "c")
	b := open(t, w)
	got := receive(t, b, 2)
	ack(t, b, got[:1])
	w.Kill()
	if _, _, err := b.Lag(t.Context()); err == nil {
		t.Error("a broker that is away says how many messages wait")
	}
	if _, err := b.Receive(t.Context(), 1, 100*time.Millisecond); err == nil {
		t.Error("a broker that is away is no error")
	}
	if err := b.Ack(t.Context(), got[1:]); err == nil {
		t.Error("a broker that is away takes an acknowledgement")
	}
	_ = b.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if b, err := w.Open(ctx); err == nil {
		_, err = b.Receive(ctx, 1, 100*time.Millisecond)
		_ = b.Close()
		if err == nil {
			t.Error("a broker that is away can be used")
		}
	}
	w.Start()
	recovered(t, w)
}

// recovered receives from a broker that has just come back, as a feed does: again and
// again, until there is nothing. An acknowledgement may have been lost with it, and what
// nobody has acknowledged may not.
func recovered(t *testing.T, w World) {
	t.Helper()
	came := map[string]bool{}
	var err error
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		var b intake.Broker
		if b, err = w.Open(t.Context()); err != nil {
			continue
		}
		var got []intake.Message
		got, err = b.Receive(t.Context(), 3, 2*time.Second)
		if err == nil {
			err = b.Ack(t.Context(), got)
		}
		_ = b.Close()
		for _, body := range bodies(got) {
			came[body] = true
		}
		if err == nil && came["b"] && came["c"] {
			return
		}
	}
	t.Fatalf("only %v came: %v", came, err)
}

func stopped(t *testing.T, w World) {
	b := open(t, w)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	if got, _ := b.Receive(ctx, 1, time.Minute); len(got) > 0 {
		t.Errorf("%v", bodies(got))
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("a stop took %v", took)
	}
}

// open opens a connection that ends with the test.
func open(t *testing.T, w World) intake.Broker {
	t.Helper()
	b, err := w.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// receive receives until it has so many messages.
func receive(t *testing.T, b intake.Broker, most int) (all []intake.Message) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); len(all) == 0 || len(all) < most; {
		some, err := b.Receive(t.Context(), most-len(all), 500*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		if all = append(all, some...); len(some) == 0 && len(all) > 0 || time.Now().After(deadline) {
			break
		}
	}
	return all
}

func ack(t *testing.T, b intake.Broker, done []intake.Message) {
	t.Helper()
	if err := b.Ack(t.Context(), done); err != nil {
		t.Fatal(err)
	}
}

func closed(t *testing.T, b intake.Broker) {
	t.Helper()
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

func bodies(messages []intake.Message) (all []string) {
	for _, m := range messages {
		all = append(all, string(m.Body)+m.Fault)
	}
	return all
}

func wantBodies(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("received %q, want %q", got, want)
	}
}
