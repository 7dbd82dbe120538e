package pace_test

import (
	"context"
	"fmt"
	"time"

	"cleaner/internal/pace"
)

func ExampleFixed() {
	p := pace.NewFixed(5, 1) // five requests a second, one at a time
	if err := p.Wait(context.Background()); err == nil {
		fmt.Println("send")
	}
	p.Pause(time.Hour)
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	fmt.Println(p.Wait(ctx))
	// Output:
	// send
	// wait for the end of a pause: context deadline exceeded
}
