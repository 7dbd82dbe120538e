package importtest

// The rules are data: a package is one line in each table, by its path from the root of
// the module, and a list is separated by spaces. A package that does not exist yet may
// have its lines already; they hold from the day it appears.

// rules are the tables together.
type rules struct {
	may   map[string]string
	only  map[string]string
	never map[string]string
}

// drawing is what holds in this tree.
var drawing = rules{may: may, only: only, never: never}

// may says which packages of ours each package may import. A package without a line is
// an error.
var may = map[string]string{
	// internal/rig/man is linked with the tag man alone, when packages are built.
	"cmd/cleaner": "internal/admin internal/assemble internal/checkup internal/config internal/exitcode internal/knowledge internal/ledger internal/metrics internal/outfile internal/pass internal/prompt internal/queue internal/report internal/rig/man internal/schedule internal/serve internal/signin internal/sim internal/source internal/status internal/terminal internal/trace internal/worker",

	"internal/admin":              "internal/exitcode internal/queue internal/regular internal/report internal/schedule internal/worker",
	"internal/answer":             "",
	"internal/api":                "internal/answer internal/connpool internal/httpanswer internal/secret",
	"internal/assemble":           "internal/admin internal/api internal/config internal/connpool internal/iam internal/intake internal/intake/kafka internal/intake/posted internal/intake/rabbitmq internal/intake/redisstream internal/ledger internal/metrics internal/outfile internal/pass internal/policy internal/protect internal/queue internal/schedule internal/secret internal/signin internal/source internal/source/remote internal/worker",
	"internal/checkup":            "internal/answer internal/assemble internal/config internal/connpool internal/pass internal/policy internal/queue internal/secret internal/signin internal/worker",
	"internal/config":             "",
	"internal/connpool":           "internal/answer internal/regular internal/secret",
	"internal/exitcode":           "",
	"internal/httpanswer":         "internal/answer internal/connpool internal/secret",
	"internal/iam":                "internal/answer internal/connpool internal/httpanswer internal/owner internal/secret",
	"internal/intake":             "internal/metrics internal/queue internal/source",
	"internal/intake/kafka":       "internal/intake internal/secret",
	"internal/intake/posted":      "internal/queue internal/source",
	"internal/intake/rabbitmq":    "internal/intake internal/secret",
	"internal/intake/redisstream": "internal/intake internal/secret",
	"internal/knowledge":          "internal/policy internal/queue internal/report",
	"internal/ledger":             "internal/owner internal/queue internal/queue/sqlite",
	"internal/metrics":            "internal/answer internal/exitcode internal/outfile internal/policy internal/queue internal/worker",
	"internal/outfile":            "internal/owner",
	"internal/owner":              "",
	"internal/pace":               "internal/policy",
	"internal/pass":               "internal/answer internal/knowledge internal/metrics internal/pace internal/policy internal/protect internal/queue internal/report internal/source internal/trace internal/worker",
	"internal/policy":             "internal/answer",
	"internal/prompt":             "internal/config",
	"internal/protect":            "internal/policy internal/regular",
	"internal/queue":              "",
	"internal/queue/queuetest":    "internal/queue",
	"internal/queue/sqlite":       "internal/owner internal/queue",
	"internal/quota":              "",
	"internal/report":             "internal/owner internal/queue internal/worker",
	"internal/schedule":           "",
	"internal/regular":            "",
	"internal/secret":             "internal/regular",
	"internal/serve":              "internal/admin internal/assemble internal/config internal/exitcode internal/intake internal/intake/posted internal/knowledge internal/ledger internal/metrics internal/outfile internal/owner internal/pass internal/policy internal/queue internal/report internal/schedule internal/signin internal/source internal/trace internal/worker",
	"internal/signin":             "internal/api internal/config internal/iam internal/knowledge internal/secret",
	"internal/sim":                "internal/quota",
	"internal/source":             "internal/outfile internal/owner internal/regular",
	"internal/source/remote":      "internal/secret internal/source",
	"internal/status":             "internal/assemble internal/config internal/knowledge internal/ledger internal/queue internal/report",
	"internal/terminal":           "internal/admin internal/pass internal/queue internal/secret internal/worker",
	"internal/trace":              "internal/answer internal/policy internal/report internal/worker",
	"internal/worker":             "internal/answer internal/policy internal/queue",

	// The rigs see the product from outside; only its tests may import them.
	"internal/rig/bench":        "internal/sim",
	"internal/rig/bench/peers":  "",
	"internal/rig/brokertest":   "internal/intake internal/rig/freeport",
	"internal/rig/browsertest":  "",
	"internal/rig/demo":         "internal/rig/freeport internal/sim",
	"internal/rig/doctest":      "",
	"internal/rig/fakekafka":    "",
	"internal/rig/field":        "",
	"internal/rig/figures":      "",
	"internal/rig/freeport":     "",
	"internal/rig/importtest":   "",
	"internal/rig/keystonetest": "",
	"internal/rig/man":          "internal/assemble internal/config internal/exitcode internal/signin",
	"internal/rig/observetest":  "internal/rig/freeport internal/sim",
	"internal/rig/pacing":       "internal/policy internal/quota internal/rig/freeport internal/sim",
	"internal/rig/peertest":     "internal/answer internal/rig/freeport",
	"internal/rig/torture":      "internal/sim",
}

// only says who alone may import a package, and what lies below it.
var only = map[string]string{
	"cleaner/internal/queue/sqlite":  "internal/ledger", // the contract is for everybody, an implementation is not
	"database/sql":                   "internal/queue/sqlite internal/rig/torture",
	"github.com/cpuguy83/go-md2man":  "internal/rig/man",
	"github.com/rabbitmq/amqp091-go": "internal/intake/rabbitmq internal/rig/brokertest",
	"github.com/redis/go-redis":      "internal/intake/redisstream internal/rig/demo",
	"github.com/twmb/franz-go":       "internal/intake/kafka internal/rig/fakekafka",
	"github.com/spf13/cobra":         "cmd/cleaner internal/prompt internal/rig/man", // flags, terminal and exit codes are the command's
	"github.com/spf13/cobra/doc":     "internal/rig/man",
	"github.com/spf13/pflag":         "cmd/cleaner internal/prompt internal/rig/man",
	"golang.org/x/term":              "internal/terminal",
	"modernc.org/sqlite":             "internal/queue/sqlite internal/rig/torture",
}

// never says what a package must not import, nor what lies below that, neither itself
// nor through others of ours.
var never = map[string]string{
	"internal/answer":       "net/http os database/sql",
	"internal/pace":         "net/http os",
	"internal/quota":        "context net/http os sync",
	"internal/policy":       "context net/http os sync golang.org/x/time", // it decides, and neither waits nor shares
	"internal/queue":        "net/http os",
	"internal/queue/sqlite": "net/http",
	"internal/worker":       "net/http os",
}
