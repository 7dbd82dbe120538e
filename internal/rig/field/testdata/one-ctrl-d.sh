#!/usr/bin/env bash
# Typed at a terminal: one Ctrl-D at the beginning of a line is the end.
{
	sleep 1
	printf '3fa85f6457174562b3fc2c963f66afa6\n'
	sleep 1
	printf '\004'
	sleep 20
} | timeout 15 script -qec 'cleaner load --config cleaner.yaml -; echo ended' /dev/null >typed || true
grep -F '1 new, 0 duplicates, 0 rejected' typed
grep -F ended typed
