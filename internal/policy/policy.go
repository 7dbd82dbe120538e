// Package policy decides and does nothing else: what an answer means, when a
// task is tried again, who is protected, when the run must stop. It opens no
// file and no connection, and it never sees net/http.
package policy
