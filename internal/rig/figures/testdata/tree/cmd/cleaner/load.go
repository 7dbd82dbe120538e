package main

import "cleaner/internal/queue/sqlite"

var load = sqlite.Open
