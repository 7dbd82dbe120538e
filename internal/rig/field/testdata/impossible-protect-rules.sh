#!/usr/bin/env bash
# A rule that can match no task ID is refused, with the file, its line, and what does not
# show.
id=3fa85f6457174562b3fc2c963f66afa6
echo "$id" >ids.txt
echo "safety: {protect_file: protect.txt}" >>cleaner.yaml
n=0
while read -r rule; do
	printf '%s\n' 7c9e6679742540de944be07fc1f90ae7 "$(printf '%b' "$rule")" >protect.txt
	sleep 0.3 # a list that was just written is waited for
	code=0
	cleaner check --config cleaner.yaml >said 2>&1 || code=$?
	cat said
	test "$code" = 2
	grep -F 'protect.txt' said
	grep -F 'line 2: ' said
	n=$((n + 1))
done <<-END
	$id,
	"$id"
	https://host/v2/tasks/$id
	\\u200b$id
	$id\\u00ad
	glob:3fa8*,
	glob:"3fa8*"
	glob:*/3fa8*
	glob:3fa8*\\u200b
	re:"3fa8.*"
	re:.*/3fa8.*
	re:3fa8.*\\u200b
END
test "$n" = 12
code=0
cleaner run --config cleaner.yaml --dry-run --ids ids.txt >said 2>&1 || code=$?
test "$code" = 5
grep -F '\u200b' said
