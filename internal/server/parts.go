package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/cli"
	"github.com/cofferstore/coffer/admin/cli/s3info"
	"github.com/cofferstore/coffer/admin/ostorhttp"
	"github.com/cofferstore/coffer/admin/rgwhttp"
	"github.com/cofferstore/coffer/admin/utapihttp"
	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/awssig"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/internal/config"
	"github.com/cofferstore/coffer/internal/datadir"
	"github.com/cofferstore/coffer/internal/httpx"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/lifecycle"
	"github.com/cofferstore/coffer/objstore/lifecycle/worker"
	"github.com/cofferstore/coffer/quota"
	"github.com/cofferstore/coffer/s3http"
	"github.com/cofferstore/coffer/usage"
	"github.com/cofferstore/coffer/usage/bucketlog"
	"github.com/cofferstore/coffer/usage/ostorstat"
	"github.com/cofferstore/coffer/usage/prom"
	"github.com/cofferstore/coffer/usage/rgwlog"
	"github.com/cofferstore/coffer/usage/utapi"
)

// parts are what a server serves from.
type parts struct {
	data  *datadir.Dir
	users *iam.Directory
	quota *quota.Enforcer
	rates *quota.RateLimiter
	usage *rgwlog.Log
	utapi *utapi.Metrics
	store *objstore.Store
	logs  *bucketlog.Delivery // nil until there is a handler

	sizes      *ostorstat.Sizes
	statistics *ostorstat.Log

	service *admin.Service
	ostor   *admin.Ostor
	s3info  cli.Tool
	stopped bool // opened for a tool, not to serve: makes nothing anew, does nothing by itself

	lifecycle *worker.Worker
	work      sync.WaitGroup     // background work
	stop      context.CancelFunc // of it; nil while there is none
}

