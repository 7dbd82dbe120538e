#!/usr/bin/env bash
# A ledger that is moved away while a pass works with it ends the pass: what was taken
# before is sent, and nothing else.
cleaner sim --listen 127.0.0.1:0 --require-auth=false >sim.out &
sim=$!
trap 'kill "$sim"; wait "$sim" || true' EXIT
until grep -q on sim.out; do sleep 0.05; done
sed -i "s|http://127.0.0.1:9|$(sed "s/.* on //" sim.out)|" cleaner.yaml
truth() { curl -s "$(sed "s/.* on //" sim.out)/sim/truth" | grep -o "\"effects\": *[0-9]*" | grep -o "[0-9]*$"; }
printf "limits: {rate: 20, burst: 1, workers: 2}\nsafety: {canary: 0}\n" >>cleaner.yaml
seq 1 400 | xargs printf "%032x\n" >ids.txt
cleaner run --config cleaner.yaml --ids ids.txt >said 2>&1 &
run=$!
until test "$(truth)" -ge 5; do sleep 0.02; done
mv queue.db elsewhere.db
before=$(truth)
code=0
wait "$run" || code=$?
cat said
test "$code" = 1
grep -F 'it was moved away' said
after=$(truth)
# As many IDs as are taken at once, at least 5, and those of both workers.
test "$((after - before))" -le 8
sleep 1
test "$(truth)" = "$after"
# Put back, it goes on, and sends nothing twice.
mv elsewhere.db queue.db
sed -i 's/rate: 20/rate: 2000/' cleaner.yaml
cleaner run --config cleaner.yaml
cleaner status --config cleaner.yaml | grep -E 'pending +0 '
test "$(truth)" = 400
