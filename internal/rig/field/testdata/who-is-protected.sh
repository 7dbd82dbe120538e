#!/usr/bin/env bash
# check counts the rules, and says which one holds an ID.
printf '%s\n' 3fa85f6457174562b3fc2c963f66afa6 'glob:7c9e*' 're:0{32}' '# a comment' >protect.txt
echo 'safety: {protect_file: protect.txt}' >>cleaner.yaml
sleep 1 # a list that was just written is waited for
cleaner check --config cleaner.yaml | grep -F 'protect  1 IDs, 1 globs, 1 regular expressions'
cleaner check --config cleaner.yaml --protects 3FA85F6457174562B3FC2C963F66AFA6 | grep -F 'is protected by the rule 3fa85f6457174562b3fc2c963f66afa6 of protect.txt'
cleaner check --config cleaner.yaml --protects 7c9e6679742540de944be07fc1f90ae7 | grep -F 'by the rule glob:7c9e*'
cleaner check --config cleaner.yaml --protects 00000000000000000000000000000000 | grep -F 'by the rule re:0{32}'
code=0
cleaner check --config cleaner.yaml --protects 11111111111111111111111111111111 >said || code=$?
test "$code" = 1
grep -F 'is not protected: no rule of protect.txt holds it' said
code=0
cleaner check --config cleaner.yaml --protects '1,' 2>said || code=$?
test "$code" = 2
grep -F 'is no task ID' said
