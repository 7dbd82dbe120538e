package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBroker(t *testing.T) {
	for text, want := range map[string]Broker{
		"redis://h":                  {Kind: Redis, Addresses: []string{"h:6379"}},
		"redis://h:1/2":              {Kind: Redis, Addresses: []string{"h:1"}, Database: 2},
		"rediss://[::1]:6380/0":      {Kind: Redis, Addresses: []string{"[::1]:6380"}, TLS: true},
		"amqp://h":                   {Kind: RabbitMQ, Addresses: []string{"h:5672"}},
		"amqps://h/a%2Fb":            {Kind: RabbitMQ, Addresses: []string{"h:5671"}, TLS: true, VHost: "a/b"},
		"kafka://a,b:1,c.example.io": {Kind: Kafka, Addresses: []string{"a:9092", "b:1", "c.example.io:9092"}},
		"kafkas://a":                 {Kind: Kafka, Addresses: []string{"a:9093"}, TLS: true},
	} {
		got, err := Intake{URL: text}.Broker()
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", text, err, diff)
		}
	}
	for _, text := range []string{
		"", "h:6379", "http://h", "redis://", "redis://u:hunter2@h", "redis://h/hunter2", "redis://a,b", "amqp://h/%zz", "kafka://a,,b", "kafka://a/hunter2",
		"redis://h?password=hunter2", "redis://h:hunter2",
	} {
		if _, err := (Intake{URL: text}).Broker(); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// Each fault of an entry is reported at its key.
func TestIntakeRules(t *testing.T) {
	const good = "redis://h\n    stream: s"
	for _, row := range []struct{ name, entry, path, says string }{
		{"no name", "url: " + good, "intake[0].name", "lower case"},
		{"a name that no batch may have", "name: A b\n    url: " + good, "intake[0].name", "lower case"},
		{"a name twice", "name: a\n    url: " + good + "\n  - name: a\n    url: " + good, "intake[1].name", "another entry"},
		{"no url", "name: a\n    stream: s", "intake[0].url", "redis://"},
		{"no stream", "name: a\n    url: redis://h", "intake[0].stream", "missing"},
		{"a queue of Redis", "name: a\n    queue: q\n    url: " + good, "intake[0].queue", "set stream"},
		{"a group of RabbitMQ", "name: a\n    url: amqp://h\n    queue: q\n    user: u\n    password_file: f\n    group: g", "intake[0].group", "RabbitMQ"},
		{"no user of RabbitMQ", "name: a\n    url: amqp://h\n    queue: q", "intake[0].user", "missing"},
		{"no password", "name: a\n    user: u\n    url: " + good, "intake[0].password_file", "missing"},
		{"authorities of nobody", "name: a\n    ca_file: f\n    url: " + good, "intake[0].ca_file", "not encrypted"},
		{"more than a pass may delete", "name: a\n    max_pending: 10001\n    url: " + good, "intake[0].max_pending", "10000"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := Layers{Name: "f", Data: []byte("intake:\n  - " + row.entry + "\n")}.ParseLocal()
			if err == nil || !strings.Contains(err.Error(), row.path+": ") || !strings.Contains(err.Error(), row.says) || strings.Count(err.Error(), "\n") != 1 {
				t.Errorf("%v", err)
			}
		})
	}
	c, err := Layers{Name: "f", Data: []byte("intake:\n  - name: a\n    url: " + good + "\n")}.ParseLocal()
	if err != nil || c.Intake[0].MostPending(c.Safety) != 5000 || c.Intake[0].ConsumerGroup() != "cleaner" {
		t.Errorf("%+v, %v", c, err)
	}
	c.Safety.RefuseAbove = 0
	if c.Intake[0].MostPending(c.Safety) != withoutCap || (Intake{MaxPending: 7}).MostPending(c.Safety) != 7 {
		t.Error(c.Intake[0].MostPending(c.Safety))
	}
}
