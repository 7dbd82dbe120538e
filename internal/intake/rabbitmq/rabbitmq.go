// Package rabbitmq receives messages of a RabbitMQ queue, classic or quorum. The queue is
// its owner's: it is never declared here.
package rabbitmq

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math"
	"net/url"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"cleaner/internal/intake"
	"cleaner/internal/secret"
)

// Options say which queue, and how to reach it.
type Options struct {
	// Address is host and port.
	Address string
	// TLS is nil for a connection in the clear.
	TLS *tls.Config
	// VHost is the virtual host; empty is "/".
	VHost string
	// User and Password are whom to be.
	User     string
	Password secret.Source
	// Queue is the name of the queue.
	Queue string
}

// consumer is a connection to one queue. It is an intake.Broker.
//
// The broker is asked for messages only within Receive, and for no more than that is to
// return: between two calls there is no consumer. So whoever does not receive holds
// nothing back, and nothing is ever given back for want of room, which a broker that
// counts deliveries would take for a fault of the message.
type consumer struct {
	Options
	ending *ending
	conn   *amqp.Connection
	ch     *amqp.Channel
	closed chan *amqp.Error // gets why ch is closed, if not by Close
	why    error            // what came from there; nil before
	since  string
	calls  int
	held   int // messages received and not acknowledged
}

// Open connects, and looks whether there is such a queue.
func Open(ctx context.Context, o Options) (intake.Broker, error) {
	password := secret.Secret{}
	if o.Password != nil {
		var err error
		if password, err = o.Password(); err != nil {
			return nil, err
		}
	}
	c := &consumer{Options: o, ending: newEnding(ctx), since: time.Now().UTC().Format(time.RFC3339)}
	scheme, vhost := "amqp", o.VHost
	if o.TLS != nil {
		scheme = "amqps"
	}
	if vhost == "" {
		vhost = "/"
	}
	conn, err := amqp.DialConfig((&url.URL{Scheme: scheme, Host: o.Address}).String(), amqp.Config{
		SASL: []amqp.Authentication{&amqp.PlainAuth{Username: o.User, Password: password.Reveal()}}, Vhost: vhost,
		TLSClientConfig: o.TLS, Properties: amqp.Table{"connection_name": "cleaner"}, Dial: c.ending.dial,
	})
	if err != nil {
		c.ending.over()
		return nil, fmt.Errorf("connect to RabbitMQ at %s: %w", o.Address, errors.Join(context.Cause(ctx), err))
	}
	c.conn = conn
	if c.ch, err = conn.Channel(); err == nil {
		c.closed = c.ch.NotifyClose(make(chan *amqp.Error, 1))
		_, _, err = c.Lag(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	c.ending.made()
	return c, nil
}

// errConsumerEnded is what is known when the broker ends a consumer and leaves the channel open.
var errConsumerEnded = errors.New("the broker has ended the consumer: the queue may have been deleted, or may have moved to another node")

// asQueue are the arguments of each consumer. A priority of 0 is the usual one. RabbitMQ
// refuses it for a stream, which cannot be read as a queue is: each consumer would begin
// with what comes later, and what came since the last one would be lost.
var asQueue = amqp.Table{"x-priority": int32(0)}

// fatal makes an intake.FatalError of err when the queue cannot be read as one.
func fatal(err error) error {
	if refused, ok := errors.AsType[*amqp.Error](err); ok && refused.Code == amqp.PreconditionFailed {
		return &intake.FatalError{Err: fmt.Errorf("it cannot be read as a classic or quorum queue: streams are not supported: %w", err)}
	}
	return err
}

// Receive consumes until it has so many messages, or for so long.
func (c *consumer) Receive(ctx context.Context, most int, wait time.Duration) (all []intake.Message, err error) {
	most = min(most, math.MaxUint16)
	if err := c.ch.Qos(most, 0, false); err != nil {
		return nil, c.wrap(err)
	}
	c.calls++
	tag := fmt.Sprintf("cleaner-%d", c.calls)
	deliveries, err := c.ch.Consume(c.Queue, tag, false, false, false, false, asQueue)
	if err != nil {
		return nil, c.wrap(fatal(err))
	}
	over := time.NewTimer(wait)
	defer over.Stop()
	for open := true; open && len(all) < most; {
		select {
		case d, more := <-deliveries:
			if !more {
				return nil, c.wrap(cmp.Or(c.reason(), errConsumerEnded))
			}
			all = append(all, c.message(d))
		case <-over.C:
			open = false
		case <-ctx.Done():
			open = false
		}
	}
	if err := c.ch.Cancel(tag, false); err != nil {
		return nil, c.wrap(err)
	}
	for d := range deliveries { // those that were on their way
		all = append(all, c.message(d))
	}
	c.held += len(all)
	return all, nil
}

// message is a delivery. A queue has no positions: the number of the delivery, and the
// sender's own name for the message, are the nearest to one.
func (c *consumer) message(d amqp.Delivery) intake.Message {
	m := intake.Message{Body: d.Body, Redelivered: d.Redelivered, Handle: d.DeliveryTag}
	m.Position = fmt.Sprintf("delivery %d of the connection since %s", d.DeliveryTag, c.since)
	if d.MessageId != "" {
		m.Position = fmt.Sprintf("message %.100s, %s", d.MessageId, m.Position)
	}
	return m
}

// Ack acknowledges deliveries. Rejected ones go to the dead-letter exchange of the queue,
// or are dropped where it has none.
func (c *consumer) Ack(_ context.Context, done []intake.Message) error {
	whole := c.held == len(done) // then one acknowledgement may stand for all
	last := uint64(0)
	for _, m := range done {
		tag, _ := m.Handle.(uint64)
		switch {
		case m.Rejected:
			if err := c.ch.Nack(tag, false, false); err != nil {
				return c.wrap(err)
			}
		case whole:
			last = max(last, tag)
		default:
			if err := c.ch.Ack(tag, false); err != nil {
				return c.wrap(err)
			}
		}
	}
	c.held -= len(done)
	if last == 0 {
		return nil
	}
	if err := c.ch.Ack(last, true); err != nil {
		return c.wrap(err)
	}
	return nil
}

// Lag is how many messages are ready in the queue.
func (c *consumer) Lag(context.Context) (n int64, known bool, err error) {
	q, err := c.ch.QueueDeclarePassive(c.Queue, false, false, false, false, nil)
	if err != nil {
		return 0, false, c.wrap(err)
	}
	return int64(q.Messages), true, nil
}

// wrap says of which queue err is, and why the channel is closed where err only says that
// it is.
func (c *consumer) wrap(err error) error {
	if errors.Is(err, amqp.ErrClosed) {
		err = cmp.Or(c.reason(), err)
	}
	return fmt.Errorf("queue %s at %s: %w", c.Queue, c.Address, err)
}

// reason returns why the channel was closed; nil when it was not, or nobody has said why.
func (c *consumer) reason() error {
	select {
	case why := <-c.closed:
		if why != nil { // the channel of Go is closed with that of RabbitMQ
			c.why = why
		}
	default:
	}
	return c.why
}

// Close ends the connection. The broker has read all acknowledgements before it answers.
// One that is lost is closed.
func (c *consumer) Close() error {
	defer c.ending.over()
	if err := c.conn.Close(); !errors.Is(err, amqp.ErrClosed) {
		return err
	}
	return nil
}