func openParts(ctx context.Context, c *config.Server, log *slog.Logger, credentials io.Writer) (*parts, error) {
	p := &parts{}
	if err := p.open(ctx, c, log, credentials); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

func (p *parts) open(ctx context.Context, c *config.Server, log *slog.Logger, credentials io.Writer) error {
	var err error
	if p.data, err = datadir.Open(c.Data, &datadir.Options{MasterKey: c.MasterKey, MustExist: p.stopped, Logger: log}); err != nil {
		return err
	}
	if p.users, err = iam.Open(p.data.Index, &iam.Options{Sealer: p.data.MasterKey, Logger: log}); err != nil {
		return err
	}
	if !p.stopped {
		if err := p.ensureRoot(ctx, c, credentials); err != nil {
			return err
		}
	}
	if err := p.openMeters(ctx, c, log); err != nil {
		return err
	}
	if err := p.openStore(c, log); err != nil {
		return err
	}
	p.lifecycle = worker.New(p.store, p.data.Index, &worker.Options{
		Logger: log, Calendar: lifecycle.Calendar{Day: c.LifecycleDay}, Interval: c.LifecycleInterval,
	})
	p.service = admin.New(p.users, p.store, &admin.Options{Quotas: p.quota, Rates: p.rates, Usage: p.usage, Lifecycle: p.lifecycle})
	p.ostor = admin.NewOstor(p.service, nil)
	p.s3info, err = s3info.New(p.users, &s3info.Options{Domain: c.S3InfoDomain, MappingFile: c.S3InfoMap, Logger: log})
	if err != nil {
		return fmt.Errorf("%w: %w", config.ErrUsage, err)
	}
	return nil
}

// ensureRoot makes the root user, or gives it the keys of the settings.
func (p *parts) ensureRoot(ctx context.Context, c *config.Server, credentials io.Writer) error {
	root, err := p.users.EnsureRoot(ctx, c.RootAccessKey, c.RootSecretKey)
	if err != nil || root.Secret == "" {
		return err
	}
	return announce(credentials, root)
}

// openStore opens the store, with its sweep unless it is for a tool.
func (p *parts) openStore(c *config.Server, log *slog.Logger) error {
	keys, err := p.data.KeyRing()
	if err != nil {
		return err
	}
	kms, err := keyProvider(&c.KMS, keys)
	if err != nil {
		return fmt.Errorf("%w: kms: %w", config.ErrUsage, err)
	}
	o := &objstore.Options{
		Hooks: []objstore.Hook{p.quota, p.sizes, p.utapi, admin.NewOwners(p.users)}, Logger: log, Reserve: reserve(c.Reserve), Keys: keys, KMS: kms,
	}
	if p.stopped {
		o.SweepEvery = -1
	}
	p.store, err = objstore.Open(p.data.Engine(), o)
	return err
}

// openMeters opens what bounds and counts use.
func (p *parts) openMeters(ctx context.Context, c *config.Server, log *slog.Logger) error {
	var err error
	if p.quota, err = quota.Open(p.data.Index, nil); err != nil {
		return err
	}
	if p.rates, err = quota.OpenLimiter(p.data.Index, nil); err != nil {
		return err
	}
	journals := filepath.Join(c.Data, "usage")
	if p.usage, err = rgwlog.Open(ctx, p.data.Index, &rgwlog.Options{Dir: journals, Logger: log}); err != nil {
		return err
	}
	metrics := &utapi.Options{ExpireAfter: c.UTAPIExpireAfter, Logger: log}
	if p.stopped {
		metrics.FlushEvery = -1
	}
	p.utapi = utapi.Open(p.data.Index, metrics)
	return p.openStatistics(ctx, &c.Statistics, log)
}

// start starts the background work, which close ends.
func (p *parts) start(c *config.Server) {
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	p.work.Go(func() { p.lifecycle.Loop(ctx) })
	if c.UTAPIReindex {
		p.work.Go(func() { p.utapi.ReindexLoop(ctx, p.store) })
	}
}

// announce shows generated credentials, the only time that they can be seen.
func announce(w io.Writer, root iam.Root) error {
	_, err := fmt.Fprintf(w, `
The root user was created. Its keys are shown this once:

    export AWS_ACCESS_KEY_ID=%s
    export AWS_SECRET_ACCESS_KEY=%s

To choose others, set %s and %s.

`, root.AccessKey, root.Secret, config.EnvName("root-access-key"), config.EnvName("root-secret-key"))
	return err
}

// reserve translates "none": to the store, 0 is its default.
func reserve(s config.Size) int64 {
	if s == 0 {
		return -1
	}
	return int64(s)
}

// close ends the background work, writes the logs of buckets, and closes what
// counts requests and the store before their media, and what was not opened not
// at all.
func (p *parts) close() error {
	if p.stop != nil {
		p.stop()
		p.work.Wait()
	}
	var err error
	if p.logs != nil {
		err = p.logs.Close()
	}
	if p.usage != nil {
		err = errors.Join(err, p.usage.Close(context.Background()))
	}
	if p.utapi != nil {
		err = errors.Join(err, p.utapi.Close(context.Background()))
	}
	if p.statistics != nil {
		err = errors.Join(err, p.statistics.Close(context.Background()))
	}
	if p.store != nil {
		err = errors.Join(err, p.store.Close())
	}
	if p.data != nil {
		err = errors.Join(err, p.data.Close())
	}
	return err
}

// handlers are what a server serves, each with everything around it.
type handlers struct {
	main  http.Handler // S3 and what shares its listener
	utapi http.Handler // utilization metrics alone
}

// handlers returns the front ends, and registers what there is to watch.
func (p *parts) handlers(c *config.Server, log *slog.Logger, accessLog usage.Sink, ops *operations) (*handlers, error) {
	metrics, err := ops.watch(p)
	if err != nil {
		return nil, err
	}
	p.logs = bucketlog.New(p.store, &bucketlog.Options{Logger: log})
	sinks := []usage.Sink{p.usage, p.statistics, p.utapi, metrics, p.logs}
	if accessLog != nil {
		sinks = append(sinks, accessLog)
	}
	sig := &awssig.Options{Domains: c.Domains}
	s3only := &awssig.Options{Domains: c.Domains, Services: []string{"s3"}}
	verifier := auth.Chain(awssig.V4(p.users, sig), awssig.V2(p.users, sig), awssig.Anonymous())
	h := s3http.New(p.store, &s3http.Options{
		Verifier:   verifier,
		Forms:      awssig.Form(p.users, sig),
		Authorizer: auth.Standard{},
		Grantees:   p.users.Grantees(),
		Domains:    c.Domains,
		Region:     c.Region,
		Users:      p.users,
		Logger:     log,

		SecondFactor: p.users,
		LifecycleDay: c.LifecycleDay,
		BucketLimits: p.users,

		InsecureCustomerKeys: c.CustomerKeysWithoutTLS,
		Ownership:            auth.Ownership(c.Ownership),
		WebsiteDomains:       c.Websites,
	})
	// Below /admin a bucket's host does not count, so that a presigned URL of
	// version 2, which does not sign it, would be one for a bucket of that name too.
	adminSig := &awssig.Options{Services: []string{"s3"}, PayloadHashOptional: true, NoPresignedV2: true}
	adminVerifier := auth.Chain(awssig.V4(p.users, adminSig), awssig.V2(p.users, adminSig), awssig.Anonymous())
	administration := rgwhttp.New(p.service, &rgwhttp.Options{Verifier: adminVerifier, Domains: slices.Concat(c.Domains, c.Websites), Logger: log})
	ostor := ostorhttp.New(p.ostor, &ostorhttp.Options{
		Verifier: auth.Chain(awssig.V4(p.users, s3only), awssig.V2(p.users, s3only), awssig.Anonymous()),
		Domains:  slices.Concat(c.Domains, c.Websites), Sizes: p.sizes, Statistics: p.statistics, Logger: log,
	})
	utilization := utapihttp.New(p.utapi, p.service, &utapihttp.Options{
		Verifier: awssig.V4(p.users, s3only), Domains: slices.Concat(c.Domains, c.Websites), Logger: log,
	})
	limited := quota.RateLimit(p.rates, nil)(h)
	served := utilization.Beside(ostor.Beside(administration.Beside(limited)))
	around := func(h http.Handler) http.Handler {
		return httpx.Stall(c.StallTimeout, time.Now)(usage.Middleware(sinks...)(h))
	}
	return &handlers{main: around(served), utapi: around(utilization)}, nil
}

// indexStats translates the figures of the index.
func (p *parts) indexStats() prom.IndexStats {
	s := p.data.Index.Stats()
	return prom.IndexStats{
		Updates: s.Updates, Batches: s.Batches, Syncs: s.Batches, Rows: s.Rows,
		CommitTime: s.CommitTime, LargestBatch: s.LargestBatch, Queued: s.Queued, Releases: s.Releases,
		Log: prom.LogStats(s.Log),
	}
}
