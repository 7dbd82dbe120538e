package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cleaner/internal/config"
)

// controlPatience bounds one word to a running server.
const controlPatience = 10 * time.Second

// newControls returns the commands that steer a running serve.
func newControls(a *app) []*cobra.Command {
	var rate float64
	var workers int
	const change = "Change the rate and the workers of a running serve"
	set := a.newControl("set --config F [--rate R] [--workers N]", change, func(given *pflag.FlagSet) (string, url.Values) {
		form := url.Values{}
		if given.Changed("rate") { // also 0, which serve refuses with what it allows
			form.Set("rate", strconv.FormatFloat(rate, 'g', -1, 64))
		}
		if given.Changed("workers") {
			form.Set("workers", strconv.Itoa(workers))
		}
		return "/control/set", form
	})
	set.Flags().Float64Var(&rate, "rate", 0, "requests a second, at once")
	set.Flags().IntVar(&workers, "workers", 0, "requests in flight, at once")
	plain := func(use, short, path string) *cobra.Command {
		return a.newControl(use+" --config F", short, func(*pflag.FlagSet) (string, url.Values) { return path, url.Values{} })
	}
	return []*cobra.Command{
		plain("pause", "Let the schedules of a running serve start nothing until resume", "/control/pause"),
		plain("resume", "Undo pause", "/control/resume"),
		plain("trigger", "Have a running serve make a pass now", "/control/run"),
		plain("stop", "End the pass that a running serve makes; the rest stays pending", "/control/stop"),
		set,
	}
}

func (a *app) newControl(use, short string, request func(given *pflag.FlagSet) (path string, form url.Values)) *cobra.Command {
	return a.withConfig(&cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: do(func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.localConfig()
			if err != nil {
				return err
			}
			path, form := request(cmd.Flags())
			answer, err := tellServer(cmd.Context(), cfg.Listen, path, form)
			if err != nil {
				return &failure{code: exitUsage, err: err}
			}
			_, err = fmt.Fprintln(a.stdout, answer)
			return err
		}),
	})
}

// tellServer says one word to the running serve, over its socket if there is one,
// else at its address with the token.
func tellServer(ctx context.Context, l config.Listen, path string, form url.Values) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, controlPatience)
	defer cancel()
	client, base, err := wayTo(l)
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if token := tokenOf(l.TokenFile); l.Socket == "" && token != nil {
		secret, err := token()
		if err != nil {
			return "", err
		}
		req.Header.Set("Authorization", "Bearer "+secret)
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", fmt.Errorf("tell the running serve: %w; is it running with this configuration?", err)
	}
	defer func() { _ = resp.Body.Close() }() // what matters has been read
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	text := string(bytes.TrimSpace(body))
	if err == nil && resp.StatusCode/100 != 2 {
		err = fmt.Errorf("the running serve refused: HTTP %d: %s", resp.StatusCode, text)
	}
	return text, err
}

// wayTo returns how the running serve is reached: over its socket if there is one,
// else at its address, unless a web configuration there asks for more than we have.
func wayTo(l config.Listen) (client *http.Client, base string, err error) {
	switch {
	case l.Socket != "":
		return &http.Client{Transport: overSocket(l.Socket)}, "http://localhost", nil
	case l.WebConfigFile != "":
		return nil, "", errors.New("listen.address has a web configuration of its own: set listen.socket, and come over that")
	}
	return http.DefaultClient, "http://" + l.Address, nil
}

// ask has the running serve answer a GET. The caller closes the answer's body.
func ask(ctx context.Context, l config.Listen, path string) (*http.Response, error) {
	client, base, err := wayTo(l)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+path, nil)
	if err != nil {
		return nil, err
	}
	return client.Do(req)
}

// overSocket sends every request over the unix socket at path.
func overSocket(path string) *http.Transport {
	return &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		},
	}
}
