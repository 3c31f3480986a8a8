package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/cofferstore/coffer/internal/config"
)

const healthHelp = `Usage: coffer health [flags]

Asks a running server whether it is ready. The exit code is 0 if it is and 1 if not.`

// maxHealthAnswer bounds what is read of an answer.
const maxHealthAnswer = 4 << 10

// health asks /readyz of the metrics listener.
func health(ctx context.Context, in *invocation) error {
	f := pflag.NewFlagSet("health", pflag.ContinueOnError)
	url := f.String("url", "http://127.0.0.1:9001", "`URL` of the server's metrics listener")
	timeout := f.Duration("timeout", 5*time.Second, "how long the answer may take")
	if err := in.load(config.Settings{Flags: f}, healthHelp); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, *timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(*url, "/")+"/readyz", nil)
	if err != nil {
		return err
	}
	t := &http.Transport{DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: t}).Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxHealthAnswer))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", resp.Status, strings.TrimSpace(string(text)))
	}
	_, err = in.stdout.Write(text)
	return err
}
