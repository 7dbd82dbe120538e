#!/usr/bin/env bash
# A ledger with a second name, a hard link, is refused under both, by every command.
echo 3fa85f6457174562b3fc2c963f66afa6 >ids.txt
cleaner load --config cleaner.yaml ids.txt
ln queue.db copy.db
sed 's/queue.db/copy.db/' cleaner.yaml >copy.yaml
for config in cleaner.yaml copy.yaml; do
	for command in run "load ids.txt" status "dead list" "run --dry-run"; do
		code=0
		# shellcheck disable=SC2086 # a command and what it is given
		cleaner $command --config "$config" >said 2>&1 || code=$?
		test "$code" = 1 || { cat said; exit 1; }
		grep -F 'hard link' said
	done
	code=0
	cleaner check --config "$config" >said 2>&1 || code=$?
	test "$code" = 2
	grep -F 'hard link' said
done
rm copy.db
cleaner status --config cleaner.yaml | grep -E 'pending +1 '
