// Package ledger may import the implementation.
package ledger

import _ "cleaner/internal/queue/sqlite"
