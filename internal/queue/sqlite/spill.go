package sqlite

import (
	"fmt"
	"hash/crc32"
	"os"
	"slices"

	"cleaner/internal/outfile"
)

// readKeys is how many keys are read or written at once.
const readKeys = 4_096

// spill is the sorted runs of a load that do not fit into memory, in an unnamed file, of
// which nothing is left when the process ends.
type spill struct {
	folder string   // for the file; empty is the usual one for temporary files
	file   *os.File // nil before the first run
	runs   []spilled
}

// spilled is how many keys a run has, and their checksum: what a disk gives back may
// be something else, and must not be taken for task IDs.
type spilled struct {
	keys int
	sum  uint32
}

// write writes sorted keys as one run.
func (s *spill) write(keys []key) (err error) {
	if len(keys) == 0 {
		return nil
	}
	if s.file == nil {
		if s.file, err = outfile.Unnamed(s.folder); err != nil {
			return s.failed(err)
		}
	}
	r, bytes := spilled{keys: len(keys)}, make([]byte, 0, readKeys*len(key{}))
	for some := range slices.Chunk(keys, readKeys) {
		bytes = bytes[:0]
		for _, k := range some {
			bytes = append(bytes, k[:]...)
		}
		r.sum = crc32.Update(r.sum, castagnoli(), bytes)
		if _, err := s.file.Write(bytes); err != nil {
			return s.failed(err)
		}
	}
	s.runs = append(s.runs, r)
	return nil
}

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// failed says what was to be done with the file.
func (s *spill) failed(err error) error {
	return fmt.Errorf("sort task IDs in a temporary file: %w", explain(err))
}

// close removes the file.
func (s *spill) close() {
	if s.file != nil {
		s.file.Close()
	}
}
