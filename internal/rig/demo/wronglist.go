package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"cleaner/internal/sim"
)

// How the wrong list is made: of so many IDs the first few exist, and must not go; the
// others are of another project. The right list has IDs of its own.
const (
	wrongIDs, wrongThere, rightIDs = 1000, 350, 100
	// exitBelt is the exit code of a pass that was stopped for safety, or found nothing
	// but what is held.
	exitBelt = 5
)

// wrongList shows a wrong list that is held, withdrawn and followed by the right one.
type wrongList struct {
	dir, binary  string
	sim          *sim.Sim
	wrong, right []string
}

// showWrongList runs this part of the demonstration in dir, which it makes.
func showWrongList(ctx context.Context, dir, binary string, seed uint64) error {
	s, err := sim.New(sim.Options{Seed: seed, OnlyAdded: true, RequireAuth: true, Password: password})
	if err != nil {
		return err
	}
	url, stop, err := s.Start("127.0.0.1:0")
	if err != nil {
		return err
	}
	defer stop()
	w := &wrongList{dir: dir, binary: binary, sim: s}
	if err := w.write(url, rand.New(rand.NewPCG(seed, 1))); err != nil {
		return err
	}
	fmt.Printf("\nA wrong list: %d task IDs, of which %d exist and must stay; the others do not exist.\n", wrongIDs, wrongThere)
	return w.show(ctx)
}

// write writes the two lists and the configuration, and adds what exists to the service.
func (w *wrongList) write(url string, random *rand.Rand) error {
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		return err
	}
	for i := range wrongIDs + rightIDs {
		id := fmt.Sprintf("%016x%016x", random.Uint64(), random.Uint64())
		if i < wrongIDs {
			w.wrong = append(w.wrong, id)
		} else {
			w.right = append(w.right, id)
		}
	}
	there := slices.Concat(w.wrong[:wrongThere], w.right)
	if err := w.sim.AddIDs(slices.Values(there)); err != nil {
		return err
	}
	random.Shuffle(len(w.wrong), func(i, j int) { w.wrong[i], w.wrong[j] = w.wrong[j], w.wrong[i] })
	cfg := fmt.Sprintf(`service: {region: cn-north-4, endpoint: %q, iam_endpoint: %q}
auth: {password: {domain: demo, user: cleaner, password_file: %q}}
queue: {url: "sqlite:%s"}
limits: {workers: 8, rate: 1000, floor: 500, burst: 20}
log: {level: error}
`, url, url, filepath.Join(w.dir, "password"), filepath.Join(w.dir, "queue.db"))
	for name, text := range map[string]string{
		"wrong.txt": strings.Join(w.wrong, "\n") + "\n", "right.txt": strings.Join(w.right, "\n") + "\n",
		"password": password, "cleaner.yaml": cfg,
	} {
		if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// show has cleaner work on the lists as an operator would, and holds what came of it
// against the service's record.
func (w *wrongList) show(ctx context.Context) error {
	if _, err := w.cleaner(ctx, exitBelt, "run", "--yes", "--ids", "wrong.txt"); err != nil {
		return err
	}
	stopped := w.sim.Truth()
	if _, err := w.cleaner(ctx, exitBelt, "run", "--yes"); err != nil {
		return err
	}
	c := checks{}
	c.equal("DELETEs while it is held", w.sim.Truth().Deletes-stopped.Deletes, 0)
	batch, err := w.batch(ctx)
	if err != nil {
		return err
	}
	if _, err := w.cleaner(ctx, 0, "withdraw", batch, "--yes", "--reason", "the list of another project"); err != nil {
		return err
	}
	if _, err := w.cleaner(ctx, 0, "run", "--yes", "--ids", "right.txt"); err != nil {
		return err
	}
	deleted := int64(0)
	for _, id := range w.right {
		deleted += int64(w.sim.TruthOf(id).Effects)
	}
	c.equal("deleted of the right list", rightIDs, deleted)
	c.equal("wrong ones deleted since", 0, w.sim.Truth().Effects-deleted-stopped.Effects)
	return c.print()
}

// batch returns the name of the batch that is held.
func (w *wrongList) batch(ctx context.Context) (string, error) {
	text, err := w.cleaner(ctx, 0, "batches", "--json")
	if err != nil {
		return "", err
	}
	for dec := json.NewDecoder(bytes.NewReader(text)); dec.More(); {
		var b struct {
			Name string `json:"name"`
			Held string `json:"held"` // why; empty when it is not
		}
		if err := dec.Decode(&b); err != nil {
			return "", err
		}
		if b.Held != "" {
			return b.Name, nil
		}
	}
	return "", errors.New("no batch is held")
}

// cleaner runs a command in the folder, shows what it prints, and returns it. The
// command must end with a code.
func (w *wrongList) cleaner(ctx context.Context, code int, args ...string) ([]byte, error) {
	fmt.Printf("$ cleaner %s\n", strings.Join(args, " "))
	binary, err := filepath.Abs(w.binary)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, binary, append(args, "--config", "cleaner.yaml")...)
	cmd.Dir, cmd.Stderr = w.dir, os.Stderr
	text, err := cmd.Output()
	fmt.Printf("%s", text)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		err = nil
		if exit.ExitCode() != code {
			err = fmt.Errorf("cleaner %s: exit code %d, want %d", args[0], exit.ExitCode(), code)
		}
	} else if err == nil && code != 0 {
		err = fmt.Errorf("cleaner %s: exit code 0, want %d", args[0], code)
	}
	return text, err
}
