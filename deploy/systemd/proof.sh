#!/usr/bin/env bash
# What the units promise, step by step; prove runs it in a container of its own.
set -uo pipefail
cd "$(dirname "$0")" || exit 1
# shellcheck source=../../.ci/steps.sh
. ./steps.sh

details() {
	systemctl status --no-pager --full cleaner.service cleaner-run.service
	journalctl --no-pager -n 60 _UID="$(id -u cleaner)"
}
as_cleaner() { runuser -u cleaner -- cleaner "$@" --config /etc/cleaner/cleaner.yaml; }
property() { systemctl show --value -p "$1" "${2:-cleaner.service}"; }
is() { # PROPERTY VALUE [UNIT]
	local got
	got=$(property "$1" "${3:-cleaner.service}")
	[ "$got" = "$2" ] || { echo "$1=$got" && return 1; }
}
told() { journalctl --no-pager -q -b _PID=1 | grep -F cleaner.service | grep -F 'Got notification message' | grep -qF "$1"; }
journal() { journalctl --no-pager -q -b -u "${2:-cleaner.service}" | grep -qF "$1"; }
ledger() { as_cleaner status | grep -E "^$1 +$2"; }
truth() { fetch 127.0.0.1 8080 /sim/truth | grep -qE "\"$1\":$2"; }
load() { # FROM TO: puts the IDs of these numbers into the queue
	seq "$1" "$2" | awk '{ printf "%032x\n", $1 }' | as_cleaner load -
}
configure() { # RESULTS RATE
	sed -e 's|region: ""|region: cn-north-4\n  endpoint: http://127.0.0.1:8080\n  iam_endpoint: http://127.0.0.1:8080|' \
		-e 's|domain: ""|domain: account|' -e 's|user: ""|user: operator|' \
		-e "s|results: .*|results: $1|" deploy/systemd/cleaner.yaml >/etc/cleaner/cleaner.yaml
	printf 'limits: {workers: 4, rate: %s, burst: 10, request_timeout: 500ms}\n' "$2" >>/etc/cleaner/cleaner.yaml
}
drop_in() { mkdir -p /etc/systemd/system/cleaner.service.d && cat >/etc/systemd/system/cleaner.service.d/proof.conf && systemctl daemon-reload; }
cap() { grep -q "^$1:[[:space:]]*$2\$" "/proc/$(property MainPID)/status"; }

readme() { # the first block of commands below the line with this text
	awk -v from="$1" '/^```/ && on { if (any) exit; any = 1; next } any; index($0, from) { on = 1 }' /prove/deploy/systemd/README.md
}

step 'the README has the commands' test "$(readme 'or by hand' | wc -l)" -ge 8
step 'the files are installed as it says' bash -e <(readme 'or by hand')
step 'nothing about them is to be remarked' verified /etc/systemd/system/cleaner{,-run}.service /etc/systemd/system/cleaner-run.timer
for unit in cleaner cleaner-run; do
	step "$unit is exposed by 1.2 at most" systemd-analyze security --offline=true --threshold=12 "/etc/systemd/system/$unit.service"
done
step 'only root may write the configuration, and only cleaner read it' says '640 root cleaner' stat -c '%a %U %G' /etc/cleaner/cleaner.yaml

step 'a daemon that is not configured does not start' refused systemctl start cleaner.service
step 'it says what is missing' within 5 journal 'service.region: is missing'
step 'it is not started again' is NRestarts 0
step 'its exit code is that of configuration' is ExecMainStatus 2

configure /var/lib/cleaner/results.jsonl 5
step 'the simulated service starts' systemd-run --quiet --unit=sim --setenv=CLEANER_PASSWORD=a-password /usr/bin/cleaner sim
step 'it answers' within 5 fetch 127.0.0.1 8080 /sim/truth
step 'without its password the daemon does not start either' refused systemctl start cleaner.service
step 'it names the credential' within 5 journal 'no credential cleaner.password'
start() { bash -e <(readme 'Then fill in') <<<a-password; }
step 'with it the daemon starts, as the README says' start
step 'it has said that it is ready' within 5 told READY=1
checked() { bash -e <(readme 'To check the configuration as the units'); }
step 'the configuration is checked as the README says' says 'is valid' checked
mv /etc/credstore/cleaner.password /root
step 'without its password it is refused' refused checked
mv /root/cleaner.password /etc/credstore
step 'it says what it waits for' within 5 says 'The next pass begins at' property StatusText
step 'it runs as its own user' says cleaner stat -c %U "/proc/$(property MainPID)"
step 'it has no capabilities' cap CapEff 0000000000000000
step 'it can gain no privileges' cap NoNewPrivs 1
step 'its system calls are filtered' cap Seccomp 2
step 'it serves its metrics' says 'process_start_time_seconds' fetch 127.0.0.1 9464 /metrics

step 'a ledger that root loads into stays its user'"'"'s' bash -c 'printf "%032x\n" 1 | cleaner load --config /etc/cleaner/cleaner.yaml -'
strays() { find /var/lib/cleaner ! -user cleaner | grep .; }
step 'with all that is beside it' refused strays
step 'IDs are loaded beside it' load 1 300
step 'a pass is asked for' as_cleaner trigger
step 'it deletes, logged in with the credential' within 10 truth effects '[1-9]'
configure /var/lib/cleaner/results.jsonl 100000
step 'it reloads' systemctl reload cleaner.service
step 'it has said so' within 5 told RELOADING=1
step 'the new rate holds for the pass under way' within 20 ledger deleted 300
step 'the service has deleted as many' truth effects 300,
step 'it is still the same process' is NRestarts 0

