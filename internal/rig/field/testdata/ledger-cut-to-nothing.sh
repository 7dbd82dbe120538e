#!/usr/bin/env bash
# A ledger that was cut to nothing is no new ledger: every command refuses it, and none
# changes it.
echo 3fa85f6457174562b3fc2c963f66afa6 >ids.txt
cleaner load --config cleaner.yaml ids.txt
cp queue.db backup.db
: >queue.db
for command in run "load ids.txt" status "dead list" "run --dry-run"; do
	code=0
	# shellcheck disable=SC2086 # a command and what it is given
	timeout 20 cleaner $command --config cleaner.yaml >said 2>&1 || code=$?
	test "$code" = 1 || { cat said; exit 1; }
	grep -F 'the file is empty' said
	grep -F "restore the ledger's backup" said
	test ! -s queue.db
done
for command in check serve; do
	code=0
	timeout 20 cleaner "$command" --config cleaner.yaml >said 2>&1 || code=$?
	test "$code" = 2 || { cat said; exit 1; }
	grep -F 'the file is empty' said
done
cp backup.db queue.db
cleaner status --config cleaner.yaml | grep -E 'pending +1 '
