package sqlite

import "cleaner/internal/queue"

// The states that the table task has beside those of package queue, up to queue.Dead.
// There queue.Pending is a fresh ID.
const (
	// waiting is a pending ID that has a row in attempt. Outside of this package it is
	// queue.Pending, as one without a row is.
	waiting queue.State = iota + 5
	// withdrawn is queue.Withdrawn of an ID of which it is known what became of its
	// requests, if there were any, and doubtful of one that may have been deleted.
	withdrawn
	doubtful
)

// states is how many counters by stored state a batch has; it counts the doubtful as
// withdrawn.
const states = withdrawn + 1

// What statements ask of a task's state. They name states by number: the numbers are in
// every ledger's file, and so never change.
const (
	isFresh     = `state = 0`
	isDeleted   = `state = 1`
	isGone      = `state = 2`
	isProtected = `state = 3`
	isDead      = `state = 4`
	isWaiting   = `state = 5`
	isDoubtful  = `state = 7`

	isPending   = `state IN (0, 5)`    // fresh or waiting
	isSettled   = `state IN (1, 2, 3)` // deleted, gone or protected
	isWithdrawn = `state IN (6, 7)`    // withdrawn, doubtful or not
)
