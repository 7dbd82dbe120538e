#!/usr/bin/env bash
# IDs that an older version took in in upper case keep their spelling, and do not come in
# again..
upper=3FA85F6457174562B3FC2C963F66AFA6
echo "$upper" >ids.txt
cleaner load --config cleaner.yaml ids.txt
cleaner load --config cleaner.yaml ids.txt | grep -F '0 new, 1 duplicates'
echo "${upper,,}" >lower.txt
cleaner load --config cleaner.yaml lower.txt | grep -F '0 new, 1 duplicates'
