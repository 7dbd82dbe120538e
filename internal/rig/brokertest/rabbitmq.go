package brokertest

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"cleaner/internal/rig/freeport"
)

// RabbitMQ is a real RabbitMQ.
type RabbitMQ struct {
	process
	// Address is its host and port.
	Address string
}

// The user of StartRabbitMQ.
const (
	RabbitUser     = "feeder"
	RabbitPassword = "planted/rabbit:word"
)

// StartRabbitMQ starts a RabbitMQ with further lines in its configuration, which takes
// some seconds. It ends with the test.
func StartRabbitMQ(t testing.TB, lines ...string) *RabbitMQ {
	t.Helper()
	path := program(t, "/usr/lib/rabbitmq/bin/rabbitmq-server")
	dir, err := os.MkdirTemp("", "rabbit") // Erlang's names are short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	r := &RabbitMQ{Address: freeport.ForTest(t)}
	lines = append(lines, "listeners.tcp.1 = "+r.Address, "default_user = "+RabbitUser, "default_pass = "+RabbitPassword,
		"log.console = true", "log.console.level = warning", "log.file = false", "vm_memory_high_watermark.absolute = 2GB", "disk_free_limit.absolute = 1MB")
	conf := filepath.Join(dir, "rabbitmq.conf")
	if err := os.WriteFile(conf, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	epmd := startEPMD(t)
	_, distribution, _ := net.SplitHostPort(freeport.ForTest(t))
	command := func() *exec.Cmd {
		cmd := exec.Command(path) //nolint:gosec,noctx // ended by Kill
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "HOME="+dir, "ERL_EPMD_ADDRESS=127.0.0.1", "ERL_EPMD_PORT="+epmd, "RABBITMQ_CONFIG_FILE="+conf,
			"RABBITMQ_NODENAME=r"+distribution+"@localhost", "RABBITMQ_DIST_PORT="+distribution, "RABBITMQ_MNESIA_BASE="+dir, "RABBITMQ_LOG_BASE="+dir,
			"RABBITMQ_PID_FILE="+filepath.Join(dir, "pid"), "RABBITMQ_ENABLED_PLUGINS_FILE="+filepath.Join(dir, "plugins"),
			"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=+S 1:1 -kernel inet_dist_use_interface {127,0,0,1}")
		return cmd
	}
	r.process = process{t: t, command: command, ready: func() error {
		conn, err := r.dial()
		if err == nil {
			err = conn.Close()
		}
		return err
	}}
	t.Cleanup(r.Kill)
	r.Start()
	return r
}

func (r *RabbitMQ) dial() (*amqp.Connection, error) {
	u := url.URL{Scheme: "amqp", Host: r.Address, User: url.UserPassword(RabbitUser, RabbitPassword)}
	return amqp.DialConfig(u.String(), amqp.Config{Dial: amqp.DefaultDial(2 * time.Second)})
}

// Channel is a channel of a connection that ends with the test.
func (r *RabbitMQ) Channel() *amqp.Channel {
	r.t.Helper()
	conn, err := r.dial()
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = conn.Close() })
	ch, err := conn.Channel()
	if err != nil {
		r.t.Fatal(err)
	}
	return ch
}

// Declare makes a durable queue of that type (classic or quorum) with a dead-letter
// queue, and returns the name of that.
func (r *RabbitMQ) Declare(name, kind string) (dead string) {
	r.t.Helper()
	dead = name + ".dead"
	ch := r.Channel()
	for queue, args := range map[string]amqp.Table{
		name: {"x-queue-type": kind, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead}, dead: nil,
	} {
		if _, err := ch.QueueDeclare(queue, true, false, false, false, args); err != nil {
			r.t.Fatal(err)
		}
	}
	return dead
}

// Publish sends persistent messages to a queue, and returns when the broker has them.
func (r *RabbitMQ) Publish(queue string, bodies ...string) {
	r.t.Helper()
	ch := r.Channel()
	if err := ch.Confirm(false); err != nil {
		r.t.Fatal(err)
	}
	for _, body := range bodies {
		c, err := ch.PublishWithDeferredConfirmWithContext(r.t.Context(), "", queue, true, false, amqp.Publishing{Body: []byte(body), DeliveryMode: amqp.Persistent})
		if err != nil {
			r.t.Fatal(err)
		}
		if ok, err := c.WaitContext(r.t.Context()); err != nil || !ok {
			r.t.Fatal(fmt.Errorf("publish: %v, %w", ok, err))
		}
	}
	_ = ch.Close()
}

// Bodies takes all messages of a queue.
func (r *RabbitMQ) Bodies(queue string) (all []string) {
	r.t.Helper()
	ch := r.Channel()
	for {
		d, ok, err := ch.Get(queue, false)
		if err != nil {
			r.t.Fatal(err)
		}
		if !ok {
			_ = ch.Close() // they go back
			return all
		}
		all = append(all, string(d.Body))
	}
}

// startEPMD starts the name server that Erlang needs, on a port of its own: otherwise
// RabbitMQ starts one that stays. It ends with the test.
func startEPMD(t testing.TB) (port string) {
	t.Helper()
	_, port, _ = net.SplitHostPort(freeport.ForTest(t))
	path := program(t, "epmd")
	p := &process{t: t, command: func() *exec.Cmd {
		return exec.Command(path, "-address", "127.0.0.1", "-port", port) //nolint:gosec,noctx // ended by Kill
	}, ready: func() error {
		conn, err := dial("127.0.0.1:" + port)
		if err == nil {
			err = conn.Close()
		}
		return err
	}}
	t.Cleanup(p.Kill)
	p.Start()
	return port
}
