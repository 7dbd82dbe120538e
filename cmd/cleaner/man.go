//go:build man

// Built with the tag man, the program writes its manual pages into a folder and does
// nothing else: go run -tags man ./cmd/cleaner FOLDER. What that links is not in the
// product.
package main

import (
	"errors"
	"fmt"
	"os"

	"cleaner/internal/prompt"
	"cleaner/internal/rig/man"
)

func main() {
	if err := writeManual(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "cleaner:", err)
		os.Exit(1)
	}
}

func writeManual(args []string) error {
	if len(args) != 1 {
		return errors.New("name the folder of the manual pages")
	}
	date, err := man.Date(os.Getenv("SOURCE_DATE_EPOCH"))
	if err != nil {
		return err
	}
	root := newRoot(&app{})
	prompt.RefuseUnknown(root) // adds what cobra adds when it runs
	return man.Of(version, date, envSimSecretKey).Write(args[0], root)
}
