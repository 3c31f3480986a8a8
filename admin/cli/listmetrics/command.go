package listmetrics

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

// command is a command line.
type command struct {
	name  string
	flags *pflag.FlagSet

	accessKey, secretKey    string
	metric                  string
	names                   map[string]*string // by metric
	start, end              string
	host, port              string
	recent, secure, verbose bool

	times []int64 // in milliseconds
}

// metrics are what can be listed.
var metrics = []string{"buckets", "accounts", "users", "service"}

func newCommand(name string) *command {
	c := &command{name: name, flags: pflag.NewFlagSet(name, pflag.ContinueOnError), names: make(map[string]*string)}
	f := c.flags
	f.SortFlags = false
	f.Usage = func() {}
	f.StringVarP(&c.accessKey, "access-key", "a", "", "access `key` id")
	f.StringVarP(&c.secretKey, "secret-key", "k", "", "`secret` access key")
	if name == "list_bucket_metrics" {
		c.metric = "buckets"
		c.names["buckets"] = f.StringP("buckets", "b", "", "`names` of buckets, separated by commas")
	} else {
		f.StringVarP(&c.metric, "metric", "m", "", "what to list: buckets, accounts, users or service")
		for _, m := range metrics[:3] {
			c.names[m] = f.String(m, "", "`names` of "+m+", separated by commas")
		}
		c.names["service"] = f.String("service", "", "`name` of the service, s3")
	}
	f.StringVarP(&c.start, "start", "s", "", "start of the range, in `milliseconds` since 1970")
	f.StringVarP(&c.end, "end", "e", "", "end of the range, in `milliseconds` since 1970; default now")
	f.BoolVarP(&c.recent, "recent", "r", false, "list the current and the previous interval of 15 minutes")
	f.StringVarP(&c.host, "host", "h", "", "`host` of the server")
	f.StringVarP(&c.port, "port", "p", "", "`port` of the server")
	f.BoolVar(&c.secure, "ssl", false, "use HTTPS; the certificate is not verified")
	f.BoolVarP(&c.verbose, "verbose", "v", false, "tell headers and status on standard error")
	return c
}

func (c *command) usage() string {
	return "Usage: " + c.name + " [options]\n\nOptions:\n" + c.flags.FlagUsages()
}

// parse reads and judges the arguments.
func (c *command) parse(args []string) error {
	if err := c.flags.Parse(args); err != nil {
		return err
	}
	if c.flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument: %s", c.flags.Arg(0))
	}
	for _, o := range [...]struct{ name, value string }{
		{"host", c.host}, {"port", c.port}, {"access-key", c.accessKey}, {"secret-key", c.secretKey}, {"metric", c.metric},
	} {
		if o.value == "" {
			return errors.New("missing required option: " + o.name)
		}
	}
	if !slices.Contains(metrics, c.metric) {
		return errors.New("metric must be 'buckets', 'accounts', 'users', or 'service'")
	}
	if *c.names[c.metric] == "" {
		return errors.New("missing required option: " + c.metric)
	}
	if c.recent {
		return nil
	}
	return c.parseTimes()
}

func (c *command) parseTimes() error {
	if c.start == "" {
		return errors.New("missing required option: start")
	}
	for _, o := range [...]struct{ name, value string }{{"start", c.start}, {"end", c.end}} {
		if o.value == "" {
			continue
		}
		ms, err := strconv.ParseInt(o.value, 10, 64)
		if err != nil {
			return errors.New(o.name + " must be a number")
		}
		c.times = append(c.times, ms)
	}
	return nil
}

// list returns the names that are asked for.
func (c *command) list() []string {
	names := strings.Split(*c.names[c.metric], ",")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	return names
}
