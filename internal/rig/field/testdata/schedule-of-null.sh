#!/usr/bin/env bash
# A file of ticks that says null is one without ticks.
echo 'schedule: [{cron: "@every 1h"}]' >>cleaner.yaml
printf 'listen: {socket: %s/control}\n' "$PWD" >>cleaner.yaml
echo null >queue.db.schedule.json
cleaner serve --config cleaner.yaml 2>said &
serve=$!
until grep -qF '"serving"' said; do sleep 0.05; done
cleaner trigger --config cleaner.yaml
until grep -qF '0 task IDs: ' said; do sleep 0.05; done
kill "$serve"
wait "$serve"
grep -F 'last success' queue.db.schedule.json
