// Package rabbitmq receives messages of a RabbitMQ queue, classic or quorum. The queue is
// its owner's: it is never declared here.
package rabbitmq

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math"
	"net"
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

// patience bounds connecting, the handshakes included.
const patience = 30 * time.Second

// consumer is a connection to one queue. It is an intake.Broker.
//
// The broker is asked for messages only within Receive, and for no more than that is to
// return: between two calls there is no consumer. So whoever does not receive holds
// nothing back, and nothing is ever given back for want of room, which a broker that
// counts deliveries would take for a fault of the message.
type consumer struct {
	Options
	conn  *amqp.Connection
	ch    *amqp.Channel
	since string
	calls int
	held  int // messages received and not acknowledged
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
	c := &consumer{Options: o, since: time.Now().UTC().Format(time.RFC3339)}
	scheme, vhost := "amqp", o.VHost
	if o.TLS != nil {
		scheme = "amqps"
	}
	if vhost == "" {
		vhost = "/"
	}
	h := handshake{ctx: ctx}
	defer h.release()
	conn, err := amqp.DialConfig((&url.URL{Scheme: scheme, Host: o.Address}).String(), amqp.Config{
		SASL: []amqp.Authentication{&amqp.PlainAuth{Username: o.User, Password: password.Reveal()}}, Vhost: vhost,
		TLSClientConfig: o.TLS, Properties: amqp.Table{"connection_name": "cleaner"}, Dial: h.dial,
	})
	if err != nil {
		return nil, fmt.Errorf("connect to RabbitMQ at %s: %w", o.Address, errors.Join(context.Cause(ctx), err))
	}
	c.conn = conn
	if c.ch, err = conn.Channel(); err == nil {
		_, _, err = c.Lag(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, closing(conn.Close()))
	}
	return c, nil
}

// handshake is a connection that is being made.
type handshake struct {
	ctx  context.Context // ends it, until it is released
	free func() bool     // nil before there is one
}

// dial connects until ctx ends. The handshake has its time too, and ends with ctx: who
// stops does not wait for a broker that says nothing.
func (h *handshake) dial(network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: patience}).DialContext(h.ctx, network, address)
	if err != nil {
		return nil, err
	}
	h.free = context.AfterFunc(h.ctx, func() { _ = conn.Close() })
	return conn, conn.SetDeadline(time.Now().Add(patience)) // the library lifts it after the handshake
}

// release has the connection live on after ctx.
func (h *handshake) release() {
	if h.free != nil {
		h.free()
	}
}

// Receive consumes until it has so many messages, or for so long.
func (c *consumer) Receive(ctx context.Context, most int, wait time.Duration) (all []intake.Message, err error) {
	most = min(most, math.MaxUint16)
	if err := c.ch.Qos(most, 0, false); err != nil {
		return nil, c.wrap(err)
	}
	c.calls++
	tag := fmt.Sprintf("cleaner-%d", c.calls)
	deliveries, err := c.ch.Consume(c.Queue, tag, false, false, false, false, nil)
	if err != nil {
		return nil, c.wrap(err)
	}
	over := time.NewTimer(wait)
	defer over.Stop()
	for open := true; open && len(all) < most; {
		select {
		case d, more := <-deliveries:
			if !more {
				return nil, c.wrap(errors.New("the broker has ended the consumer: the queue may have been deleted, or the connection is lost"))
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
				return err
			}
		case whole:
			last = max(last, tag)
		default:
			if err := c.ch.Ack(tag, false); err != nil {
				return err
			}
		}
	}
	c.held -= len(done)
	if last == 0 {
		return nil
	}
	return c.ch.Ack(last, true)
}

// Lag is how many messages are ready in the queue.
func (c *consumer) Lag(context.Context) (n int64, known bool, err error) {
	q, err := c.ch.QueueDeclarePassive(c.Queue, false, false, false, false, nil)
	if err != nil {
		return 0, false, c.wrap(err)
	}
	return int64(q.Messages), true, nil
}

// wrap says of which queue err is.
func (c *consumer) wrap(err error) error {
	return fmt.Errorf("queue %s at %s: %w", c.Queue, c.Address, err)
}

// Close ends the connection. The broker has read all acknowledgements before it answers.
func (c *consumer) Close() error { return closing(c.conn.Close()) }

// closing is the error of closing a connection: one that is lost is closed.
func closing(err error) error {
	if errors.Is(err, amqp.ErrClosed) {
		return nil
	}
	return err
}
