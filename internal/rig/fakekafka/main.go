// Command fakekafka is a Kafka to try intake with: the broker that franz-go runs in
// process for tests. It keeps nothing over its end. Each line of its standard input
// becomes a record of the topic.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	port := flag.Int("port", 19092, "the port to listen at, of 127.0.0.1")
	topic := flag.String("topic", "codearts-deletions", "the topic, which is made")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, *port, *topic, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "fakekafka:", err)
		os.Exit(1)
	}
}

// serve runs the broker until ctx ends. It says so when all records are there.
func serve(ctx context.Context, port int, topic string, records io.Reader, out io.Writer) (err error) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.Ports(port), kfake.SeedTopics(3, topic))
	if err != nil {
		return err
	}
	defer cluster.Close()
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.DefaultProduceTopic(topic))
	if err != nil {
		return err
	}
	defer client.Close()
	n := 0
	lines := bufio.NewScanner(records)
	for ; lines.Scan(); n++ {
		err = errors.Join(err, client.ProduceSync(ctx, kgo.StringRecord(lines.Text())).FirstErr())
	}
	if err = errors.Join(err, lines.Err()); err != nil {
		return fmt.Errorf("fill topic %s: %w", topic, err)
	}
	fmt.Fprintf(out, "a Kafka at %s has topic %s with %d records\n", cluster.ListenAddrs()[0], topic, n)
	<-ctx.Done()
	return nil
}
