#!/usr/bin/env bash
# Nobody ever writes to the pipe; one SIGTERM ends the run, with exit code 8.
mkfifo pipe
cleaner run --config cleaner.yaml --dry-run --ids pipe &
run=$!
sleep 1
kill -TERM "$run"
code=0
timeout 20 tail --pid="$run" -f /dev/null
wait "$run" || code=$?
test "$code" = 8

# With a writer it is read to its end.
printf '%s\n' 3fa85f6457174562b3fc2c963f66afa6 >pipe &
cleaner load --config cleaner.yaml pipe | grep -F '1 new, 0 duplicates, 0 rejected'
