package iam

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"cleaner/internal/answer"
	"cleaner/internal/outfile"
	"cleaner/internal/owner"
)

const (
	// keySize is the size of the key of the fingerprints, in bytes.
	keySize = 32
	// maxRefusalFile bounds what is read of the fingerprints, in bytes: some
	// thousand refusals.
	maxRefusalFile = 1 << 20
)

// RefusalFile is Refusals that all processes share which use the same file. It
// holds a line for each refused login: a fingerprint (HMAC-SHA256 by a random key
// that is kept in a file of its own), when it was refused, and what IAM said. Both
// files are for their owner alone, and are made by the first refusal.
type RefusalFile struct {
	path, keyPath string
	here          MemoryRefusals // what could not be written
}

// NewRefusalFile returns the refusals kept at path and the key at keyPath. It
// touches neither.
func NewRefusalFile(path, keyPath string) *RefusalFile {
	return &RefusalFile{path: path, keyPath: keyPath}
}

// refusalLine is a line of the file.
type refusalLine struct {
	Fingerprint string    `json:"fingerprint"`
	At          time.Time `json:"at"`
	Status      int       `json:"status"`
	Codes       []string  `json:"codes,omitempty"`
	Message     string    `json:"message,omitempty"`
}

// Refused implements Refusals. It reads the file each time: another process may
// have added to it, and a person may have had it forgotten.
func (f *RefusalFile) Refused(l Login) (Refusal, bool, error) {
	if r, ok, _ := f.here.Refused(l); ok {
		return r, true, nil
	}
	lines, err := f.read()
	if err != nil || len(lines) == 0 {
		return Refusal{}, false, err
	}
	key, err := os.ReadFile(f.keyPath)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Refusal{}, false, nil // whoever removed the key wanted them forgotten
	case err != nil:
		return Refusal{}, false, fmt.Errorf("read key of refused credentials: %w", err)
	}
	for _, line := range lines {
		if print, err := hex.DecodeString(line.Fingerprint); err == nil && hmac.Equal(print, fingerprintOf(l, key)) {
			return Refusal{At: line.At, Answer: answer.Answer{Status: line.Status, Codes: line.Codes, Message: line.Message}}, true, nil
		}
	}
	return Refusal{}, false, nil
}

// Refuse implements Refusals. The line is on the disk when it returns.
func (f *RefusalFile) Refuse(l Login, r Refusal) error {
	err := f.write(l, r)
	if err != nil {
		_ = f.here.Refuse(l, r) // cannot fail
		return fmt.Errorf("write down refused credential: %w", err)
	}
	return nil
}

// write makes the folder too, where no pass has made a ledger yet.
func (f *RefusalFile) write(l Login, r Refusal) error {
	if err := owner.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return err
	}
	key, err := f.key()
	if err != nil {
		return err
	}
	line, err := json.Marshal(refusalLine{
		Fingerprint: hex.EncodeToString(fingerprintOf(l, key)), At: r.At.UTC(), Status: r.Answer.Status, Codes: r.Answer.Codes, Message: r.Answer.Message,
	})
	if err != nil {
		return err
	}
	file, err := os.OpenFile(f.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	err = owner.Keep(file)
	if err == nil {
		// It begins with a line end: what another process left half written ends there.
		_, err = file.Write(append(append([]byte("\n"), line...), '\n'))
	}
	return errors.Join(err, file.Sync(), file.Close())
}

// read returns the lines. A line that is none was cut short by a crash, and is
// skipped.
func (f *RefusalFile) read() (lines []refusalLine, err error) {
	file, err := os.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read refused credentials: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxRefusalFile))
	if err != nil {
		return nil, fmt.Errorf("read refused credentials: %w", err)
	}
	for text := range bytes.Lines(text) {
		var line refusalLine
		if json.Unmarshal(text, &line) == nil && line.Fingerprint != "" {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

// key returns the key of the fingerprints, and makes it if there is none. Of two
// processes that make one at the same time both take the first.
func (f *RefusalFile) key() ([]byte, error) {
	key, err := os.ReadFile(f.keyPath)
	if err == nil && len(key) == keySize {
		return key, nil
	}
	if err == nil {
		return nil, fmt.Errorf("%s is no key: remove it", f.keyPath)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	err = outfile.Create(f.keyPath, func(w io.Writer) error {
		_, err := io.CopyN(w, rand.Reader, keySize)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return os.ReadFile(f.keyPath)
}

// Release forgets all refusals, and returns how many there were. Each of those
// secrets may then be sent once more.
func (f *RefusalFile) Release() (int, error) {
	lines, err := f.read()
	if err != nil {
		return 0, err
	}
	if err := os.Remove(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("forget refused credentials: %w", err)
	}
	return len(lines), nil
}

// fingerprintOf is the fingerprint of a login.
func fingerprintOf(l Login, key []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(l.text())
	return mac.Sum(nil)
}
