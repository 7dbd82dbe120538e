// Package config reads cleaner's one configuration file: strictly, so that a
// mistyped key is refused and not ignored, and wholly, so that every fault is
// reported at once. It holds no secret: secrets are named by file or taken from
// the environment by whoever uses them.
package config

import "time"

// Config is the whole configuration. Default returns its defaults; a key that
// the file leaves out keeps its default. configs/cleaner.example.yaml documents
// every key for operators, and a test keeps the two alike.
type Config struct {
	Service  Service   `yaml:"service"`
	Auth     Auth      `yaml:"auth"`
	Queue    Queue     `yaml:"queue"`
	Limits   Limits    `yaml:"limits"`
	Retry    Retry     `yaml:"retry"`
	Safety   Safety    `yaml:"safety"`
	Schedule []Tick    `yaml:"schedule"`
	Inputs   Inputs    `yaml:"inputs"`
	Intake   []Intake  `yaml:"intake"`
	Output   Output    `yaml:"output"`
	Listen   Listen    `yaml:"listen"`
	Metrics  Metrics   `yaml:"metrics"`
	Traces   Traces    `yaml:"traces"`
	Log      Log       `yaml:"log"`
	Verdicts []Verdict `yaml:"verdicts"`

	oldKeys []string // keys of the file that stand there under their old names
	strays  []string // sentences about variables that look like keys and are none
	from    origins
}

// Service says where CodeArts Check and IAM are.
type Service struct {
	// Region derives both endpoints, e.g. cn-north-4.
	Region string `yaml:"region"`
	// Endpoint and IAMEndpoint override what the region derives. https only, but
	// for loopback hosts.
	Endpoint    string `yaml:"endpoint"`
	IAMEndpoint string `yaml:"iam_endpoint"`
	// CAFile is a PEM file of certificate authorities to trust beside the system's.
	CAFile string `yaml:"ca_file"`
}

// Queue says where the ledger is.
type Queue struct {
	// URL is sqlite:PATH.
	URL string `yaml:"url"`
	// Remember is how long a settled ID is remembered since it was last named, so that
	// loading it again is a duplicate and not a second DELETE. Dead letters are kept
	// until dropped.
	Remember time.Duration `yaml:"remember"`
}

// Limits bound what cleaner asks of the service.
type Limits struct {
	// Workers is how many requests may be in flight, and connections open.
	Workers int `yaml:"workers"`
	// Rate is the most requests that leave in a second, retries included. How many do is
	// found out from what the service lets through.
	Rate float64 `yaml:"rate"`
	// Floor is the least; from Rate on the rate is fixed.
	Floor float64 `yaml:"floor"`
	// Leave is the share of the service's limit that is left to others.
	Leave float64 `yaml:"leave"`
	// Burst is how many may leave at once after a quiet time.
	Burst int `yaml:"burst"`
	// RequestTimeout bounds one request from connecting to the answer's last byte.
	RequestTimeout time.Duration `yaml:"request_timeout"`
	// Grace is how long requests under way may still take after a stop.
	Grace time.Duration `yaml:"grace"`
}

// Retry says when a task is tried again, and when it is given up.
type Retry struct {
	// Attempts is how many attempts one ID has before it becomes a dead letter.
	Attempts int `yaml:"attempts"`
	// Initial is the upper bound of the first wait; it doubles up to Max.
	Initial time.Duration `yaml:"initial"`
	Max     time.Duration `yaml:"max"`
	// Deadline is how long after its first attempt in a pass an ID is still
	// tried by it.
	Deadline time.Duration `yaml:"deadline"`
}

// Safety holds the belts.
type Safety struct {
	// RefuseAbove is the most IDs that one pass may set out to delete: above it
	// nothing at all is deleted. 0 is no cap.
	RefuseAbove int64 `yaml:"refuse_above"`
	// ProtectFile lists IDs that are never deleted; it is read again when it changes,
	// and refused when it holds no rule. Empty protects nothing.
	ProtectFile string `yaml:"protect_file"`
	// InvalidShare is the share of invalid lines above which an input is refused.
	InvalidShare float64 `yaml:"invalid_share"`
	// Sample is how many IDs a pass settles by requests before their shares count.
	Sample int64 `yaml:"sample"`
	// FailedShare is the share of dead letters above which the pass stops, and
	// NotFoundShare that of IDs that were not there at their first request. 1
	// never stops.
	FailedShare   float64 `yaml:"failed_share"`
	NotFoundShare float64 `yaml:"not_found_share"`
	// Canary is how many tasks a pass deletes and sees go before the others follow:
	// they teach how the service answers for tasks that are not there. 0 believes the
	// service, and looks at nothing.
	Canary int `yaml:"canary"`
	// Unverified is what to do when no look can tell whether deletions take effect:
	// allow goes on and says so, stop stops the pass.
	Unverified string `yaml:"unverified"`
	// Running is what to do about a task that is running: allow sends the DELETE, and
	// what the service refuses comes later; look-defer, skip and stop look at each
	// task first, and defer it, leave it to the next pass, or stop it.
	Running string `yaml:"running"`
}

