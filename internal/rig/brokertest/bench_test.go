package brokertest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"cleaner/internal/rig/freeport"
	"cleaner/internal/rig/observetest"
)

// loaded is how many task IDs each measurement brings into an empty ledger.
const loaded = 100_000

// BenchmarkIntake measures how many task IDs a second come into the ledger, and what CPU
// time each costs cleaner's process, start included: from a file with `cleaner load`, and
// from each broker with `cleaner serve`, a message an ID. The brokers have all messages
// before serve begins, and run beside it on the same cores; Kafka is the fake in this
// process.
func BenchmarkIntake(b *testing.B) {
	binary := observetest.Build(b)
	ids := make([]string, loaded)
	for i := range ids {
		ids[i] = fmt.Sprintf("%016x%016x", rand.Uint64(), rand.Uint64())
	}
	b.Run("file", func(b *testing.B) {
		m := meter{B: b}
		for range b.N {
			b.StopTimer()
			conf := config(b, nil)
			list := observetest.Write(b, filepath.Dir(conf), "tasks.txt", strings.Join(ids, "\n"))
			b.StartTimer()
			cmd := exec.CommandContext(b.Context(), binary, "load", "--config", conf, list)
			if out, err := cmd.CombinedOutput(); err != nil {
				b.Fatalf("%v: %s", err, out)
			}
			m.cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		}
		m.report()
	})
	for _, row := range []struct {
		name string
		fill func(*testing.B, []string) (entry map[string]any)
	}{{"redis", fillRedis}, {"rabbitmq", fillRabbitMQ}, {"kafka", fillKafka}} {
		b.Run(row.name, func(b *testing.B) {
			m := meter{B: b}
			for range b.N {
				b.StopTimer()
				conf := config(b, row.fill(b, ids))
				b.StartTimer()
				m.cpu += m.serve(binary, conf)
			}
			m.report()
		})
	}
}

// meter adds up the CPU time of the processes of a benchmark.
type meter struct {
	*testing.B
	cpu time.Duration
}

func (m *meter) report() {
	ids := float64(loaded * m.N)
	m.ReportMetric(ids/m.Elapsed().Seconds(), "IDs/s")
	m.ReportMetric(float64(m.cpu.Microseconds())/ids, "µs-CPU/ID")
	m.ReportMetric(0, "ns/op") // which says nothing
}

// serve runs serve until all IDs are in the ledger and acknowledged, and returns what CPU
// time it has taken until then.
func (m *meter) serve(binary, conf string) time.Duration {
	var said bytes.Buffer
	cmd := exec.CommandContext(m.Context(), binary, "serve", "--config", conf)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		m.Fatal(err)
	}
	defer func() { _ = cmd.Process.Signal(syscall.SIGTERM); _ = cmd.Wait() }()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		var s struct {
			Intake []struct {
				Acked int `json:"acked"`
			} `json:"intake"`
		}
		text, err := observetest.Get(m.Context(), "http://"+address(m.B, conf)+"/status")
		if err == nil && json.Unmarshal(text, &s) == nil && len(s.Intake) == 1 && s.Intake[0].Acked == loaded {
			m.StopTimer()
			defer m.StartTimer()
			return cpuOf(m.B, cmd.Process.Pid)
		}
	}
	m.Fatalf("not all came: %s", said.Bytes())
	return 0
}

// cpuOf is the CPU time of a process, user and system, as proc(5) counts it, in hundredths
// of a second.
func cpuOf(b *testing.B, pid int) time.Duration {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, behind, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(behind)
	user, err := strconv.Atoi(fields[11])
	if err != nil {
		b.Fatal(err)
	}
	system, err := strconv.Atoi(fields[12])
	if err != nil {
		b.Fatal(err)
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}

// config writes a configuration with an empty ledger and perhaps an entry of intake.
func config(b *testing.B, entry map[string]any) string {
	b.Helper()
	dir := b.TempDir()
	c := map[string]any{
		"service":  map[string]any{"region": "cn-north-4", "endpoint": "http://127.0.0.1:1", "iam_endpoint": "http://127.0.0.1:1"},
		"auth":     map[string]any{"password": map[string]any{"domain": "d", "user": "u", "password_file": observetest.Write(b, dir, "password", "word")}},
		"queue":    map[string]any{"url": "sqlite:" + filepath.Join(dir, "queue.db")},
		"safety":   map[string]any{"refuse_above": 0},
		"schedule": []any{map[string]any{"cron": "0 0 1 1 *"}},
		"listen":   map[string]any{"address": freeport.ForTest(b)},
		"log":      map[string]any{"level": "warn"},
	}
	if entry != nil {
		entry["name"], entry["max_pending"] = "orders", 2*loaded
		if entry["user"] != nil {
			entry["password_file"] = observetest.Write(b, dir, "broker-password", RabbitPassword)
		}
		c["intake"] = []any{entry}
	}
	return observetest.Write(b, dir, "cleaner.yaml", c)
}

// address is where the serve of a configuration listens.
func address(b *testing.B, conf string) string {
	b.Helper()
	text, err := os.ReadFile(conf)
	var c struct {
		Listen struct {
			Address string `json:"address"`
		} `json:"listen"`
	}
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil {
		b.Fatal(err)
	}
	return c.Listen.Address
}

func fillRedis(b *testing.B, ids []string) map[string]any {
	r := StartRedis(b, "port PORT", "appendfsync no")
	client := redis.NewClient(&redis.Options{Addr: r.Address, Protocol: 2, DisableIdentity: true})
	b.Cleanup(func() { _ = client.Close() })
	for len(ids) > 0 {
		n := min(len(ids), 1000)
		pipe := client.Pipeline()
		for _, id := range ids[:n] {
			pipe.XAdd(b.Context(), &redis.XAddArgs{Stream: "orders", Values: []string{"task_id", id}})
		}
		if _, err := pipe.Exec(b.Context()); err != nil {
			b.Fatal(err)
		}
		ids = ids[n:]
	}
	return map[string]any{"url": "redis://" + r.Address, "stream": "orders"}
}

func fillRabbitMQ(b *testing.B, ids []string) map[string]any {
	r := StartRabbitMQ(b)
	r.Declare("orders", "quorum")
	ch := r.Channel()
	if err := ch.Confirm(false); err != nil {
		b.Fatal(err)
	}
	var last *amqp.DeferredConfirmation
	for i, id := range ids {
		c, err := ch.PublishWithDeferredConfirmWithContext(b.Context(), "", "orders", true, false, amqp.Publishing{Body: []byte(id), DeliveryMode: amqp.Persistent})
		if err != nil {
			b.Fatal(err)
		}
		if last = c; i%1000 == 999 {
			if ok, err := last.WaitContext(b.Context()); err != nil || !ok {
				b.Fatal(ok, err)
			}
		}
	}
	return map[string]any{"url": "amqp://" + r.Address, "queue": "orders", "user": RabbitUser}
}

func fillKafka(b *testing.B, ids []string) map[string]any {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, "orders"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(c.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...), kgo.DefaultProduceTopic("orders"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(client.Close)
	records := make([]*kgo.Record, len(ids))
	for i, id := range ids {
		records[i] = kgo.StringRecord(id)
	}
	if err := client.ProduceSync(b.Context(), records...).FirstErr(); err != nil {
		b.Fatal(err)
	}
	return map[string]any{"url": "kafka://" + c.ListenAddrs()[0], "topic": "orders"}
}
