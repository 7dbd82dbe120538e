#!/usr/bin/env bash
# A serve that could not open its ledger does not start.
echo 'schedule: [{cron: "0 2 1 1 *"}]' >>cleaner.yaml
printf 'listen: {socket: %s/control}\n' "$PWD" >>cleaner.yaml
echo 'this is a text, and no ledger' >queue.db
code=0
timeout 20 cleaner serve --config cleaner.yaml >said 2>&1 || code=$?
test "$code" = 1
grep -F 'serve does not start' said
if grep -F '"serving"' said; then exit 1; fi
rm queue.db
# One that there is not yet is made before anybody is told that serve is ready.
cleaner serve --config cleaner.yaml 2>said &
serve=$!
until grep -qF '"serving"' said; do sleep 0.05; done
test -s queue.db
cleaner status --config cleaner.yaml | grep -E 'pending +0 '
kill "$serve"
wait "$serve"
