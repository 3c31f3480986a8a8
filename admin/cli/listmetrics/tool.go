package listmetrics

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/pflag"

	"github.com/cofferstore/coffer/admin/cli"
)

// Options configure a tool. The zero value of each field is its default.
type Options struct {
	Now func() time.Time // time of signatures; default time.Now
}

// New returns list_metrics.
func New(o *Options) cli.Tool { return tool("list_metrics", o) }

// NewForBuckets returns list_bucket_metrics, the older form, which has no -m.
func NewForBuckets(o *Options) cli.Tool { return tool("list_bucket_metrics", o) }

func tool(name string, o *Options) cli.Tool {
	now := time.Now
	if o != nil && o.Now != nil {
		now = o.Now
	}
	return func(ctx context.Context, in *cli.Invocation) int {
		c := newCommand(name)
		err := c.parse(in.Args)
		if errors.Is(err, pflag.ErrHelp) {
			fmt.Fprint(in.Stdout, c.usage())
			return 0
		}
		if err != nil {
			fmt.Fprintf(in.Stderr, "%s: %v\n\n%s", name, err, c.usage())
			return 1
		}
		if err := c.run(ctx, in, now()); err != nil {
			fmt.Fprintf(in.Stderr, "%s: %v\n", name, err)
			return 1
		}
		return 0
	}
}

// maxAnswer bounds an answer, in bytes.
const maxAnswer = 256 << 20

// run asks the server and writes what it answers.
func (c *command) run(ctx context.Context, in *cli.Invocation, now time.Time) error {
	r, err := c.request(ctx, now)
	if err != nil {
		return err
	}
	client := c.client()
	defer client.CloseIdleConnections()
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if c.verbose {
		writeHeader(in.Stderr, "request", redacted(r.Header))
		fmt.Fprintln(in.Stderr, "status:", resp.StatusCode)
		writeHeader(in.Stderr, "response", resp.Header)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return err
	}
	if len(body) > maxAnswer {
		return fmt.Errorf("the answer has more than %d bytes", maxAnswer)
	}
	if resp.StatusCode < http.StatusOK || resp.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("request failed with status %d: %s", resp.StatusCode, body)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, body, "", "  "); err != nil {
		return fmt.Errorf("the answer is no JSON: %w", err)
	}
	out.WriteByte('\n')
	_, err = in.Stdout.Write(out.Bytes())
	return err
}