// Tick is one schedule of the serve command: when passes begin.
type Tick struct {
	// Cron has five fields, or is a descriptor: @hourly, @daily, @every 15m.
	Cron string `yaml:"cron"`
	// Timezone is an IANA name; empty is UTC.
	Timezone string `yaml:"timezone"`
	// Overlap is what a tick does while a pass runs: skip, queue-one or replace;
	// empty is skip.
	Overlap string `yaml:"overlap"`
	// Missed is what becomes of ticks that nobody saw: once or none; empty is once.
	Missed string `yaml:"missed"`
	// Deadline is how late a pass may begin; 0 is no limit.
	Deadline time.Duration `yaml:"deadline"`
	// Jitter bounds how long after its time a tick is due, always the same for the
	// same host; 0 is none.
	Jitter time.Duration `yaml:"jitter"`
}

// Inputs say what a task ID of an input is, and what every pass of the serve command
// loads, beside the queue itself.
type Inputs struct {
	// IDPattern is the regular expression that an ID matches as a whole. IDs of 32
	// hexadecimal digits are put into lower case before.
	IDPattern string `yaml:"id_pattern"`
	// ExpectIDs refuses an input that holds no ID.
	ExpectIDs bool `yaml:"expect_ids"`
	// Files are loaded by every pass; what is known already counts as a duplicate.
	Files []string `yaml:"files"`
	// URLs are fetched and loaded by every pass.
	URLs []URL `yaml:"urls"`
	// Spool is a folder: each file that is renamed into it is loaded once, and then
	// moved to its folder done, or refused.
	Spool string `yaml:"spool"`
}

// Output is where a pass writes, unless flags say otherwise.
type Output struct {
	// Results gets a line for each settled ID, Report the report of the last pass.
	Results string `yaml:"results"`
	Report  string `yaml:"report"`
}

// Listen says where the serve command can be watched and steered.
type Listen struct {
	// Address is host and port; a loopback host, unless there is a WebConfigFile.
	Address string `yaml:"address"`
	// Socket is the path of a unix socket for control, for its owner alone.
	Socket string `yaml:"socket"`
	// WebConfigFile is a file of the Prometheus exporter toolkit (TLS, basic auth).
	WebConfigFile string `yaml:"web_config_file"`
	// TokenFile holds the token that control over Address asks for; empty takes the
	// credential cleaner.listen_token, and without one there is no control there.
	TokenFile string `yaml:"token_file"`
	// Pprof serves profiles under /debug/pprof.
	Pprof bool `yaml:"pprof"`
}

// Metrics says where the metrics of one pass go when nobody scrapes it.
type Metrics struct {
	// Pushgateway is the URL of a Prometheus Pushgateway.
	Pushgateway string `yaml:"pushgateway"`
	// Grouping are the labels of the group at the Pushgateway, each NAME=VALUE. Without
	// one called instance it is the host's name; "instance=" is none.
	Grouping []string `yaml:"grouping"`
	// Textfile is a file for the textfile collector of the node exporter.
	Textfile string `yaml:"textfile"`
}

// Traces says where spans of passes and requests go.
type Traces struct {
	// Endpoint is scheme and host of an OTLP receiver over HTTP; empty is none.
	Endpoint string `yaml:"endpoint"`
	// Share of the requests that get a span; those that fail for good all do.
	Share float64 `yaml:"share"`
}

// Log says what is logged, to standard error.
type Log struct {
	// Level is debug (a line for each settled ID), info, warn or error.
	Level string `yaml:"level"`
	// Format is json, console, or auto: console on a terminal, else json.
	Format string `yaml:"format"`
}

// Verdict is an operator's row of the verdict table, tried before the built-in
// ones. It cannot say "deleted": no configuration makes cleaner believe in a
// deletion.
type Verdict struct {
	Name string `yaml:"name"`
	// Status matches an HTTP status; 0 is any.
	Status int `yaml:"status"`
	// Code matches an error code up to a dot suffix; empty is any.
	Code string `yaml:"code"`
	// Verdict is gone, again, doubt, later, auth, never or halt.
	Verdict string `yaml:"verdict"`
	// Why explains the row to people.
	Why string `yaml:"why"`
}

// Default returns the configuration of an empty file. It lacks what has no
// sensible default: a region or endpoint, and credentials.
func Default() *Config {
	return &Config{
		Auth:   Auth{Patience: 15 * time.Minute},
		Queue:  Queue{URL: "sqlite:/var/lib/cleaner/queue.db", Remember: 30 * 24 * time.Hour},
		Limits: Limits{Workers: 16, Rate: 50, Floor: 0.1, Leave: 0.05, Burst: 1, RequestTimeout: 30 * time.Second, Grace: 30 * time.Second},
		Retry:  Retry{Attempts: 8, Initial: time.Second, Max: time.Minute, Deadline: time.Hour},
		Safety: Safety{
			RefuseAbove: 10_000, InvalidShare: 0.01,
			Sample: 100, FailedShare: 0.2, NotFoundShare: 0.5,
			Canary: 3, Unverified: "allow", Running: "allow",
		},
		Inputs: Inputs{IDPattern: "[0-9a-f]{32}"},
		Listen: Listen{Address: "127.0.0.1:9464"},
		Traces: Traces{Share: 0.01},
		Log:    Log{Level: "info", Format: "auto"},
	}
}
