package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// Intake is one source of messages that name task IDs: a Redis stream, a RabbitMQ queue
// or a Kafka topic.
type Intake struct {
	// Name names the entry everywhere: in batches, metrics, rejects and the log.
	Name string `yaml:"name"`
	// URL is where the broker is, without user and password: redis://HOST:6379/0,
	// rediss://, amqp://HOST/VHOST, amqps://, kafka://HOST,HOST or kafkas://.
	URL string `yaml:"url"`
	// Stream is the key of a Redis stream, Queue a RabbitMQ queue, Topic a Kafka topic:
	// the one that the URL asks for.
	Stream string `yaml:"stream"`
	Queue  string `yaml:"queue"`
	Topic  string `yaml:"topic"`
	// Group is the consumer group of a stream or topic; empty is cleaner.
	Group string `yaml:"group"`
	// User and PasswordFile are whom to be.
	User         string `yaml:"user"`
	PasswordFile string `yaml:"password_file"`
	// CAFile is a PEM file of certificate authorities to trust beside the system's.
	CAFile string `yaml:"ca_file"`
	// MaxPending is how many IDs may be pending in the ledger before nothing more is
	// received; 0 is half of Safety.RefuseAbove.
	MaxPending int64 `yaml:"max_pending"`
}

// The kinds of brokers.
const (
	Redis    = "redis"
	RabbitMQ = "rabbitmq"
	Kafka    = "kafka"
)

// Broker is what the URL of an Intake says.
type Broker struct {
	// Kind is Redis, RabbitMQ or Kafka.
	Kind string
	// Addresses are hosts and ports; one, but for Kafka.
	Addresses []string
	// TLS says that the connection is encrypted.
	TLS bool
	// Database is the number of the database of a Redis, VHost the virtual host of a
	// RabbitMQ.
	Database int
	VHost    string
}

// schemes says what the scheme of a URL stands for.
var schemes = map[string]struct {
	kind, port string
	tls        bool
}{
	"redis": {Redis, "6379", false}, "rediss": {Redis, "6379", true},
	"amqp": {RabbitMQ, "5672", false}, "amqps": {RabbitMQ, "5671", true},
	"kafka": {Kafka, "9092", false}, "kafkas": {Kafka, "9093", true},
}

// Broker reads the URL. The error does not repeat it: it may hold a password in the
// wrong place.
func (i Intake) Broker() (b Broker, err error) {
	scheme, rest, found := strings.Cut(i.URL, "://")
	s, known := schemes[scheme]
	if !found || !known {
		return b, errors.New("must begin with redis://, rediss://, amqp://, amqps://, kafka:// or kafkas://")
	}
	if strings.ContainsAny(rest, "@?#") {
		return b, errors.New("must be scheme, host and path alone: user and password_file say whom to be")
	}
	b.Kind, b.TLS = s.kind, s.tls
	hosts, path, _ := strings.Cut(rest, "/")
	if b.Addresses, err = addresses(hosts, s.port); err != nil {
		return b, err
	}
	if len(b.Addresses) > 1 && b.Kind != Kafka {
		return b, errors.New("names several hosts, which only Kafka has")
	}
	switch {
	case path == "":
	case b.Kind == Redis:
		if b.Database, err = strconv.Atoi(path); err != nil || b.Database < 0 {
			return b, errors.New("must end in the number of a database, as in redis://HOST:6379/0")
		}
	case b.Kind == RabbitMQ:
		if b.VHost, err = url.PathUnescape(path); err != nil {
			return b, errors.New("has a virtual host that cannot be read: write its / as %2F")
		}
	default:
		return b, errors.New("must have no path: topic names the topic")
	}
	return b, nil
}

// addresses reads hosts that are separated by commas, each perhaps with a port.
func addresses(hosts, port string) (all []string, err error) {
	for host := range strings.SplitSeq(hosts, ",") {
		u, err := url.Parse("//" + host)
		if err != nil || u.Hostname() == "" {
			return nil, errors.New("names a host that cannot be read: write HOST or HOST:PORT")
		}
		if p := u.Port(); p != "" {
			all = append(all, net.JoinHostPort(u.Hostname(), p))
			continue
		}
		all = append(all, net.JoinHostPort(u.Hostname(), port))
	}
	return all, nil
}

// withoutCap is the default of max_pending where there is no cap: half of what one
// account may hold.
const withoutCap = 25_000

// MostPending is max_pending of an entry, or its default.
func (i Intake) MostPending(s Safety) int64 {
	switch {
	case i.MaxPending > 0:
		return i.MaxPending
	case s.RefuseAbove > 0:
		return max(1, s.RefuseAbove/2)
	}
	return withoutCap
}

// ConsumerGroup is the group of an entry, or its default.
func (i Intake) ConsumerGroup() string {
	if i.Group == "" {
		return "cleaner"
	}
	return i.Group
}

// intakeName is what an entry may be called: it becomes part of the names of batches.
var intakeName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)

// intakeRules check the entries of intake.
func intakeRules(c *Config, report func(string, error)) {
	seen := map[string]bool{}
	for n, i := range c.Intake {
		at := fmt.Sprintf("intake[%d].", n)
		switch {
		case !intakeName.MatchString(i.Name):
			report(at+"name", errors.New("must be of lower case letters, digits, - and _, at most 63"))
		case seen[i.Name]:
			report(at+"name", errors.New("is the name of another entry too"))
		}
		seen[i.Name] = true
		b, err := i.Broker()
		if err != nil {
			report(at+"url", err)
			continue
		}
		i.sourceRules(b, func(key string, err error) { report(at+key, err) })
		most := c.Safety.RefuseAbove
		if i.MaxPending < 0 || most > 0 && i.MaxPending > most {
			report(at+"max_pending", fmt.Errorf("must be from 1 to safety.refuse_above (%d), or 0 for half of that: above it a pass deletes nothing at all", most))
		}
	}
}

// sourceRules check that an entry names what its kind of broker has, and nothing else.
func (i Intake) sourceRules(b Broker, report func(string, error)) {
	wanted := map[string]string{Redis: "stream", RabbitMQ: "queue", Kafka: "topic"}[b.Kind]
	for key, value := range map[string]string{"stream": i.Stream, "queue": i.Queue, "topic": i.Topic} {
		if key == wanted {
			required(report, key, value)
		} else if value != "" {
			report(key, fmt.Errorf("is not for this url: set %s", wanted))
		}
	}
	if b.Kind == RabbitMQ && i.Group != "" {
		report("group", errors.New("is not for RabbitMQ, whose queue is the group"))
	}
	if i.User == "" && b.Kind == RabbitMQ {
		report("user", errors.New("is missing: RabbitMQ asks everybody for a user and a password"))
	}
	if i.User != "" && i.PasswordFile == "" {
		report("password_file", errors.New("is missing: name the file with the user's password"))
	}
	if i.CAFile != "" && !b.TLS {
		report("ca_file", errors.New("is for rediss://, amqps:// and kafkas:// alone: this connection is not encrypted"))
	}
}
