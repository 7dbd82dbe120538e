package assemble

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"go.uber.org/zap"

	"cleaner/internal/config"
	"cleaner/internal/intake"
	"cleaner/internal/ledger"
	"cleaner/internal/metrics"
	"cleaner/internal/pass"
	"cleaner/internal/queue"
	"cleaner/internal/rig/brokertest"
)

// drained is what the entry brings into an empty ledger.
func drained(t *testing.T, e config.Intake) (l pass.Loaded, pending int64, err error) {
	t.Helper()
	cfg := config.Default()
	cfg.Queue.URL = "sqlite:" + filepath.Join(t.TempDir(), "queue.db")
	e.Name = "orders"
	cfg.Intake = []config.Intake{e}
	q, err := Ledger(cfg).Open(t.Context(), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	all := Intake{}.Drains(cfg, cfg.Intake, metrics.New("v", "r"), zap.NewNop())
	if len(all) != 1 || all[0].Name() != "intake orders" {
		t.Fatalf("%+v", all)
	}
	l, err = all[0].Load(t.Context(), q)
	c, counting := q.Counts(t.Context())
	if closing := q.Close(); counting != nil || closing != nil {
		t.Fatal(counting, closing)
	}
	return l, c.Pending, err
}

func ids() (all []string) {
	for _, digit := range "0123456789" {
		all = append(all, strings.Repeat(string(digit), 31)+"a")
	}
	return all
}

// passwordFile is a file with a password.
func passwordFile(t *testing.T, password string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(path, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Each kind of broker is drained, over TLS and with a password, and one whose
// certificate is not trusted is not believed.
func TestDrainOverTLS(t *testing.T) {
	server, caFile := brokertest.Certificate(t)
	for name, prepare := range map[string]func(*testing.T) config.Intake{
		"redis": func(t *testing.T) config.Intake {
			r := brokertest.StartRedis(t)
			client := redis.NewClient(&redis.Options{Addr: r.Address, Protocol: 2, DB: 3})
			t.Cleanup(func() { _ = client.Close() })
			for _, id := range append(ids(), "no-ID", ids()[0]) {
				if err := client.XAdd(t.Context(), &redis.XAddArgs{Stream: "s", Values: []string{"m", id}}).Err(); err != nil {
					t.Fatal(err)
				}
			}
			return config.Intake{URL: "rediss://" + brokertest.WithTLS(t, server, r.Address) + "/3", Stream: "s", User: brokertest.RedisUser, PasswordFile: passwordFile(t, brokertest.RedisPassword)}
		},
		"rabbitmq": func(t *testing.T) config.Intake {
			r := brokertest.StartRabbitMQ(t)
			r.Declare("q", "classic")
			r.Publish("q", append(ids(), "no-ID", ids()[0])...)
			return config.Intake{URL: "amqps://" + brokertest.WithTLS(t, server, r.Address), Queue: "q", User: brokertest.RabbitUser, PasswordFile: passwordFile(t, brokertest.RabbitPassword)}
		},
		"kafka": func(t *testing.T) config.Intake {
			c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "t"), kfake.TLS(server), kfake.EnableSASL(), kfake.Superuser("PLAIN", "u", "w"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(c.Close)
			e := config.Intake{URL: "kafkas://" + strings.Join(c.ListenAddrs(), ","), Topic: "t", User: "u", PasswordFile: passwordFile(t, "w")}
			secured, err := tlsOf(config.Intake{CAFile: caFile}, config.Broker{TLS: true})
			if err != nil {
				t.Fatal(err)
			}
			client, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...), kgo.DialTLSConfig(secured), kgo.SASL(plainAs("u", "w")), kgo.DefaultProduceTopic("t"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(client.Close)
			for _, id := range append(ids(), "no-ID", ids()[0]) {
				if err := client.ProduceSync(t.Context(), kgo.StringRecord(id)).FirstErr(); err != nil {
					t.Fatal(err)
				}
			}
			return e
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := prepare(t)
			if _, pending, err := drained(t, e); !isAway(err) || pending != 0 || !strings.Contains(err.Error(), "certificate") {
				t.Errorf("without the authority: %d pending, %v", pending, err)
			}
			e.CAFile = caFile
			l, pending, err := drained(t, e)
			if err != nil || l.New != 10 || l.Duplicates != 1 || l.Rejected != 1 || pending != 10 {
				t.Errorf("%+v, %d pending, %v", l, pending, err)
			}
			if l, _, err := drained(t, e); err != nil || l.New+l.Duplicates+l.Rejected != 0 {
				t.Errorf("a second time: %+v, %v", l, err)
			}
		})
	}
}

// Where one end speaks TLS and the other does not, the error says what to do: the libraries
// say that the time was over, or that a frame is too large.
func TestDrainWithTheWrongTransport(t *testing.T) {
	server, _ := brokertest.Certificate(t)
	redisAt, rabbitAt := brokertest.StartRedis(t).Address, brokertest.StartRabbitMQ(t).Address
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "t"), kfake.TLS(server))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	for _, row := range []struct{ url, want string }{
		{"redis://" + brokertest.WithTLS(t, server, redisAt), "speaks TLS: begin url with rediss://"},
		{"amqp://" + brokertest.WithTLS(t, server, rabbitAt), "speaks TLS: begin url with amqps://"},
		{"kafka://" + cluster.ListenAddrs()[0], "speaks TLS: begin url with kafkas://"},
		{"rediss://" + redisAt, "check that it speaks TLS at this port"},
		{"amqps://" + rabbitAt, "does not speak TLS: check the address and its port"},
		{"rediss://" + brokertest.WithTLS(t, server, redisAt), "name its file in ca_file of the entry"},
	} {
		e := config.Intake{URL: row.url, Stream: "s", Queue: "q", Topic: "t", User: "u", PasswordFile: passwordFile(t, "w")}
		if _, pending, err := drained(t, e); !isAway(err) || pending != 0 || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %d pending, %v, want %q", row.url, pending, err, row.want)
		}
	}
	// One that speaks as the URL says has no advice.
	e := config.Intake{URL: "redis://" + redisAt, Stream: "s", User: "u", PasswordFile: passwordFile(t, "w")}
	if _, _, err := drained(t, e); !isAway(err) || strings.Contains(err.Error(), "TLS") {
		t.Errorf("%v", err)
	}
}

