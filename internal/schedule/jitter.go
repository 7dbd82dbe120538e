package schedule

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// Offset returns how long after its planned time a tick of this schedule is
// due: at least 0, below the jitter, in whole milliseconds, and the same for
// the same name everywhere and always. A good name is unique to the instance.
func (s *Schedule) Offset(name string) time.Duration {
	span := uint64(s.spec.Jitter / time.Millisecond)
	if span == 0 {
		return 0
	}
	sum := sha256.Sum256([]byte(name))
	return time.Duration(binary.BigEndian.Uint64(sum[:])%span) * time.Millisecond
}
