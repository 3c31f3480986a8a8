package s3test

import (
	"log/slog"
	"time"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/objstore/sse/keyring"
)

// Domain is the domain under which buckets are hosts unless [Config.Domains]
// names others. [Server.Client] reaches the server under it and all names below,
// and the certificate of the TLS form is good for both.
const Domain = "example.com"

// Config is what a server is made of. The zero value of each field is its
// default.
type Config struct {
	// Region is the server's region. Default "us-east-1".
	Region string

	// AccessKey and SecretKey are the root user's. Default: random.
	AccessKey, SecretKey string

	// TLS makes the server speak HTTPS, with HTTP/2.
	TLS bool

	// Domains are the domains under which buckets are hosts. Default [Domain].
	Domains []string

	// Engine holds the data; the server closes its index. Default: memengine.New().
	Engine driver.Engine

	// Store tunes the store, for example with hooks or a smaller MinPartSize.
	// Now and Logger are the server's; the background sweep is off unless
	// SweepEvery is set.
	// Keys and KMS are a key ring in memory unless they are set.
	Store objstore.Options

	// CustomerKeysWithoutTLS accepts SSE-C over plain HTTP.
	CustomerKeysWithoutTLS bool

	// Start is the Clock's first time. Default: the real one.
	Start time.Time

	// StrictClock makes the Clock alone judge the time of signatures: after an
	// Advance of more than 15 minutes a client must sign by the Clock too.
	StrictClock bool

	// Logger receives the server's log. Default: discard.
	Logger *slog.Logger
}

// withDefaults returns a copy of c in which every field is set.
func (c *Config) withDefaults() Config {
	var out Config
	if c != nil {
		out = *c
	}
	if out.Region == "" {
		out.Region = "us-east-1"
	}
	if out.Domains == nil {
		out.Domains = []string{Domain}
	}
	if out.Engine.Index == nil {
		out.Engine = memengine.New()
	}
	if out.Store.SweepEvery == 0 {
		out.Store.SweepEvery = -1
	}
	ring := keyring.NewMemory()
	if out.Store.Keys == nil {
		out.Store.Keys = ring
	}
	if out.Store.KMS == nil {
		out.Store.KMS = ring
	}
	if out.Logger == nil {
		out.Logger = slog.New(slog.DiscardHandler)
	}
	return out
}
