//go:build race

package main

// every is which share of the scenes is measured: the race detector is slow.
const every = 6
