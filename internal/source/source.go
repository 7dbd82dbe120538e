// PLACEHOLDER so that the command compiles: replace this whole file.
package source

import (
	"bufio"
	"io"
	"iter"
	"os"
	"strings"
)

type Options struct {
	Check        func(string) error
	InvalidShare float64
	Rejects      *Rejects
	Stdin        io.Reader
}
type RefusedError struct{}

func (*RefusedError) Error() string { return "" }

type Rejects struct{}

func NewRejects(path string) *Rejects { return &Rejects{} }
func (*Rejects) Close() error          { return nil }

type Stats struct{ Lines, Valid, Rejected int64 }
type Source struct {
	f  io.Reader
	o  Options
	st Stats
}

func Open(path string, o Options) (*Source, error) {
	f, err := os.Open(path)
	return &Source{f: f, o: o}, err
}
func (s *Source) Close() error { return nil }
func (s *Source) Stats() Stats { return s.st }
func (s *Source) IDs() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for sc := bufio.NewScanner(s.f); sc.Scan(); {
			t := strings.TrimSpace(sc.Text())
			if t == "" || t[0] == '#' {
				continue
			}
			if s.o.Check(t) != nil {
				s.st.Rejected++
				continue
			}
			if !yield(t, nil) {
				return
			}
		}
	}
}
