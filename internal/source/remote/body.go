package remote

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"cleaner/internal/source"
)

// copied is a list as it was fetched, and how the server tells it from others.
type copied struct {
	kept *source.Kept
	tag  string // its ETag; empty when it is not to be relied on
}

// settled is how old a list must be before its ETag is relied on: a server may make it of a
// time in seconds and the length, and lists of as many IDs have the same length.
const settled = time.Minute

// get returns the list, which is the last one when the server says that it has not changed.
// With certain, a digest will say whether it is whole.
func (l *List) get(ctx context.Context, certain bool) (copied, error) {
	header := http.Header{}
	if l.last.tag != "" {
		header.Set("If-None-Match", l.last.tag)
	}
	resp, err := l.ask(ctx, l.o.URL, header)
	if err != nil {
		return copied{}, err
	}
	defer resp.close()
	switch {
	case resp.StatusCode == http.StatusNotModified && l.last.tag != "":
		return l.last, nil
	case resp.StatusCode == http.StatusNotModified, resp.StatusCode == http.StatusPartialContent:
		return copied{}, refused("the server answers %s, which was not asked for", resp.Status)
	}
	if err := l.faultOf(resp.Response); err != nil {
		return copied{}, err
	}
	if err := l.readable(resp.Response, certain); err != nil {
		return copied{}, err
	}
	b := &body{list: l, answer: resp, resumes: ctx}
	kept, err := source.KeepAll(b, l.folder())
	b.answer.close() // it may be another by now
	if err != nil {
		return copied{}, cmp.Or(b.fault, err)
	}
	l.forget()
	l.last = copied{kept, reliable(resp.Response)}
	return l.last, nil
}

// folder is where a list is kept: the usual place while that of the options is not there.
func (l *List) folder() string {
	if _, err := os.Stat(l.o.Folder); err != nil {
		return ""
	}
	return l.o.Folder
}

// readable refuses a list that is too large, or of which nobody could tell whether it is
// whole.
func (l *List) readable(resp *http.Response, certain bool) error {
	if coding := resp.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return refused("the server sends it in Content-Encoding %.20q, which was not asked for", coding)
	}
	if resp.ContentLength > l.o.Limits.Size {
		return l.tooLarge(fmt.Sprintf("has %d bytes", resp.ContentLength))
	}
	if resp.ContentLength < 0 && len(resp.TransferEncoding) == 0 && !certain {
		return refused("the server says neither how long it is nor where it ends, so nobody can tell whether it is whole: put its digest beside it, or set sha256 in an entry of inputs.urls")
	}
	return nil
}

func (l *List) tooLarge(how string) error {
	return refused("it %s, and at most %d are read: split it, or fetch it by other means", how, l.o.Limits.Size)
}

// reliable is the ETag of an answer, if it is to be relied on.
func reliable(resp *http.Response) string {
	modified, err := http.ParseTime(resp.Header.Get("Last-Modified"))
	now, none := http.ParseTime(resp.Header.Get("Date"))
	if err == nil && (none != nil || now.Sub(modified) < settled) {
		return ""
	}
	return resp.Header.Get("ETag")
}

// mostResumes is how often a list that breaks off is taken up again.
const mostResumes = 3

// body reads the body of an answer. When it breaks off and the server can say that the list is
// the same still, it goes on; otherwise it ends with a fault. It must be closed.
type body struct {
	list    *List
	answer  answer
	n       int64           // what was read
	resumes context.Context // of further requests; nil makes none
	resumed int
	fault   error // why it ended
}

// Read reads on.
func (b *body) Read(p []byte) (int, error) {
	for {
		n, err := b.read(p)
		if b.n += int64(n); b.n > b.list.o.Limits.Size {
			return 0, b.end(b.list.tooLarge("is larger than that"))
		}
		if n > 0 || err == nil {
			return n, nil // an error comes again
		}
		if errors.Is(err, io.EOF) {
			return 0, io.EOF
		}
		if err := b.resume(err); err != nil {
			return 0, b.end(err)
		}
	}
}

func (b *body) end(err error) error {
	b.fault = err
	return err
}

// read reads once, and gives up when nothing comes.
func (b *body) read(p []byte) (int, error) {
	quiet := b.list.o.Limits.Quiet
	timer := time.AfterFunc(quiet, func() { b.answer.end(away("the server sends nothing more for %v", quiet)) })
	defer timer.Stop()
	n, err := b.answer.Body.Read(p)
	if err != nil && !errors.Is(err, io.EOF) && b.answer.ctx.Err() != nil {
		err = context.Cause(b.answer.ctx)
	}
	return n, err
}

// resume asks for the rest, if it is certain to be of the same list.
func (b *body) resume(broken error) error {
	old := b.answer
	tag := reliable(old.Response)
	if fault, ok := errors.AsType[*Error](broken); ok {
		return fault
	}
	if b.resumes == nil || old.ctx.Err() != nil || b.resumed == mostResumes || tag == "" || strings.HasPrefix(tag, "W/") || old.ContentLength < 0 {
		return away("it breaks off after %d bytes: %w", b.n, unnamed(broken))
	}
	b.resumed++
	size := old.ContentLength
	if old.StatusCode == http.StatusPartialContent {
		size, _, _ = rangeOf(old.Header.Get("Content-Range"))
	}
	rest, err := b.list.ask(b.resumes, b.list.o.URL, http.Header{"Range": {fmt.Sprintf("bytes=%d-", b.n)}, "If-Range": {tag}})
	if err != nil {
		return fmt.Errorf("it breaks off after %d bytes: %w", b.n, err)
	}
	old.close()
	b.answer = rest
	whole, from, ok := rangeOf(rest.Header.Get("Content-Range"))
	if rest.StatusCode != http.StatusPartialContent || !ok || from != b.n || whole != size || rest.ContentLength != size-b.n || rest.Header.Get("ETag") != tag {
		return away("it has broken off after %d bytes, and has changed since: nothing of it is believed", b.n)
	}
	return nil
}

// rangeOf reads a Content-Range: the length of the whole, and where the part begins.
func rangeOf(text string) (whole, from int64, ok bool) {
	part, all, found := strings.Cut(strings.TrimPrefix(text, "bytes "), "/")
	begin, _, _ := strings.Cut(part, "-")
	whole, err := strconv.ParseInt(all, 10, 64)
	from, bad := strconv.ParseInt(begin, 10, 64)
	return whole, from, found && err == nil && bad == nil
}

// all reads a body of at most so many bytes.
func (b *body) all(most int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(b, most+1))
	if err == nil && int64(len(text)) > most {
		err = refused("it has more than %d bytes", most)
	}
	return text, err
}

// digestIn returns the SHA-256 that a file of sha256sum has for a list; empty for none. A file
// with one digest need not name the list.
func digestIn(text, list string) (hex string) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for _, line := range lines {
		digest, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		name = strings.TrimPrefix(strings.TrimSpace(name), "*")
		if IsDigest(digest) && (len(lines) == 1 || path.Base(name) == path.Base(list)) {
			return strings.ToLower(digest)
		}
	}
	return ""
}

// IsDigest reports whether text is a SHA-256 in hexadecimal digits.
func IsDigest(text string) bool {
	return len(text) == 64 && strings.Trim(strings.ToLower(text), "0123456789abcdef") == ""
}
