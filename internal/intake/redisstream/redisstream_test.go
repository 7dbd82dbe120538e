package redisstream

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"cleaner/internal/intake"
	"cleaner/internal/rig/brokertest"
	"cleaner/internal/secret"
)

const key = "orders"

// world is a Redis with one stream, and its options for a feed.
func world(t *testing.T) (*brokertest.Redis, *redis.Client, Options) {
	r := brokertest.StartRedis(t)
	client := redis.NewClient(&redis.Options{Addr: r.Address, Protocol: 2, DisableIdentity: true})
	t.Cleanup(func() { _ = client.Close() })
	return r, client, Options{
		Address: r.Address, User: brokertest.RedisUser, Password: secret.Value(brokertest.RedisPassword), Stream: key, Group: "cleaner", Remember: time.Hour,
	}
}

func add(t *testing.T, client *redis.Client, fields ...string) (id string) {
	t.Helper()
	id, err := client.XAdd(t.Context(), &redis.XAddArgs{Stream: key, Values: fields}).Result()
	if err != nil {
		t.Fatal(err)
	}
	return id
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
	got, err := b.Receive(t.Context(), most, 200*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// It keeps what every broker promises, with a user who may do what a feed needs alone.
func TestBroker(t *testing.T) {
	brokertest.Run(t, func(t *testing.T) brokertest.World {
		r, client, o := world(t)
		return brokertest.World{
			Open: func(ctx context.Context) (intake.Broker, error) { return Open(ctx, o) },
			Send: func(bodies ...string) {
				for _, body := range bodies {
					add(t, client, "m", body)
				}
			},
			Kill: r.Kill, Start: r.Start,
		}
	})
}

// What a process has left behind comes first to the next one, also when that asks for
// few at a time, and is said to come again.
func TestOwnPendingFirst(t *testing.T) {
	_, client, o := world(t)
	for _, body := range []string{"a", "b", "c"} {
		add(t, client, "m", body)
	}
	died := open(t, o)
	receive(t, died, 3)
	_ = died.Close()
	add(t, client, "m", "d")
	b := open(t, o)
	var got []string
	for range 4 {
		m := receive(t, b, 1)
		if len(m) != 1 || m[0].Redelivered != (len(got) < 3) {
			t.Fatalf("%+v after %q", m, got)
		}
		got = append(got, string(m[0].Body))
	}
	if !slices.Equal(got, []string{"a", "b", "c", "d"}) {
		t.Errorf("%q", got)
	}
}

// What another consumer of the group has held for long is taken over, and what it has
// held for a moment is not.
func TestLeftBehind(t *testing.T) {
	_, client, o := world(t)
	open(t, o)
	for _, body := range []string{"a", "b", "c"} {
		add(t, client, "m", body)
	}
	if err := client.XReadGroup(t.Context(), &redis.XReadGroupArgs{Group: o.Group, Consumer: "another", Streams: []string{key, ">"}, Count: 3}).Err(); err != nil {
		t.Fatal(err)
	}
	if got := receive(t, open(t, o), 10); len(got) > 0 {
		t.Errorf("taken from a consumer at work: %+v", got)
	}
	o.LeastIdle = 100 * time.Millisecond
	time.Sleep(150 * time.Millisecond)
	b := open(t, o)
	got := append(receive(t, b, 2), receive(t, b, 2)...)
	if len(got) != 3 || !got[0].Redelivered {
		t.Fatalf("%+v", got)
	}
	if err := b.Ack(t.Context(), got); err != nil {
		t.Fatal(err)
	}
	if p, err := client.XPending(t.Context(), key, o.Group).Result(); err != nil || p.Count != 0 {
		t.Errorf("%+v, %v", p, err)
	}
}

// An entry that was trimmed while it was pending cannot be had any more, which is said.
func TestDeletedEntries(t *testing.T) {
	_, client, o := world(t)
	first, second := add(t, client, "m", "a"), add(t, client, "m", "b")
	died := open(t, o)
	receive(t, died, 2)
	_ = died.Close()
	if err := client.XDel(t.Context(), key, first).Err(); err != nil {
		t.Fatal(err)
	}
	got := receive(t, open(t, o), 2)
	if len(got) != 2 || !strings.Contains(got[0].Fault, "trimmed") || got[0].Position != first || string(got[1].Body) != "b" {
		t.Errorf("%+v", got)
	}
	if err := client.XDel(t.Context(), key, second).Err(); err != nil {
		t.Fatal(err)
	}
	o.LeastIdle = time.Millisecond
	time.Sleep(5 * time.Millisecond)
	left, ok := open(t, o).(*stream)
	if !ok {
		t.Fatal("no stream")
	}
	left.own = ""
	if got := receive(t, left, 2); len(got) != 2 || got[0].Fault == "" || got[1].Position != second {
		t.Errorf("%+v", got)
	}
}

// An entry is read by its fields, as a JSON object is by its keys, or is one field.
func TestMessageOf(t *testing.T) {
	_, client, o := world(t)
	add(t, client, "id", "a1", "batch", "nightly", "other", "x")
	add(t, client, "anything", `{"task_id":"b2"}`)
	add(t, client, "one", "a1", "two", "b2")
	got := receive(t, open(t, o), 3)
	if len(got) != 3 || !strings.Contains(got[2].Fault, "several fields") || string(got[2].Body) != `{"one":"a1","two":"b2"}` {
		t.Fatalf("%+v", got)
	}
	first, err := intake.Parse(got[0].Body)
	if err != nil || len(first) != 1 || first[0] != (intake.Item{ID: "a1", Batch: "nightly"}) {
		t.Errorf("%+v, %v", first, err)
	}
	second, err := intake.Parse(got[1].Body)
	if err != nil || len(second) != 1 || second[0].ID != "b2" {
		t.Errorf("%+v, %v", second, err)
	}
}

// A read that blocks ends soon after its context: go-redis does not end it.
func TestStopWhileBlocking(t *testing.T) {
	_, _, o := world(t)
	b := open(t, o)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	began := time.Now()
	_, _ = b.Receive(ctx, 1, time.Hour)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

// No read asks Redis to block for more than a second, nor for ever, which is 0: the
// server's own record says so. It is read from a connection of the test's own:
// go-redis's monitor changes its state from two goroutines without a lock, and can miss
// what it should report.
func TestBlocksAtMostASecond(t *testing.T) {
	r, _, o := world(t)
	b := open(t, o)
	monitor, err := new(net.Dialer).DialContext(t.Context(), "tcp", r.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = monitor.Close() }()
	_ = monitor.SetDeadline(time.Now().Add(time.Minute))
	if _, err := monitor.Write([]byte("MONITOR\r\n")); err != nil {
		t.Fatal(err)
	}
	said := bufio.NewScanner(monitor)
	if !said.Scan() || said.Text() != "+OK" { // from now on it tells
		t.Fatal(said.Text(), said.Err())
	}
	var over sync.WaitGroup
	over.Go(func() {
		_, _ = b.Receive(t.Context(), 1, 1500*time.Millisecond)
		_, _ = b.Receive(t.Context(), 1, 300*time.Microsecond)
	})
	defer over.Wait()
	block := regexp.MustCompile(`"xreadgroup" .*"block" "(-?\d+)"`)
	for blocked := 0; blocked < 3; {
		if !said.Scan() {
			t.Fatalf("%d reads that block were seen: %v", blocked, said.Err())
		}
		if m := block.FindStringSubmatch(said.Text()); m != nil {
			blocked++
			if ms, err := strconv.Atoi(m[1]); err != nil || ms < 1 || ms > 1000 {
				t.Errorf("it blocks for %s ms", m[1])
			}
		}
	}
}

// Own entries that are pending come first, then what another consumer has left, then what
// is new.
func TestOrderOfTheOld(t *testing.T) {
	_, client, o := world(t)
	died := open(t, o)
	add(t, client, "m", "left")
	if err := client.XReadGroup(t.Context(), &redis.XReadGroupArgs{Group: o.Group, Consumer: "another", Streams: []string{key, ">"}, Count: 1}).Err(); err != nil {
		t.Fatal(err)
	}
	add(t, client, "m", "own")
	receive(t, died, 1)
	_ = died.Close()
	add(t, client, "m", "new")
	o.LeastIdle = time.Millisecond
	b := open(t, o)
	var got []string
	for range 3 {
		time.Sleep(5 * time.Millisecond) // older than the least
		m := receive(t, b, 1)
		if len(m) != 1 {
			t.Fatalf("%+v after %q", m, got)
		}
		if err := b.Ack(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		got = append(got, string(m[0].Body))
	}
	if !slices.Equal(got, []string{"own", "left", "new"}) {
		t.Errorf("%q", got)
	}
}

// A wrong password is told without it, and so is a stream that is none.
func TestRefused(t *testing.T) {
	_, client, o := world(t)
	wrong := o
	wrong.Password = secret.Value("planted-wrong-word")
	if _, err := Open(t.Context(), wrong); err == nil || !strings.Contains(err.Error(), "WRONGPASS") || strings.Contains(err.Error(), "planted") {
		t.Errorf("%v", err)
	}
	if err := client.Set(t.Context(), "text", "x", 0).Err(); err != nil {
		t.Fatal(err)
	}
	o.Stream = "text"
	if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "WRONGTYPE") || !strings.Contains(err.Error(), "stream text") {
		t.Errorf("%v", err)
	}
}

// A user who may read and not look at groups reads. How much waits is not known then.
func TestMayNotLook(t *testing.T) {
	_, client, o := world(t)
	open(t, o) // makes the group
	add(t, client, "m", "a")
	if err := client.Do(t.Context(), "ACL", "SETUSER", "reader", "on", ">planted-word", "~*", "+xreadgroup", "+xack", "+xautoclaim", "+select").Err(); err != nil {
		t.Fatal(err)
	}
	o.User, o.Password = "reader", secret.Value("planted-word")
	b := open(t, o)
	if n, known, err := b.Lag(t.Context()); known || err != nil {
		t.Errorf("%d, %v, %v", n, known, err)
	}
	if got := receive(t, b, 1); len(got) != 1 {
		t.Errorf("%+v", got)
	}
}

// A group that is lost, as by FLUSHALL, is an error, and the next connection makes it
// anew.
func TestGroupLost(t *testing.T) {
	_, client, o := world(t)
	b := open(t, o)
	receive(t, b, 1)
	if err := client.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Receive(t.Context(), 1, time.Millisecond); err == nil || !strings.Contains(err.Error(), "NOGROUP") {
		t.Errorf("%v", err)
	}
	add(t, client, "m", "a")
	if got := receive(t, open(t, o), 1); len(got) != 1 {
		t.Errorf("%+v", got)
	}
}

// A group that is not there is made, but not where the stream is older than the ledger's
// memory. An operator who makes the group says where to begin.
func TestOldStream(t *testing.T) {
	_, client, o := world(t)
	old := fmt.Sprintf("%d-0", time.Now().Add(-2*time.Hour).UnixMilli())
	if err := client.XAdd(t.Context(), &redis.XAddArgs{Stream: key, ID: old, Values: []string{"m", "old"}}).Err(); err != nil {
		t.Fatal(err)
	}
	add(t, client, "m", "new")
	_, err := Open(t.Context(), o)
	if fatal, ok := errors.AsType[*intake.FatalError](err); !ok || !strings.Contains(fatal.Error(), old) {
		t.Fatalf("%v", err)
	}
	if err := client.XGroupCreate(t.Context(), key, o.Group, old).Err(); err != nil {
		t.Fatal(err)
	}
	if got := receive(t, open(t, o), 2); len(got) != 1 || string(got[0].Body) != "new" {
		t.Errorf("%+v", got)
	}
}

// Entries that were trimmed before they were read do not wait: a pass that drains would
// wait for them, and an alert be raised over them, for ever.
func TestTrimmedEntriesDoNotWait(t *testing.T) {
	_, client, o := world(t)
	b := open(t, o)
	add(t, client, "task_id", "first")
	if err := b.Ack(t.Context(), receive(t, b, 1)); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		add(t, client, "task_id", "trimmed")
	}
	add(t, client, "task_id", "last")
	if n, err := client.XTrimMaxLen(t.Context(), key, 1).Result(); n != 5 || err != nil {
		t.Fatalf("%d trimmed, %v", n, err)
	}
	if got := receive(t, b, 10); len(got) != 1 || string(got[0].Body) != `{"task_id":"last"}` {
		t.Fatalf("%+v", got)
	}
	if n, known, err := b.Lag(t.Context()); n != 0 || !known || err != nil {
		t.Errorf("%d entries wait, %v, %v; want none", n, known, err)
	}
	add(t, client, "task_id", "another")
	if n, known, err := b.Lag(t.Context()); n < 1 || !known || err != nil {
		t.Errorf("%d entries wait, %v, %v; want at least the one that does", n, known, err)
	}
}
