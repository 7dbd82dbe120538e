#!/usr/bin/env bash
# The service cannot be reached, so that the pass goes on for as long as the test wants.
# A list that takes the name of one that is loaded, during that pass, is not lost.
mkdir spool
cat >>cleaner.yaml <<END
schedule: [{cron: "0 0 1 7 *"}]
inputs: {spool: $PWD/spool}
listen: {socket: $PWD/socket}
END
cleaner serve --config cleaner.yaml 2>serve.log &
serve=$!
trap 'kill -KILL "$serve" 2>/dev/null || true; cat serve.log' EXIT
until_true() { for _ in $(seq 200); do if "$@"; then return; fi; sleep 0.1; done; echo "never: $*"; exit 1; }
until_true test -S socket

name=ids.report.json # as a note is called
long=$(printf 'n%.0s' $(seq 251)).txt
echo '["3fa85f6457174562b3fc2c963f66afa6"]' >.first
echo 00123456789012345678901234567890 >.long
echo 7c9e6679742540de944be07fc1f90ae7 >spool/copying.txt.part
mv .first "spool/$name"
mv .long "spool/$long"
cleaner trigger --config cleaner.yaml
until_true test -e "spool/done/$name.1"
until_true test ! -e "spool/$long"
test "$(find spool/done -name 'nnn*.txt' | wc -l)" = 1

echo '["7c9e6679742540de944be07fc1f90ae7"]' >.second
mv .second "spool/$name"
kill -TERM "$serve"
timeout 30 tail --pid="$serve" -f /dev/null
wait "$serve" || true
grep -q 7c9e6679742540de944be07fc1f90ae7 "spool/$name"
test "$(find spool/done -type f | wc -l)" = 4 # two files, and the report beside each
test -e spool/copying.txt.part
grep -qF 'left in the spool: its name says that somebody is writing it' serve.log
trap - EXIT
