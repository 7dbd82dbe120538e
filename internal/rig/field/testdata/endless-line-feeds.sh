#!/usr/bin/env bash
# Line feeds without end; one SIGTERM ends the load, and nothing of it is kept.
cleaner load --config cleaner.yaml - < <(yes '') &
load=$!
sleep 1
kill -TERM "$load"
code=0
timeout 20 tail --pid="$load" -f /dev/null
wait "$load" || code=$?
test "$code" = 8
cleaner status --config cleaner.yaml | grep -E '^loaded +0$'

# A device is read until it is no text.
code=0
cleaner load --config cleaner.yaml /dev/zero 2>stderr || code=$?
test "$code" = 2
grep -F 'NUL byte' stderr
