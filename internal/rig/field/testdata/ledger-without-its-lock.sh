#!/usr/bin/env bash
# Without its lock file a ledger can be opened by a second process. The first one sees that
# and ends; no ID is sent by both.
cleaner sim --listen 127.0.0.1:0 --require-auth=false >sim.out &
sim=$!
trap 'kill "$sim"; wait "$sim" || true' EXIT
until grep -q on sim.out; do sleep 0.05; done
sed -i "s|http://127.0.0.1:9|$(sed "s/.* on //" sim.out)|" cleaner.yaml
truth() { curl -s "$(sed "s/.* on //" sim.out)/sim/truth" | grep -o "\"effects\": *[0-9]*" | grep -o "[0-9]*$"; }
printf "limits: {rate: 20, burst: 1, workers: 2}\nsafety: {canary: 0}\n" >>cleaner.yaml
seq 1 400 | xargs printf "%032x\n" >ids.txt
cleaner run --config cleaner.yaml --ids ids.txt >first 2>&1 &
run=$!
until test "$(truth)" -ge 5; do sleep 0.02; done
rm queue.db.lock
sed 's/rate: 20/rate: 2000/' cleaner.yaml >second.yaml
code=0
wait "$run" || code=$?
cat first
test "$code" = 1
grep -F 'its lock' first
cleaner run --config second.yaml
cleaner status --config cleaner.yaml | grep -E 'pending +0 '
test "$(truth)" = 400
