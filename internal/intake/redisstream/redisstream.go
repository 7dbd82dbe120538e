// Package redisstream receives messages of a Redis stream through a consumer group. What
// a process received and did not acknowledge before it died comes first to the next one.
package redisstream

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"cleaner/internal/intake"
	"cleaner/internal/secret"
)

// Options say which stream, and how to reach it.
type Options struct {
	// Address is host and port.
	Address string
	// TLS is nil for a connection in the clear.
	TLS *tls.Config
	// Database is the number of the database.
	Database int
	// User is the ACL user; empty is the default user. Password is nil for none.
	User     string
	Password secret.Source
	// Stream is the key of the stream. Group is the consumer group, which is made when
	// it is not there, from the beginning of the stream on.
	Stream, Group string
	// Remember is how long the ledger remembers an ID. A new group is not let begin with
	// entries that are older.
	Remember time.Duration
	// LeastIdle is how long an entry must have been with another consumer of the group
	// before it is taken over; zero is five minutes.
	LeastIdle time.Duration
}

// consumer is the name of every process in its group: one that is started anew finds
// what the one before it has left.
const consumer = "cleaner"

// longestBlock is how long one read may wait: its context does not end it.
const longestBlock = time.Second

// silence keeps the library from writing to standard error: what it says there comes as
// an error too.
var silence = sync.OnceFunc(func() { redis.SetLogger(nothing{}) })

type nothing struct{}

// Printf does nothing.
func (nothing) Printf(context.Context, string, ...any) {}

// stream is a connection to one stream. It is an intake.Broker.
type stream struct {
	Options
	client *redis.Client
	own    string    // own entries that are pending are read behind this one; empty when all are
	takeAt time.Time // when to look for what others have left
	claim  string    // from where on to look for it
}

// Open connects.
func Open(ctx context.Context, o Options) (intake.Broker, error) {
	silence()
	if o.LeastIdle == 0 {
		o.LeastIdle = 5 * time.Minute
	}
	password := ""
	if o.Password != nil {
		s, err := o.Password()
		if err != nil {
			return nil, err
		}
		password = s.Reveal()
	}
	s := &stream{Options: o, own: "0", claim: "0-0", client: redis.NewClient(&redis.Options{
		Addr: o.Address, TLSConfig: o.TLS, DB: o.Database, Username: o.User, Password: password,
		Protocol: 2, PoolSize: 1, ContextTimeoutEnabled: true,
		DialerRetries:            1,
		MaxRetries:               -1, // a read whose answer is lost has moved entries: they must be looked for
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})}
	if err := s.join(ctx); err != nil {
		return nil, errors.Join(err, s.client.Close())
	}
	return s, nil
}

// join makes the group, if it is not there. A user who may not look or make one is told
// by the first read whether there is one.
func (s *stream) join(ctx context.Context) error {
	groups, err := s.client.XInfoGroups(ctx, s.Stream).Result()
	if err == nil && slices.ContainsFunc(groups, func(g redis.XInfoGroup) bool { return g.Name == s.Group }) {
		return nil
	}
	if err = s.checkBeginning(ctx); err == nil {
		err = s.client.XGroupCreateMkStream(ctx, s.Stream, s.Group, "0").Err()
	}
	if err == nil || strings.HasPrefix(err.Error(), "BUSYGROUP") || strings.HasPrefix(err.Error(), "NOPERM") {
		return nil
	}
	return fmt.Errorf("make group %s of stream %s at %s: %w", s.Group, s.Stream, s.Address, err)
}

// checkBeginning refuses to begin with entries that are older than what the ledger
// remembers: there may have been a group that has read them, and the IDs of tasks that
// are long gone would be taken for new.
func (s *stream) checkBeginning(ctx context.Context) error {
	first, err := s.client.XRangeN(ctx, s.Stream, "-", "+", 1).Result()
	if err != nil || len(first) == 0 {
		return err
	}
	text, _, _ := strings.Cut(first[0].ID, "-")
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil && time.Since(time.UnixMilli(ms)) <= s.Remember {
		return nil
	}
	return &intake.FatalError{Err: fmt.Errorf("there is no such group, and the stream's first entry, %s, is older than %v (queue.remember): if a "+
		"group had read it once, the ledger would not know it any more. Make the group where it is to begin: XGROUP CREATE %s %s ID",
		first[0].ID, s.Remember, s.Stream, s.Group)}
}

// Receive returns first what is pending for this consumer, then what others have left,
// then what is new.
func (s *stream) Receive(ctx context.Context, most int, wait time.Duration) ([]intake.Message, error) {
	for _, old := range []func(context.Context, int) ([]intake.Message, error){s.pending, s.leftBehind} {
		if all, err := old(ctx, most); err != nil || len(all) > 0 {
			return all, s.wrap(err)
		}
	}
	var all []intake.Message
	for end := time.Now().Add(wait); len(all) < most && ctx.Err() == nil; {
		left := time.Until(end)
		if left <= 0 && len(all) > 0 {
			break
		}
		some, err := s.read(ctx, ">", most-len(all), max(min(left, longestBlock), time.Millisecond))
		if err != nil {
			return nil, s.wrap(err)
		}
		if all = append(all, some...); left <= 0 {
			break
		}
	}
	return all, nil
}

