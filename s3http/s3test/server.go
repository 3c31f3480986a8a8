package s3test

import (
	"context"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/awssig"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/lifecycle/worker"
	"github.com/cofferstore/coffer/quota"
	"github.com/cofferstore/coffer/s3http"
	"github.com/cofferstore/coffer/usage"
	"github.com/cofferstore/coffer/usage/rgwlog"
	"github.com/cofferstore/coffer/usage/utapi"
)

// Server is a running S3 server. The fields must not be changed; methods are
// safe for concurrent use.
type Server struct {
	// URL is the endpoint, for example "http://127.0.0.1:49152".
	URL string

	// Region is what clients sign for.
	Region string

	// AccessKey and SecretKey belong to the root user.
	AccessKey, SecretKey string

	// Store is what the server serves: what a test puts there with the Go API
	// a client sees, and the other way round.
	Store *objstore.Store

	// Directory holds the users.
	Directory *iam.Directory

	// Lifecycle carries out lifecycle rules when a test calls its Run, by the
	// Clock; nothing else does.
	Lifecycle *worker.Worker

	// Quota holds the store to the quotas that a test sets there.
	Quota *quota.Enforcer

	// Limits holds requests to the rate limits that a test sets there; a bucket
	// is named there by its Ref. The Clock tells when tokens come back.
	Limits *quota.RateLimiter

	// UsageLog adds up the usage of requests, in hours of the Clock. A request
	// is in it when it is in the Journal.
	UsageLog *rgwlog.Log

	// Metrics are utilization metrics in intervals of the Clock. Requests that
	// change nothing are in them when a test has called its Flush.
	Metrics *utapi.Metrics

	// Clock is the server's time.
	Clock *Clock

	server  *httptest.Server
	journal journal
	faults  faults
	stop    context.CancelFunc
	closing sync.Once
}

// User is a user with a key.
type User struct {
	ID                   string // full name
	AccessKey, SecretKey string
}

// New starts a server that ends with the test. The functions change its
// configuration.
func New(t testing.TB, configure ...func(*Config)) *Server {
	t.Helper()
	var c Config
	for _, f := range configure {
		f(&c)
	}
	s := NewServer(&c)
	t.Cleanup(s.Close)
	return s
}

// NewServer starts a server; nil means the defaults. Who starts one also calls
// Close. Like httptest, it panics when it cannot start: no loopback address,
// credentials that are not valid, or an engine that does not open.
func NewServer(c *Config) *Server {
	s, err := start(c.withDefaults())
	if err != nil {
		panic("s3test: " + err.Error())
	}
	return s
}

func start(c Config) (*Server, error) {
	s := &Server{Region: c.Region, Clock: newClock()}
	if !c.Start.IsZero() {
		s.Clock.Set(c.Start)
	}
	c.Store.Now, c.Store.Logger = s.Clock.Now, c.Logger
	var err error
	if s.Quota, err = quota.Open(c.Engine.Index, nil); err != nil {
		return nil, err
	}
	s.Metrics = utapi.Open(c.Engine.Index, &utapi.Options{Now: s.Clock.Now, FlushEvery: -1, Logger: c.Logger})
	c.Store.Hooks = append(slices.Clip(c.Store.Hooks), s.Quota, s.Metrics)
	if s.Store, err = objstore.Open(c.Engine, &c.Store); err != nil {
		return nil, err
	}
	if err := s.openDirectory(&c); err != nil {
		_ = s.Store.Close()
		return nil, err
	}
	s.Lifecycle = worker.New(s.Store, c.Engine.Index, &worker.Options{
		Now: s.Clock.Now, Logger: c.Logger, DeleteRate: -1, ScanRate: -1,
	})
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	if err := s.openMeters(ctx, &c); err != nil {
		stop()
		_ = s.Store.Close()
		return nil, err
	}
	s.faults.init(ctx, s.Clock)
	h := s3http.New(s.Store, &s3http.Options{
		Verifier:     s.faults.verifier(s.verifier(&c)),
		Forms:        awssig.Form(s.Directory, &awssig.Options{Now: s.Clock.Now}),
		Authorizer:   auth.Standard{},
		Grantees:     s.Directory.Grantees(),
		Domains:      c.Domains,
		Region:       c.Region,
		Users:        s.Directory,
		SecondFactor: s.Directory,
		BucketLimits: s.Directory,
		Now:          s.Clock.Now,
		Logger:       c.Logger,

		InsecureCustomerKeys: c.CustomerKeysWithoutTLS,
	})
	limited := quota.RateLimit(s.Limits, nil)(s.faults.handler(h))
	measured := (&usage.Options{Now: s.Clock.Now}).Middleware(s.UsageLog, s.Metrics, &s.journal)(limited)
	s.server = httptest.NewUnstartedServer(s.journal.handler(measured))
	s.server.Config.ErrorLog = log.New(io.Discard, "", 0) // aborted connections are meant
	s.server.EnableHTTP2 = c.TLS
	if c.TLS {
		s.server.StartTLS()
	} else {
		s.server.Start()
	}
	s.URL = s.server.URL
	return s, nil
}

