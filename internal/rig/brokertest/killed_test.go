package brokertest

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"cleaner/internal/ledger"
	"cleaner/internal/rig/observetest"
	"cleaner/internal/sim"
)

// kills is how often serve is killed in each trial, and sent how many IDs come meanwhile.
const (
	kills = 4
	sent  = 2000
)

// Killed at random moments while messages come, `cleaner serve` loses none and deletes
// none twice: with each broker, every ID that was sent is in the ledger once, its task
// is deleted, and the broker has nothing left. Then the broker is killed, and serve finds
// it again by itself.
func TestKilled(t *testing.T) {
	binary := observetest.Build(t)
	t.Run("redis", func(t *testing.T) {
		r := StartRedis(t)
		client := redis.NewClient(&redis.Options{Addr: r.Address, Protocol: 2, DisableIdentity: true})
		t.Cleanup(func() { _ = client.Close() })
		survive(t, binary, map[string]any{"url": "redis://" + r.Address + "/0", "stream": "orders", "user": RedisUser}, RedisPassword, &r.process, func(ids []string) {
			for _, id := range ids {
				if err := client.XAdd(t.Context(), &redis.XAddArgs{Stream: "orders", Values: []string{"task_id", id}}).Err(); err != nil {
					t.Error(err)
				}
			}
		})
		if p, err := client.XPending(t.Context(), "orders", "cleaner").Result(); err != nil || p.Count != 0 {
			t.Errorf("pending in the group: %+v, %v", p, err)
		}
	})
	t.Run("rabbitmq", func(t *testing.T) {
		r := StartRabbitMQ(t)
		dead := r.Declare("orders", "quorum")
		survive(t, binary, map[string]any{"url": "amqp://" + r.Address, "queue": "orders", "user": RabbitUser}, RabbitPassword, &r.process, func(ids []string) {
			r.Publish("orders", ids...)
		})
		if left := append(r.Bodies("orders"), r.Bodies(dead)...); len(left) > 0 {
			t.Errorf("%d messages are left", len(left))
		}
	})
	t.Run("kafka", func(t *testing.T) {
		c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, "orders"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		client, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...), kgo.DefaultProduceTopic("orders"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(client.Close)
		survive(t, binary, map[string]any{"url": "kafka://" + c.ListenAddrs()[0], "topic": "orders"}, "", nil, func(ids []string) {
			for _, id := range ids {
				if err := client.ProduceSync(t.Context(), kgo.StringRecord(id)).FirstErr(); err != nil {
					t.Error(err)
				}
			}
		})
	})
}

// survive sends IDs while serve is killed again and again, and looks at what became of
// them; and sends more when the broker was killed and started again. Nil is one that
// keeps nothing over its end.
func survive(t *testing.T, binary string, entry map[string]any, password string, broker *process, send func(ids []string)) {
	s := observetest.NewStage(t, sim.Options{}, map[string]any{"safety": map[string]any{"canary": 0}})
	maps.Copy(entry, map[string]any{"name": "orders"})
	if password != "" {
		entry["password_file"] = observetest.Write(t, s.Dir, "broker-password", password)
	}
	s.Config["intake"] = []any{entry}
	s.Config["log"] = map[string]any{"level": "info"}
	conf := s.ConfigFile(t)
	ids := make([]string, sent)
	for i := range ids {
		ids[i] = fmt.Sprintf("%016x%016x", rand.Uint64(), rand.Uint64())
	}
	arrived := make(chan struct{})
	go func() {
		defer close(arrived)
		for len(ids) > 0 {
			n := min(len(ids), 1+rand.IntN(sent/20))
			send(ids[:n])
			ids = ids[n:]
			time.Sleep(time.Duration(rand.IntN(500)) * time.Millisecond)
		}
	}()
	var said bytes.Buffer
	for range kills {
		runFor(t, &said, time.Duration(rand.IntN(3000))*time.Millisecond, binary, conf)
	}
	<-arrived
	s.Serve(t, binary)
	at, err := ledger.Parse("sqlite:" + filepath.Join(s.Dir, "state", "queue.db"))
	if err != nil {
		t.Fatal(err)
	}
	var status []byte
	t.Cleanup(func() {
		if t.Failed() {
			_, shown, _ := bytes.Cut(status, []byte(`"intake"`))
			t.Logf("intake: %.500s", shown)
			t.Logf("killed ones said: %s", said.Bytes()[max(0, said.Len()-4000):])
		}
	})
	observetest.UntilIn(t, 2*time.Minute, "all are deleted", func() bool {
		status, _ = observetest.Get(t.Context(), "http://"+s.Address+"/status")
		return s.Sim.Truth().Effects >= sent
	})
	observetest.UntilIn(t, time.Minute, "all are settled", func() bool {
		c, err := at.Counts(t.Context())
		return err == nil && c.Deleted+c.Gone == sent && c.Loaded() == sent
	})
	truth := s.Sim.Truth()
	if truth.Effects != sent || truth.RepeatsAfterAnswer > 16*kills {
		t.Errorf("%d tasks were deleted and %d DELETEs repeated after an answer: %d were sent", truth.Effects, truth.RepeatsAfterAnswer, sent)
	}
	if broker != nil {
		findsAgain(t, s, broker, send)
	}
}

// findsAgain kills the broker of a serve at work and starts it again.
func findsAgain(t *testing.T, s *observetest.Stage, broker *process, send func(ids []string)) {
	t.Helper()
	connected := func() bool {
		text, err := observetest.Get(t.Context(), "http://"+s.Address+"/status")
		return err == nil && bytes.Contains(text, []byte(`"connected":true`))
	}
	broker.Kill()
	observetest.UntilIn(t, time.Minute, "it is said that the broker is away", func() bool { return !connected() })
	broker.Start()
	send([]string{fmt.Sprintf("%016x%016x", rand.Uint64(), rand.Uint64())})
	observetest.UntilIn(t, 2*time.Minute, "what comes then is deleted", func() bool { return s.Sim.Truth().Effects == sent+1 })
	if !connected() {
		t.Error("it is said that the broker is away still")
	}
}

// runFor runs serve and kills it after a while.
func runFor(t *testing.T, said *bytes.Buffer, d time.Duration, binary, conf string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, "serve", "--config", conf)
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(d)
	_ = cmd.Process.Signal(os.Kill)
	_ = cmd.Wait()
}
