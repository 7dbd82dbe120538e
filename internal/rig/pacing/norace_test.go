//go:build !race

package main

// every is which share of the scenes is measured.
const every = 1
