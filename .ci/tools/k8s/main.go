// Command k8s renders cleaner's Helm chart and kustomizations, through the
// libraries of Helm and kustomize. Its tests hold the two against each other, and
// against Kubernetes' schemas; deploy/k8s/check runs them.
package main

import (
	"fmt"
	"os"
)

const usage = `usage: k8s chart CHART VALUES | k8s kustomize FOLDER | k8s copies DEPLOY`

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "k8s:", err)
		os.Exit(1)
	}
}

// run prints the objects that were asked for, as YAML, or writes the copies of the
// alerting rules and the dashboard.
func run(args []string) error {
	var objects []Object
	var err error
	switch {
	case len(args) == 3 && args[0] == "chart":
		objects, err = Chart(args[1], args[2])
	case len(args) == 2 && args[0] == "kustomize":
		objects, err = Kustomization(args[1])
	case len(args) == 2 && args[0] == "copies":
		return WriteCopies(args[1])
	default:
		return fmt.Errorf("%s", usage)
	}
	if err != nil {
		return err
	}
	for _, o := range objects {
		if _, err := fmt.Printf("---\n%s", o.YAML()); err != nil {
			return err
		}
	}
	return nil
}
