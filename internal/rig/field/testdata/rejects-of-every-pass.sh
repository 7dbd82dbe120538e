#!/usr/bin/env bash
# A standing file that is refused again and again has its rejected lines kept once.
printf '%s\n' 'no ID' 'nor here' >standing.txt
printf '%s\n' 'another' >other.txt
for _ in 1 2 3; do
	code=0
	cleaner load --config cleaner.yaml standing.txt || code=$?
	test "$code" = 2
	cleaner load --config cleaner.yaml other.txt || true
done
test "$(wc -l <queue.db.rejects.jsonl)" = 3

# And none when it is mended.
echo 3fa85f6457174562b3fc2c963f66afa6 >standing.txt
cleaner load --config cleaner.yaml standing.txt
test "$(wc -l <queue.db.rejects.jsonl)" = 1
