package prometheus_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"cleaner/internal/rig/brokertest"
	"cleaner/internal/rig/observetest"
	"cleaner/internal/sim"
)

// speed is how many times faster than shipped the rules run in this test.
const speed = 120

// hasten rewrites the rules: every duration in them, and the fallback of a day in
// seconds, is divided by speed. Nothing else changes.
func hasten(rules string) string {
	var lines []string
	for line := range strings.Lines(rules) {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			line = regexp.MustCompile(`(\[|for: |offset )(\d+)([mhd])\b`).ReplaceAllStringFunc(line, func(s string) string {
				m := regexp.MustCompile(`^(.*?)(\d+)([mhd])$`).FindStringSubmatch(s)
				n, err := strconv.Atoi(m[2])
				if err != nil {
					panic(err) // it is digits
				}
				unit := map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[m[3]]
				return fmt.Sprintf("%s%dms", m[1], (time.Duration(n) * unit / speed).Milliseconds())
			})
			line = strings.ReplaceAll(line, "86400", strconv.Itoa(86400/speed))
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "")
}

// received is an alert as a webhook gets it.
type received struct {
	Status              string
	Labels, Annotations map[string]string
}

// receiver is a webhook that remembers what it got, by instance and alert.
type receiver struct {
	mu    sync.Mutex
	got   map[string]received
	twice []string // those that came with other labels before: two alerts of one trouble
}

