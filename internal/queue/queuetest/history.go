package queuetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"cleaner/internal/queue"
)

func historyTests() []test {
	return []test{
		{"what a pass came to is kept, over closes and crashes, in place of what was said of it before", func(f *fixture) {
			f.wantEnded(nil, 0, 9)
			first, second := ended(1, day(0)), ended(2, day(1))
			f.keep(first, ended(2, day(9)), second)
			for _, again := range []func(){func() {}, f.reopen, f.crash} {
				again()
				f.wantEnded([]queue.EndedPass{second, first}, 0, 9)
				f.wantEnded([]queue.EndedPass{second}, 0, 1)
				f.wantEnded([]queue.EndedPass{first}, 2, 9)
				f.wantEnded(nil, 1, 9)
			}
		}},
		{"samples are kept by pass, in the order of time, and go with the pass", func(f *fixture) {
			f.samples(1, 3, 1)
			f.samples(2, 2)
			f.samples(1, 2)
			for _, again := range []func(){func() {}, f.reopen, f.crash} {
				again()
				f.wantSamples(1, 1, 2, 3)
				f.wantSamples(2, 2)
				f.wantSamples(7)
			}
			f.keep(ended(1, day(0)), ended(2, day(0)))
			for n := range queue.LeastPasses {
				f.keep(ended(int64(n+3), day(91)))
			}
			f.wantSamples(1)
			f.wantSamples(2)
		}},
		{"passes that ended 90 days before the latest are forgotten, but for the latest 20", func(f *fixture) {
			f.keep(ended(1, day(0)), ended(2, day(2)))
			f.keep(ended(3, day(91)))
			f.wantPasses(3, 2, 1) // a clock that is ahead does not forget all
			for n := range queue.LeastPasses - 1 {
				f.keep(ended(int64(n+4), day(91)))
			}
			got := f.endedIDs()
			if len(got) != queue.LeastPasses+1 || got[len(got)-1] != 2 {
				f.Errorf("kept are %v, want those from 2 on", got)
			}
		}},
		{"what is empty or too large is refused", func(f *fixture) {
			for _, text := range [][]byte{nil, make([]byte, queue.MaxReport+1)} {
				p := ended(1, day(0))
				p.Report = text
				if f.KeepPass(f.ctx, p) == nil || f.KeepSamples(f.ctx, 1, queue.Sample{At: day(0), Value: text}) == nil {
					f.Errorf("%d bytes are kept", len(text))
				}
			}
			f.wantEnded(nil, 0, 9)
			f.wantSamples(1)
		}},
		{"nothing is kept or read after Close", func(f *fixture) {
			q := f.Ledger
			f.reopen()
			if q.KeepPass(f.ctx, ended(1, day(0))) == nil || q.KeepSamples(f.ctx, 1) == nil {
				f.Error("a closed ledger keeps something")
			}
			_, err := q.EndedPasses(f.ctx, 0, 1)
			if _, too := q.Samples(f.ctx, 1); err == nil || too == nil {
				f.Error("a closed ledger reads something")
			}
		}},
	}
}

// day is a time so many days after one.
func day(n int) time.Time { return time.UnixMilli(1_700_000_000_123).UTC().AddDate(0, 0, n) }

func ended(id int64, at time.Time) queue.EndedPass {
	return queue.EndedPass{
		ID: queue.PassID(id), Began: at.Add(-time.Minute), Ended: at, Trigger: "schedule night", Report: fmt.Appendf(nil, `{"n":%d}`, id),
	}
}

func (f *fixture) keep(passes ...queue.EndedPass) {
	f.Helper()
	for _, p := range passes {
		if err := f.KeepPass(f.ctx, p); err != nil {
			f.Fatalf("KeepPass: %v", err)
		}
	}
}

func (f *fixture) wantEnded(want []queue.EndedPass, before queue.PassID, n int) {
	f.Helper()
	got, err := f.EndedPasses(f.ctx, before, n)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		f.Errorf("EndedPasses(%d, %d) (-want +got):\n%s%v", before, n, diff, err)
	}
}

func (f *fixture) endedIDs() (ids []queue.PassID) {
	f.Helper()
	got, err := f.EndedPasses(f.ctx, 0, 1000)
	if err != nil {
		f.Fatal(err)
	}
	for _, p := range got {
		ids = append(ids, p.ID)
	}
	return ids
}

func (f *fixture) wantPasses(want ...queue.PassID) {
	f.Helper()
	if got := f.endedIDs(); !slices.Equal(got, want) {
		f.Errorf("kept are the passes %v, want %v", got, want)
	}
}

// samples keeps samples of a pass that were taken so many seconds after a time.
func (f *fixture) samples(id queue.PassID, seconds ...int) {
	f.Helper()
	var all []queue.Sample
	for _, s := range seconds {
		all = append(all, queue.Sample{At: day(0).Add(time.Duration(s) * time.Second), Value: []byte("1")})
	}
	if err := f.KeepSamples(f.ctx, id, all...); err != nil {
		f.Fatalf("KeepSamples: %v", err)
	}
}

func (f *fixture) wantSamples(id queue.PassID, seconds ...int) {
	f.Helper()
	got, err := f.Samples(f.ctx, id)
	var found []int
	for _, s := range got {
		found = append(found, int(s.At.Sub(day(0))/time.Second))
	}
	if err != nil || !slices.Equal(found, seconds) {
		f.Errorf("the samples of pass %d are of %v, %v, want %v", id, found, err, seconds)
	}
}
