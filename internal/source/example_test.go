package source_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"

	"cleaner/internal/source"
)

// A CSV with one bad record in three, where a tenth is allowed, is refused.
func Example() {
	s, err := source.Open(context.Background(), source.Stdin, source.Options{
		Stdin:        strings.NewReader("name,task_id\nnightly,0f0e0d0c\nweekly,n/a\nold,0a0b0c0d\n"),
		InvalidShare: 0.1,
		Check: func(id string) error {
			if strings.Contains(id, "/") {
				return errors.New("not a task ID")
			}
			return nil
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for id, err := range s.IDs() {
		if err != nil {
			fmt.Println(err)
			break
		}
		fmt.Println(id)
	}
	// Output:
	// 0f0e0d0c
	// 0a0b0c0d
	// standard input is refused: 1 of 3 lines name no valid task ID, 33.33 %, and at most 10 % may; the first is line 3: not a task ID; correct the file, or allow a larger share
}
