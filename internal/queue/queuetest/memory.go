package queuetest

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"cleaner/internal/queue"
)

func memoryTests() []test {
	return []test{
		{"what is remembered is recalled, over closes and crashes, until it is replaced or removed", remembered},
		{"keys and values may be of any form", func(f *fixture) {
			values := map[string]string{
				"learned/a": "\x00\xff\x01", "learned/A": "{}", "learned/a ": "x", "wait/ü%_\x00'": " ",
				strings.Repeat("k", queue.MaxKey): strings.Repeat("v", queue.MaxValue),
			}
			for k, v := range values {
				f.remember(k, v)
			}
			f.crash()
			for k, v := range values {
				f.wantFact(k, v)
			}
			f.wantStates(queue.States{})
		}},
		{"what is too large, or has no key, is refused and changes nothing", func(f *fixture) {
			f.remember("k", "v")
			for key, value := range map[string]int{
				"": 1, "k": queue.MaxValue + 1, strings.Repeat("k", queue.MaxKey+1): 1,
			} {
				if err := f.Remember(f.ctx, key, make([]byte, value)); err == nil {
					t := key[:min(len(key), 10)]
					f.Errorf("a value of %d bytes was kept under %q, %d bytes", value, t, len(key))
				}
			}
			f.wantFact("k", "v")
		}},
		{"nothing is remembered or recalled after Close, or when the context has ended", func(f *fixture) {
			f.remember("k", "v")
			ctx, cancel := context.WithCancel(f.ctx)
			cancel()
			if err := f.Remember(ctx, "k", []byte("w")); !errors.Is(err, context.Canceled) {
				f.Errorf("Remember = %v", err)
			}
			if v, err := f.Recall(ctx, "k"); !errors.Is(err, context.Canceled) {
				f.Errorf("Recall = %q, %v", v, err)
			}
			f.wantFact("k", "v")
			q := f.Ledger
			f.reopen()
			if err := q.Remember(f.ctx, "k", nil); err == nil {
				f.Error("Remember works after Close")
			}
			if v, err := q.Recall(f.ctx, "k"); err == nil {
				f.Errorf("Recall after Close = %q", v)
			}
			f.wantFact("k", "v")
		}},
	}
}

func (f *fixture) remember(key, value string) {
	f.Helper()
	if err := f.Remember(f.ctx, key, []byte(value)); err != nil {
		f.Fatalf("Remember(%.20q): %v", key, err)
	}
}

// wantFact checks what is kept under key; empty for nothing.
func (f *fixture) wantFact(key, want string) {
	f.Helper()
	got, err := f.Recall(f.ctx, key)
	if err != nil || string(got) != want || (got == nil) != (want == "") {
		f.Errorf("Recall(%.20q) = %.20q, %v, want %.20q", key, got, err, want)
	}
}

func remembered(f *fixture) {
	f.wantFact("learned/x", "")
	f.remember("learned/x", "1")
	f.remember("wait/x", "2")
	value := []byte("3")
	if err := f.Remember(f.ctx, "learned/x", value); err != nil {
		f.Fatal(err)
	}
	value[0] = 'w' // ours again
	for _, again := range []func(){func() {}, f.reopen, f.crash} {
		again()
		f.wantFact("learned/x", "3")
		f.wantFact("wait/x", "2")
		f.wantFact("learned/", "")
	}
	got, err := f.Recall(f.ctx, "wait/x")
	if err != nil || !bytes.Equal(got, []byte("2")) {
		f.Fatalf("Recall = %q, %v", got, err)
	}
	got[0] = 'w' // ours as well
	f.wantFact("wait/x", "2")
	f.remember("wait/x", "")
	f.wantFact("wait/x", "")
	if err := f.Remember(f.ctx, "learned/x", nil); err != nil {
		f.Fatal(err)
	}
	f.crash()
	f.wantFact("learned/x", "")
	f.remember("learned/x", "") // it is gone already
}