// openMeters opens the rate limiter and the usage log.
func (s *Server) openMeters(ctx context.Context, c *Config) (err error) {
	s.Limits, err = quota.OpenLimiter(c.Engine.Index, &quota.LimiterOptions{Now: s.Clock.Now, Wait: s.Clock.wait})
	if err != nil {
		return err
	}
	s.UsageLog, err = rgwlog.Open(ctx, c.Engine.Index, &rgwlog.Options{FlushEvery: -1, Logger: c.Logger})
	return err
}

func (s *Server) openDirectory(c *Config) error {
	var err error
	if s.Directory, err = iam.Open(c.Engine.Index, &iam.Options{Now: s.Clock.Now, Logger: c.Logger}); err != nil {
		return err
	}
	root, err := s.Directory.EnsureRoot(context.Background(), c.AccessKey, c.SecretKey)
	if err != nil {
		return err
	}
	s.AccessKey, s.SecretKey = root.AccessKey, c.SecretKey
	if root.Secret != "" {
		s.SecretKey = root.Secret
	}
	return nil
}

// verifier accepts signatures by the server's clock and, unless that is
// strict, signatures in headers by the real one.
func (s *Server) verifier(c *Config) auth.Verifier {
	at := func(now func() time.Time) auth.Verifier {
		o := &awssig.Options{Now: now, Domains: c.Domains}
		return auth.Chain(awssig.V4(s.Directory, o), awssig.V2(s.Directory, o), awssig.Anonymous())
	}
	if c.StrictClock {
		return at(s.Clock.Now)
	}
	return &eitherClock{fake: at(s.Clock.Now), real: at(time.Now)}
}

// eitherClock asks a second verifier when the first finds only the time wrong.
type eitherClock struct{ fake, real auth.Verifier }

func (e *eitherClock) Verify(r *http.Request) (*auth.Identity, error) {
	id, err := e.fake.Verify(r)
	if auth.Is(err, auth.ErrRequestTimeTooSkewed) && r.Header.Get("Authorization") != "" {
		return e.real.Verify(r)
	}
	return id, err
}

// Close ends the server: connections are closed, requests that a fault holds
// are let go, and the store is closed. It may be called more than once.
func (s *Server) Close() {
	s.closing.Do(func() {
		s.stop()
		s.server.CloseClientConnections()
		s.server.Close()
		_ = s.UsageLog.Close(context.Background())
		_ = s.Metrics.Close(context.Background())
		_ = s.Store.Close() // in memory; there is nobody to tell
	})
}

// Client returns a client that trusts the server's certificate and reaches the
// server also under [Domain] and all names below it.
func (s *Server) Client() *http.Client { return s.server.Client() }

// CertPool returns a pool with the certificate of the TLS form; it is empty
// without TLS.
func (s *Server) CertPool() *x509.CertPool {
	pool := x509.NewCertPool()
	if cert := s.server.Certificate(); cert != nil {
		pool.AddCert(cert)
	}
	return pool
}

// AddUser creates a user of the default tenant with a random key.
func (s *Server) AddUser(name string) (User, error) {
	ctx := context.Background()
	u, err := s.Directory.CreateUser(ctx, iam.User{UserID: iam.UserID{UID: name}, DisplayName: name})
	if err != nil {
		return User{}, err
	}
	c, err := s.Directory.CreateKey(ctx, u.UserID, iam.Credentials{})
	if err != nil {
		return User{}, err
	}
	return User{ID: u.String(), AccessKey: c.AccessKey, SecretKey: c.Secret}, nil
}
