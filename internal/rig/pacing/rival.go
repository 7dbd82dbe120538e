package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// rivalHeader marks the requests of a rival.
const rivalHeader = "X-Rival"

// rival is somebody else who calls a service, each call up to a fifth early or late.
type rival struct {
	stop func()
	mu   sync.Mutex // guards what follows
	log  []request
}

// compete starts a rival that makes so many calls a second.
func compete(ctx context.Context, rate float64, url string) *rival {
	ctx, cancel := context.WithCancel(ctx)
	v, group := new(rival), new(sync.WaitGroup)
	v.stop = func() { cancel(); group.Wait() }
	group.Go(func() {
		for n := 1 << 20; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Duration((0.8 + 0.4*rand.Float64()) / rate * float64(time.Second))):
			}
			group.Go(func() { v.call(ctx, fmt.Sprintf("%s/v2/tasks/%032x", url, n)) })
		}
	})
	return v
}

// call makes one call.
func (v *rival) call(ctx context.Context, url string) {
	r, err := http.NewRequestWithContext(ctx, http.MethodDelete, url, nil)
	if err != nil {
		return
	}
	r.Header.Set(rivalHeader, "1")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return // it is at its end
	}
	_ = answer.Body.Close()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.log = append(v.log, request{at: time.Now(), status: answer.StatusCode})
}

// refused is the share of its calls in [from, to) that were refused.
func (v *rival) refused(from, to time.Time) float64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	asked, refused := 0.0, 0.0
	for _, r := range v.log {
		if r.at.Before(from) || !r.at.Before(to) {
			continue
		}
		if asked++; r.refused() {
			refused++
		}
	}
	return refused / max(asked, 1)
}