// ServeHTTP implements http.Handler.
func (r *receiver) ServeHTTP(_ http.ResponseWriter, req *http.Request) {
	var message struct{ Alerts []received }
	if json.NewDecoder(req.Body).Decode(&message) != nil {
		return // what is no message is no alert either, and will be missed
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range message.Alerts {
		if a.Status != "firing" {
			continue
		}
		key := a.Labels["instance"] + " " + a.Labels["alertname"]
		if was, came := r.got[key]; came && !maps.Equal(was.Labels, a.Labels) {
			r.twice = append(r.twice, fmt.Sprintf("%s: %v and %v", key, was.Labels, a.Labels))
		}
		r.got[key] = a
	}
}

// names returns what was got from an instance, sorted.
func (r *receiver) names(instance string) (alerts []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for key := range r.got {
		if from, name, _ := strings.Cut(key, " "); from == instance {
			alerts = append(alerts, name)
		}
	}
	slices.Sort(alerts)
	return alerts
}

// scenario is a daemon in some trouble, and the alerts that it leads to: no more and
// no fewer, but for those that another hour would bring.
type scenario struct {
	instance string
	service  sim.Options
	config   map[string]any
	before   func(*testing.T, *observetest.Stage) // before it starts
	then     func(*testing.T, *observetest.Stage) // once it was scraped
	want     []string
	may      []string
}

func scenarios(t *testing.T) []scenario {
	spool := func(n int) func(*testing.T, *observetest.Stage) {
		return func(t *testing.T, st *observetest.Stage) { st.Spool(t, n) }
	}
	wrong := func(t *testing.T, st *observetest.Stage) {
		st.Spool(t, 5)
		observetest.Write(t, st.Dir, "password", "wrong")
	}
	redis := brokertest.StartRedis(t)
	return []scenario{
		{instance: "well", then: spool(50)},
		{
			instance: "cap", config: map[string]any{"safety": map[string]any{"refuse_above": 3}}, before: spool(20),
			want: []string{"CleanerCapHit", "CleanerNoSuccess"},
		},
		{instance: "auth", before: wrong, want: []string{"CleanerAuthFailing"}, may: []string{"CleanerNoSuccess"}},
		{
			instance: "outage", service: sim.Options{Faults: []sim.Fault{fault(t, "reset")}}, before: spool(20),
			want: []string{"CleanerBacklogNotFalling", "CleanerBreakerOpen"}, may: []string{"CleanerNoSuccess"},
		},
		{
			instance: "unverified", service: sim.Options{LooksDenied: true}, before: spool(20),
			want: []string{"CleanerUnverified"},
		},
		{
			instance: "dead", service: sim.Options{Faults: []sim.Fault{fault(t, "parameters-200:0.05")}}, then: spool(400),
			want: []string{"CleanerDeadLettersGrowing"},
		},
		{instance: "away", config: queue("127.0.0.1:1"), want: []string{"CleanerIntakeAway"}},
		{
			instance: "rejected", config: queue(redis.Address),
			then: func(*testing.T, *observetest.Stage) { redis.Add("orders", "task_id", "no.ID") }, want: []string{"CleanerMessagesRejected"},
		},
	}
}

// queue is the configuration of a daemon that receives from a Redis.
func queue(address string) map[string]any {
	return map[string]any{"intake": []map[string]any{{"name": "orders", "url": "redis://" + address + "/0", "stream": "orders"}}}
}

func fault(t *testing.T, text string) sim.Fault {
	t.Helper()
	f, err := sim.ParseFault(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestAlertsArrive has the shipped rules, hastened, watched over daemons in trouble,
// and wants every alert at the receiver of an Alertmanager, with its runbook.
func TestAlertsArrive(t *testing.T) {
	binary := observetest.Build(t)
	rules, err := os.ReadFile("cleaner.rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	hook := &receiver{got: map[string]received{}}
	web := httptest.NewServer(hook)
	defer web.Close()
	var targets []observetest.Target
	all, stages := scenarios(t), map[string]*observetest.Stage{}
	for _, s := range all {
		st := observetest.NewStage(t, s.service, s.config)
		if s.before != nil {
			s.before(t, st)
		}
		st.Serve(t, binary)
		stages[s.instance] = st
		targets = append(targets, observetest.Target{Address: st.Address, Labels: map[string]string{"job": "cleaner", "instance": s.instance}})
	}
	gateway := observetest.StartPushgateway(t)
	targets = append(targets, observetest.Target{Address: gateway, Honor: true})
	nightly(t, binary, gateway)
	p := observetest.StartPrometheus(t, observetest.Write(t, t.TempDir(), "rules.yml", hasten(string(rules))),
		observetest.StartAlertmanager(t, web.URL), targets...)

	t.Run("fire", func(t *testing.T) {
		for _, s := range append(all, scenario{instance: "nightly", want: []string{"CleanerCapHit"}}) {
			t.Run(s.instance, func(t *testing.T) {
				t.Parallel()
				if s.then != nil {
					observetest.Until(t, "a scrape", func() bool {
						return len(p.Query(t, `cleaner_dead_letters{instance="`+s.instance+`"} == 0`)) > 0
					})
					s.then(t, stages[s.instance])
				}
				observetest.UntilIn(t, 90*time.Second, fmt.Sprint("alerts ", s.want), func() bool {
					got := hook.names(s.instance)
					return !slices.ContainsFunc(s.want, func(name string) bool { return !slices.Contains(got, name) })
				})
			})
		}
	})
	hook.check(t, all)
}

// nightly makes a pass as a CronJob does, which leaves its metrics at a Pushgateway.
func nightly(t *testing.T, binary, gateway string) {
	st := observetest.NewStage(t, sim.Options{}, map[string]any{
		"safety": map[string]any{"refuse_above": 3}, "metrics": map[string]any{"pushgateway": "http://" + gateway, "grouping": []string{"instance=nightly"}},
	})
	out, err := exec.CommandContext(t.Context(), binary, "run", "--config", st.ConfigFile(t), "--ids", st.IDs(t, 10)).CombinedOutput()
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 4 { //nolint:errorlint // Run wraps nothing
		t.Fatalf("a pass over its cap: %v\n%s", err, out)
	}
}

// check wants no alert from an instance that is not expected there, and a runbook
// with every one.
func (r *receiver) check(t *testing.T, all []scenario) {
	t.Helper()
	for _, s := range all {
		for _, name := range r.names(s.instance) {
			if !slices.Contains(s.want, name) && !slices.Contains(s.may, name) {
				t.Errorf("%s: %s has come unasked", s.instance, name)
			}
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, alerts := range r.twice {
		t.Errorf("fired twice: %s", alerts)
	}
	for key, a := range r.got {
		if _, err := os.Stat(filepath.Join("../..", a.Annotations["runbook_url"])); err != nil || a.Annotations["runbook_url"] == "" {
			t.Errorf("%s came without its runbook: %v %v", key, a.Annotations, err)
		}
		if a.Annotations["summary"] == "" || a.Annotations["description"] == "" || strings.Contains(a.Annotations["description"], "<no value>") {
			t.Errorf("%s says too little: %v", key, a.Annotations)
		}
	}
}