// A broker that speaks as the URL says is asked once whether it speaks TLS, until it could be
// used: it waits for the rest of a handshake, or logs an error, each time.
func TestAskedOnceWhetherItSpeaksTLS(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	var asked atomic.Int64
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			asked.Add(1)
			_ = conn.Close()
		}
	}()
	refused := errors.New("the password is wrong")
	open := advised(config.Intake{URL: "redis://" + l.Addr().String(), Stream: "s"}, func(context.Context) (intake.Broker, error) { return nil, refused })
	for range 3 {
		if _, err := open(t.Context()); !errors.Is(err, refused) || strings.Contains(err.Error(), "TLS") {
			t.Error(err)
		}
	}
	refused = nil
	_, _ = open(t.Context())
	refused = errors.New("the password is wrong")
	_, _ = open(t.Context())
	if n := asked.Load(); n != 2 {
		t.Errorf("it was asked %d times, want once before it could be used and once after", n)
	}
}

func isAway(err error) bool {
	_, away := errors.AsType[*pass.UnavailableError](err)
	return away
}

// A fault of the ledger, and a stop, are no faults of the broker: they end the pass.
func TestDrainFaults(t *testing.T) {
	r := brokertest.StartRedis(t)
	client := redis.NewClient(&redis.Options{Addr: r.Address, Protocol: 2})
	t.Cleanup(func() { _ = client.Close() })
	if err := client.XAdd(t.Context(), &redis.XAddArgs{Stream: "s", Values: []string{"m", ids()[0]}}).Err(); err != nil {
		t.Fatal(err)
	}
	cfg := config.Default()
	cfg.Queue.URL = "sqlite:" + filepath.Join(t.TempDir(), "queue.db")
	cfg.Intake = []config.Intake{{Name: "orders", URL: "redis://" + r.Address, Stream: "s"}}
	q, err := Ledger(cfg).Open(t.Context(), ledger.Options{})
	if err == nil {
		err = q.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	_, err = Intake{}.Drains(cfg, cfg.Intake, nil, zap.NewNop())[0].Load(t.Context(), q)
	if !errors.Is(err, queue.ErrClosed) || isAway(err) {
		t.Errorf("a closed ledger: %v", err)
	}
	if p, err := client.XPending(t.Context(), "s", "cleaner").Result(); err != nil || p.Count != 1 {
		t.Errorf("it was acknowledged: %+v, %v", p, err)
	}
}

// What an entry names must be there, and a password in the clear is warned of.
func TestIntakeFiles(t *testing.T) {
	cfg := config.Default()
	cfg.Intake = []config.Intake{
		{Name: "a", URL: "rediss://h", Stream: "s", User: "u", PasswordFile: "/no/such/password", CAFile: "/no/such/ca"},
		{Name: "b", URL: "amqp://h", Queue: "q", User: "u", PasswordFile: passwordFile(t, "x")},
		{Name: "c", URL: "amqp://127.0.0.1", Queue: "q", User: "u", PasswordFile: passwordFile(t, "x")},
	}
	var reported []string
	intakeRule(cfg, func(path string, err error) { reported = append(reported, path+": "+err.Error()) })
	got := strings.Join(reported, "\n")
	if len(reported) != 2 || !strings.Contains(got, "intake[0].ca_file: ") || !strings.Contains(got, "intake[0].password_file: ") {
		t.Errorf("%s", got)
	}
	if warnings := unencrypted(cfg); len(warnings) != 1 || !strings.HasPrefix(warnings[0], "intake[1].url") {
		t.Errorf("%q", warnings)
	}
	if _, open := opener(cfg, cfg.Intake[0]); open != nil {
		if _, err := open(context.Background()); err == nil || !strings.Contains(err.Error(), "/no/such/ca") {
			t.Errorf("%v", err)
		}
	}
}

func plainAs(user, password string) sasl.Mechanism {
	return plain.Auth{User: user, Pass: password}.AsMechanism()
}
