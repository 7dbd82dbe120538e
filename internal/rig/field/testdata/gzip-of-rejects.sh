#!/usr/bin/env bash
# Some kilobytes of gzip that come to 144 MB of lines without an ID: reading ends early,
# and what is kept of it is small.
(yes 'no task ID' || true) | head -c 144000000 | gzip >bomb.gz
code=0
cleaner load --config cleaner.yaml bomb.gz 2>stderr || code=$?
test "$code" = 2
grep -F '1000 of the first 1000 lines name no valid task ID' stderr
test "$(stat -c %s queue.db.rejects.jsonl)" -lt 1000000

# One of blank lines is bounded too.
(head -c 1100000000 /dev/zero || true) | tr '\0' '\n' | gzip -1 >blank.gz
code=0
cleaner load --config cleaner.yaml blank.gz 2>stderr || code=$?
test "$code" = 2
grep -F 'more than 1024 MiB when it is decompressed' stderr
