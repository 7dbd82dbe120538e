#!/usr/bin/env bash
# A load that waits for its input holds nothing: others work with the ledger meanwhile.
echo 3fa85f6457174562b3fc2c963f66afa6 >ids.txt
mkfifo pipe
cleaner load --config cleaner.yaml pipe >said &
load=$!
exec 9>pipe
echo 7c9e6679742540de944be07fc1f90ae7 >&9
sleep 0.5
cleaner load --config cleaner.yaml ids.txt | grep -F '1 new'
cleaner dead drop --all --config cleaner.yaml
echo 3fa85f6457174562b3fc2c963f66afa6 >&9
exec 9>&-
wait "$load"
grep -F 'pipe: 1 new, 1 duplicates' said
