// Package policy decides and does nothing else: what an answer means, when a task is
// tried again, which tasks are protected, when the run must stop. It opens no file and
// no connection, reads no clock, and holds no timer and no lock.
package policy
