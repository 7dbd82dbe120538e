package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// bareArg makes this program the bare loop.
const bareArg = "-bare-loop"

// bare sends DELETE for every ID of a file and believes every 200: net/http with
// a pool as large as the loop, one channel, and nothing else. It is what one
// would write in ten minutes, and the baseline.
func bare(args []string) error {
	url, path := args[0], args[1]
	workers, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	trust, err := trusting(args[3])
	if err != nil {
		return err
	}
	client := &http.Client{
		Timeout:   30 * time.Second,
		Transport: &http.Transport{MaxIdleConns: workers, MaxIdleConnsPerHost: workers, MaxConnsPerHost: workers, TLSClientConfig: trust},
	}
	token := strings.Repeat("t", tokenLength)
	ids := make(chan string, workers)
	failed := make(chan error, workers)
	var pool sync.WaitGroup
	for range workers {
		pool.Go(func() {
			for id := range ids {
				if err := bareDelete(client, url+"/v2/tasks/"+id, token); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		select {
		case ids <- lines.Text():
		case err := <-failed:
			return err
		}
	}
	close(ids)
	pool.Wait()
	return nil
}

// trusting trusts the certificate in a file; an empty name is none.
func trusting(file string) (*tls.Config, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}, nil
}

func bareDelete(client *http.Client, url, token string) error {
	req, err := http.NewRequest(http.MethodDelete, url, nil) //nolint:noctx // the client's time-out bounds it
	if err != nil {
		return err
	}
	req.Header.Set("X-Auth-Token", token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("delete %s: HTTP %d", url, resp.StatusCode)
	}
	return nil
}
