// Command cleaner is a command of the tree for the tests of figures.
package main

import "cleaner/internal/queue/sqlite"

func main() { sqlite.Open() }
