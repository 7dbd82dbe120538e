#!/usr/bin/env bash
# A list whose writer pauses is not loaded in part: not by load, not by run, not from standard
# input, not from the spool. When it is whole, it is loaded.
mkdir spool
cat >>cleaner.yaml <<END
schedule: [{cron: "0 0 1 7 *"}]
inputs: {spool: $PWD/spool}
listen: {socket: $PWD/socket}
END
exec 3>slow.txt
echo 3fa85f6457174562b3fc2c963f66afa6 >&3
touch -d '1 hour ago' slow.txt
refused() {
	code=0
	cleaner "$@" --config cleaner.yaml <slow.txt 3>&- 2>said.log || code=$?
	test "$code" = 2
	grep -q 'a process has it open for writing' said.log
}
refused load slow.txt
refused load -
refused run --ids slow.txt --yes
refused run --ids slow.txt --dry-run
test -z "$(cleaner batches --config cleaner.yaml --json)"

ln slow.txt spool/slow.txt
cleaner serve --config cleaner.yaml 2>serve.log 3>&- &
serve=$!
trap 'kill -KILL "$serve" 2>/dev/null || true; cat serve.log' EXIT
until_true() { for _ in $(seq 200); do if "$@"; then return; fi; sleep 0.1; done; echo "never: $*"; exit 1; }
until_true test -S socket
cleaner trigger --config cleaner.yaml
until_true grep -q 'it is being written; it is left for the next pass' serve.log
test -e spool/slow.txt

echo 7c9e6679742540de944be07fc1f90ae7 >&3
exec 3>&-
until_true cleaner trigger --config cleaner.yaml # once the pass before is over
until_true test -e spool/done/slow.txt
kill -TERM "$serve"
timeout 30 tail --pid="$serve" -f /dev/null
wait "$serve" || true
cleaner batches --config cleaner.yaml --json | grep -q '"name":"slow.txt-'
test "$(cleaner batches --config cleaner.yaml --json | wc -l)" = 1
trap - EXIT
