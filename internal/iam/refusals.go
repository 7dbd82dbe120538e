package iam

import (
	"crypto/sha256"
	"encoding/json"
	"sync"
	"time"

	"cleaner/internal/answer"
	"cleaner/internal/secret"
)

// Login is all that makes one login what it is: who logs in where, and by which
// secret. A login that differs in any of it is another one.
type Login struct {
	Secret                          secret.Secret
	User, Domain, Endpoint, Project string
}

// text is the login in one unambiguous text, which holds the secret.
func (l Login) text() []byte {
	text, _ := json.Marshal([]string{l.Secret.Reveal(), l.User, l.Domain, l.Endpoint, l.Project}) // strings cannot fail
	return text
}

// hash lets logins be compared without keeping their secrets.
func (l Login) hash() [sha256.Size]byte { return sha256.Sum256(l.text()) }

// Refusal is how a login was refused for its secret.
type Refusal struct {
	// At is when.
	At time.Time
	// Answer is what IAM said, without secrets.
	Answer answer.Answer
}

// Refusals remember the logins that IAM has refused for their secret, so that
// nobody sends one of them again: IAM locks users after a few. MemoryRefusals and
// RefusalFile are ones; each may be used by many goroutines at once.
type Refusals interface {
	// Refused returns how l was refused; false when it was not. An error says that
	// nobody can tell; then l must not be sent.
	Refused(l Login) (Refusal, bool, error)
	// Refuse notes that l was refused. After an error this process remembers it all
	// the same.
	Refuse(l Login, r Refusal) error
}

// MemoryRefusals are Refusals that end with the process. The zero value is ready.
type MemoryRefusals struct {
	mu    sync.Mutex // guards known
	known map[[sha256.Size]byte]Refusal
}

// Refused implements Refusals. The error is nil.
func (m *MemoryRefusals) Refused(l Login) (Refusal, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.known[l.hash()]
	return r, ok, nil
}

// Refuse implements Refusals. The error is nil.
func (m *MemoryRefusals) Refuse(l Login, r Refusal) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil {
		m.known = map[[sha256.Size]byte]Refusal{}
	}
	m.known[l.hash()] = r
	return nil
}