// wrap says of which stream err is.
func (s *stream) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("read stream %s at %s as group %s: %w", s.Stream, s.Address, s.Group, err)
}

// pending reads what was delivered to this consumer's name and never acknowledged. It is
// asked once for each connection: later, all that was delivered is in these hands.
func (s *stream) pending(ctx context.Context, most int) ([]intake.Message, error) {
	if s.own == "" {
		return nil, nil
	}
	all, err := s.read(ctx, s.own, most, -1)
	if err != nil {
		return nil, err
	}
	s.own = ""
	for i := range all {
		all[i].Redelivered = true
		s.own = all[i].Position
	}
	return all, nil
}

// leftBehind takes over what other consumers of the group have not acknowledged for
// long.
func (s *stream) leftBehind(ctx context.Context, most int) (all []intake.Message, err error) {
	for now := time.Now(); len(all) == 0 && !now.Before(s.takeAt); {
		claimed, next, deleted, err := s.client.XAutoClaimWithDeleted(ctx, &redis.XAutoClaimArgs{
			Stream: s.Stream, Group: s.Group, Consumer: consumer, MinIdle: s.LeastIdle, Start: s.claim, Count: int64(most),
		}).Result()
		if err != nil && !strings.Contains(err.Error(), "unknown command") { // before 6.2 there is no such command
			return nil, err
		}
		for _, entry := range claimed {
			m := messageOf(entry)
			m.Redelivered = true
			all = append(all, m)
		}
		for _, gone := range deleted {
			all = append(all, messageOf(redis.XMessage{ID: gone}))
		}
		if s.claim = next; next == "" || next == "0-0" {
			s.claim, s.takeAt = "0-0", now.Add(s.LeastIdle/2)
		}
	}
	return all, nil
}

// read reads entries behind one, or new ones for ">". A negative block does not wait.
func (s *stream) read(ctx context.Context, behind string, most int, block time.Duration) (all []intake.Message, err error) {
	streams, err := s.client.XReadGroup(ctx, &redis.XReadGroupArgs{
		Group: s.Group, Consumer: consumer, Streams: []string{s.Stream, behind}, Count: int64(most), Block: block,
	}).Result()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, part := range streams {
		for _, entry := range part.Messages {
			all = append(all, messageOf(entry))
		}
	}
	return all, nil
}

// messageOf makes a message of an entry: of its fields when one of them is a task ID's,
// or else of its only field, whatever that is called.
func messageOf(entry redis.XMessage) intake.Message {
	m := intake.Message{Position: entry.ID}
	_, taskID := entry.Values["task_id"]
	_, id := entry.Values["id"]
	switch {
	case entry.Values == nil:
		m.Fault = "the entry was deleted from the stream, or trimmed, before it was read"
	case taskID || id:
		m.Body, _ = json.Marshal(entry.Values) // strings alone
	case len(entry.Values) == 1:
		for _, value := range entry.Values {
			m.Body = fmt.Append(nil, value)
		}
	default:
		m.Fault = "the entry has several fields, and none of them is task_id or id"
		m.Body, _ = json.Marshal(entry.Values) // for the rejects
	}
	return m
}

// ackAtOnce is how many entries one XACK names.
const ackAtOnce = 1000

// Ack acknowledges entries. Redis has no place for dead letters.
func (s *stream) Ack(ctx context.Context, done []intake.Message) error {
	for len(done) > 0 {
		n := min(len(done), ackAtOnce)
		ids := make([]string, n)
		for i := range ids {
			ids[i] = done[i].Position
		}
		if err := s.client.XAck(ctx, s.Stream, s.Group, ids...).Err(); err != nil {
			return err
		}
		done = done[n:]
	}
	return nil
}

// Lag is how many entries the group has not been given yet. Redis tells since version 7,
// and not after some deletions. It also counts entries that were trimmed before they were
// read: when no entry follows the last one that was given, Lag returns 0.
func (s *stream) Lag(ctx context.Context) (n int64, known bool, err error) {
	groups, err := s.client.XInfoGroups(ctx, s.Stream).Result()
	if _, answered := errors.AsType[redis.Error](err); answered {
		return 0, false, nil // a user who may not look may still read
	}
	if err != nil {
		return 0, false, s.wrap(err)
	}
	for _, g := range groups {
		if g.Name != s.Group || g.Lag < 0 || g.EntriesRead == 0 && g.LastDeliveredID != "0-0" {
			continue
		}
		if g.Lag > 0 && !s.mayFollow(ctx, g.LastDeliveredID) {
			return 0, true, nil
		}
		return g.Lag, true, nil
	}
	return 0, false, nil
}

// mayFollow reports whether there are entries behind one, as far as this user may look.
func (s *stream) mayFollow(ctx context.Context, id string) bool {
	next, err := s.client.XRangeN(ctx, s.Stream, "("+id, "+", 1).Result()
	return err != nil || len(next) > 0
}

// Close ends the connection.
func (s *stream) Close() error { return s.client.Close() }
