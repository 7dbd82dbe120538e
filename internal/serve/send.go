package serve

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"cleaner/internal/admin"
	"cleaner/internal/assemble"
	"cleaner/internal/config"
	"cleaner/internal/pass"
	"cleaner/internal/queue"
	"cleaner/internal/source"
)

// Send sends the input at path to a serve, which loads it. Each call is a sending of its
// own: serve loads it once, however often it must be sent until an answer comes.
func Send(ctx context.Context, to admin.Sender, path string, stdin io.Reader, how assemble.Reading) (l pass.Loaded, err error) {
	if config.IsURL(path) {
		return l, &assemble.UsageError{Err: errors.New("--to sends what is on this machine: name a file, load the list here without --to, or give serve the URL in inputs.urls")}
	}
	kept, err := source.Keep(ctx, path, stdin) // a pipe can be read only once
	if err != nil {
		return l, blame(ctx, path, err, !source.MachineFault(err))
	}
	defer func() { err = errors.Join(err, kept.Close()) }()
	list := admin.List{Name: nameOfList(path), Column: how.Column, Key: rand.Text()}
	got, err := to.Send(ctx, list, kept.Reader().Size(), func() io.Reader { return kept.Reader() })
	if err != nil {
		_, refused := errors.AsType[*admin.ListError](err)
		return l, blame(ctx, path, err, refused)
	}
	l.Loaded = queue.Loaded{Batch: got.Batch, New: got.New, Duplicates: got.Duplicates}
	l.Rejected, l.Unsaid = got.Rejected, got.Unsaid
	return l, nil
}

// blame says whether it was a signal or the list that a list was not sent for.
func blame(ctx context.Context, path string, err error, refused bool) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("send %s: stopped before serve had answered: %w", path, context.Cause(ctx))
	case refused:
		return &assemble.UsageError{Err: err}
	}
	return err
}

// nameOfList is the name of a file as serve takes it: the end of it, in ASCII.
func nameOfList(path string) string {
	if path == source.Stdin {
		return "stdin"
	}
	name := strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return '_'
		}
		return c
	}, filepath.Base(path))
	return name[max(0, len(name)-admin.MostPhrase):]
}
