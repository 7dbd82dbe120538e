#!/usr/bin/env bash
# A rule for an ID that no input can bring is warned of, by check and by a run, and so is
# a pattern that holds none.
printf '%s\n' 3FA85F6457174562B3FC2C963F66AFA6 main-branch 'glob:x*' >protect.txt
echo 'safety: {protect_file: protect.txt}' >>cleaner.yaml
sleep 1 # a list that was just written is waited for
cleaner check --config cleaner.yaml | tee checked
test "$(grep -c 'protects no ID' checked)" = 2
grep -F 'the rule main-branch protects no ID' checked
grep -F 'the rule glob:x* protects no ID' checked
cleaner run --config cleaner.yaml --dry-run 2>&1 | grep -F 'the rule main-branch protects no ID'
