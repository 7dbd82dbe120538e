// Command peers holds those contestants of the benchmark that need libraries of their
// own: the vendor's SDK, and asynq on Redis. It is a module of its own, so that cleaner
// does not depend on them.
//
//	peers sdk URL IDS WORKERS [CA]
//	peers enqueue SOCKET IDS
//	peers asynq SOCKET URL IDS WORKERS [CA]
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hibiken/asynq"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/config"
	check "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/codeartscheck/v2"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/codeartscheck/v2/model"
)

func main() {
	log.SetFlags(0)
	if err := run(os.Args[1], os.Args[2:]); err != nil {
		log.Fatal(err)
	}
}

func run(what string, args []string) error {
	switch what {
	case "sdk":
		return sdk(args)
	case "enqueue":
		return enqueue(args[0], args[1])
	case "asynq":
		return work(args[0], args[1:])
	default:
		return fmt.Errorf("%s is none of sdk, enqueue and asynq", what)
	}
}

// transport keeps as many connections as there are workers, and trusts the certificate in
// a file, if one is named.
func transport(workers int, ca string) (*http.Transport, error) {
	t := &http.Transport{MaxIdleConns: workers, MaxIdleConnsPerHost: workers, MaxConnsPerHost: workers}
	if ca == "" {
		return t, nil
	}
	text, err := os.ReadFile(ca)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}
	return t, nil
}

// each calls do for each ID of a file.
func each(path string, do func(id string) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if err := do(lines.Text()); err != nil {
			return err
		}
	}
	return lines.Err()
}

// sdk is the loop that the vendor's documentation leads to, with a transport that keeps its
// connections. It signs with an access key.
func sdk(args []string) error {
	workers, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	t, err := transport(workers, args[3])
	if err != nil {
		return err
	}
	key, err := basic.NewCredentialsBuilder().WithAk("AKEXAMPLE00000000000").WithSk(strings.Repeat("k", 40)).WithProjectId(strings.Repeat("0", 32)).SafeBuild()
	if err != nil {
		return err
	}
	over, err := check.CodeArtsCheckClientBuilder().WithEndpoint(args[0]).WithCredential(key).
		WithHttpConfig(config.DefaultHttpConfig().WithHttpTransport(t)).SafeBuild()
	if err != nil {
		return err
	}
	client := check.NewCodeArtsCheckClient(over)
	ids, failed := make(chan string, workers), make(chan error, workers)
	var pool sync.WaitGroup
	for range workers {
		pool.Go(func() {
			for id := range ids {
				if _, err := client.DeleteTask(&model.DeleteTaskRequest{TaskId: id}); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	err = each(args[1], func(id string) error {
		select {
		case ids <- id:
			return nil
		case err := <-failed:
			return err
		}
	})
	close(ids)
	pool.Wait()
	return err
}

const kind = "delete"

func redis(socket string) asynq.RedisClientOpt {
	return asynq.RedisClientOpt{Network: "unix", Addr: socket}
}

// enqueue puts the IDs into the queue.
func enqueue(socket, path string) error {
	client := asynq.NewClient(redis(socket))
	defer client.Close()
	return each(path, func(id string) error {
		_, err := client.Enqueue(asynq.NewTask(kind, []byte(id)), asynq.TaskID(id))
		return err
	})
}

// work takes as many IDs from the queue as the file has.
func work(socket string, args []string) error {
	workers, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	left := int64(0)
	if err := each(args[1], func(string) error { left++; return nil }); err != nil {
		return err
	}
	t, err := transport(workers, args[3])
	if err != nil {
		return err
	}
	client := &http.Client{Timeout: 30 * time.Second, Transport: t}
	var done atomic.Int64
	ended := make(chan struct{})
	server := asynq.NewServer(redis(socket), asynq.Config{Concurrency: workers, LogLevel: asynq.FatalLevel})
	err = server.Start(asynq.HandlerFunc(func(ctx context.Context, task *asynq.Task) error {
		if err := deleteOne(ctx, client, args[0]+"/v2/tasks/"+string(task.Payload())); err != nil {
			return err
		}
		if done.Add(1) == left {
			close(ended)
		}
		return nil
	}))
	if err != nil {
		return err
	}
	<-ended
	server.Shutdown()
	return nil
}

func deleteOne(ctx context.Context, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodDelete, url, nil)
	if err != nil {
		return err
	}
	req.Header.Set("X-Auth-Token", strings.Repeat("t", 1300))
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("delete: HTTP %d", resp.StatusCode)
	}
	return nil
}