# The results go to somebody who does not read: the pass gets stuck, the process
# lives.
mkfifo -m 600 /var/lib/cleaner/results
chown cleaner: /var/lib/cleaner/results
configure /var/lib/cleaner/results 100000
drop_in <<<$'[Service]\nWatchdogSec=2s\nRestartSec=1s'
systemctl restart cleaner.service
bash -c 'exec sleep infinity' </var/lib/cleaner/results &
reader=$!
step 'more IDs are loaded' load 301 2300
step 'another pass is asked for' as_cleaner trigger
step 'the watchdog was fed' within 5 told WATCHDOG=1
step 'the watchdog ends the process, whose work is wedged' within 30 journal 'Watchdog timeout'
step 'where it was stuck is in the journal' within 5 journal 'report.(*Results).Write'
# One reader for all that follows: opened for writing too, it sees no end between one
# writer and the next.
cat <>/var/lib/cleaner/results >/var/lib/cleaner/results.jsonl.2 &
kill "$reader"
step 'systemd starts it again' within 10 is NRestarts 1
step 'it is at work again' within 10 is SubState running
step 'it serves again' within 10 as_cleaner trigger
step 'it goes on from the ledger to the end' within 20 ledger pending '0 '
step 'everything was deleted' truth effects 2300,
step 'nothing was given up' ledger dead 0
# What was under way at the death may be gone by the second request: 4 workers.
step 'what is not known to be deleted is not more than was under way' ledger gone '[0-4]$'

configure /var/lib/cleaner/results.jsonl 5
encrypt() { bash -e <(readme 'To keep a secret encrypted') <<<a-password; }
step 'the password is encrypted' encrypt
mv /etc/credstore/cleaner.password /root
drop_in <<<$'[Service]\nLoadCredentialEncrypted=cleaner.password'
step 'the daemon starts with it' systemctl restart cleaner.service
step 'a last pass begins' load 2301 2400
as_cleaner trigger >/dev/null
step 'it is under way' within 10 says 'at work    pid' as_cleaner status
step 'it deletes, logged in with it' within 10 ledger pending '[1-9][0-9] '
step 'it stops in its midst' systemctl stop cleaner.service
step 'it has said so' told STOPPING=1
step 'and how long that may take' told EXTEND_TIMEOUT_USEC=90000000
step 'it ended well' is Result success
step 'with exit code 0' is ExecMainStatus 0
step 'what it had no time for is pending' ledger pending '[1-9]'

mv /root/cleaner.password /etc/credstore
drop_in </dev/null
configure /var/lib/cleaner/results.jsonl 100000
step 'cleaner-run makes a pass by itself' systemctl start cleaner-run.service
step 'it ended well' is Result success cleaner-run.service
step 'nothing is left' ledger pending '0 '
step 'so says the service' truth effects 2400,
systemctl start cleaner.service
step 'the timer starts' systemctl start cleaner-run.timer
step 'the daemon yields to it' within 10 is ActiveState inactive
step 'the next pass has its time' refused is NextElapseUSecRealtime '' cleaner-run.timer
systemctl start cleaner.service
step 'the timer yields to the daemon' within 10 is ActiveState inactive cleaner-run.timer
cd /root || exit 1
seq 2401 2500 | awk '{ printf "%032x\n", $1 }' >tasks.txt
step 'what the README says to type works' bash -e <(readme 'Commands run as the user')
step 'no task is left' truth effects 2500,
step 'the results are whole' says whole runuser -u cleaner -- cleaner audit verify /var/lib/cleaner/results.jsonl

# Answers that take five seconds, and one second to stop: what cleaner asks for counts.
older() { bash -e <(readme '### Before systemd 251'); }
slow() {
	systemctl stop sim.service
	systemd-run --quiet --unit=sim --setenv=CLEANER_PASSWORD=a-password /usr/bin/cleaner sim --latency 5s
	within 10 truth effects 0
}
stops() { # UNIT: while the service takes its time for a DELETE
	within 40 truth effects '[1-9]' && systemctl stop "$1" && is Result success "$1"
}
sed -i 's/request_timeout: 500ms/request_timeout: 20s/' /etc/cleaner/cleaner.yaml
drop_in <<<$'[Service]\nTimeoutStopSec=1s'
mkdir -p /etc/systemd/system/cleaner-run.service.d
cp /etc/systemd/system/cleaner.service.d/proof.conf /etc/systemd/system/cleaner-run.service.d
step 'credentials are named by their paths' older
step 'the service becomes slow' slow
step 'IDs are loaded again' load 3001 3100
step 'the daemon starts with them' systemctl restart cleaner.service
step 'a slow pass begins' as_cleaner trigger
step 'the daemon is not killed while a request takes longer than TimeoutStopSec' stops cleaner.service
step 'the service forgets what it counted' slow
systemctl start --no-block cleaner-run.service
step 'nor is a pass by itself' stops cleaner-run.service
step 'no secret is in the journal' refused journal a-password
echo "the units do all of it"
