package s3http

import (
	"context"
	"fmt"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/s3http/cors"
	"github.com/cofferstore/coffer/s3http/website"
)

// Kinds of the bucket documents that this package owns, each in the form in
// which the S3 API tells it.
const documentCORS = "cors"

// bucketConfig is what a bucket's documents say of how requests to it are
// answered. It does not change.
type bucketConfig struct {
	cors          *cors.Config    // nil = none
	website       *website.Config // nil = none
	logging       *loggingEnabled // nil = none
	requesterPays bool
}

// configOf returns what the documents of a bucket say.
func (h *Handler) configOf(ctx context.Context, b *objstore.Bucket, info *objstore.BucketInfo) (*bucketConfig, error) {
	if info.Documents == 0 {
		return &h.unconfigured, nil
	}
	if cfg, ok := h.configs.get(info); ok {
		return cfg, nil
	}
	docs, version, err := b.Documents(ctx, documentCORS, documentLogging, documentPayment, documentWebsite)
	if err != nil {
		return nil, err
	}
	cfg, err := compileConfig(docs)
	if err != nil {
		return nil, err
	}
	h.configs.put(info.Ref, newCompiled(version, cfg, docs))
	return cfg, nil
}

// compileConfig reads documents that were checked before they were stored.
func compileConfig(docs map[string][]byte) (*bucketConfig, error) {
	cfg := &bucketConfig{}
	for kind, data := range docs {
		var err error
		switch kind {
		case documentCORS:
			cfg.cors, err = cors.Parse(data)
		case documentLogging:
			cfg.logging, err = compileLogging(data)
		case documentWebsite:
			cfg.website, err = website.Parse(data)
		case documentPayment:
			cfg.requesterPays = string(data) == payerRequester
		}
		if err != nil {
			return nil, fmt.Errorf("%w: bucket document %s: %w", objstore.ErrInvalidStorageStructure, kind, err)
		}
	}
	return cfg, nil
}

// configure applies what the bucket's configuration says of every request.
func (c *call) configure() error {
	cfg, err := c.h.configOf(c.ctx, c.bucket, &c.info)
	if err != nil {
		return err
	}
	c.config = cfg
	c.crossOrigin()
	c.noteLog()
	return c.chargeRequest()
}

// configureRefusal is configure for a request that ended before its bucket was
// opened: a page of another origin can then read why, and the bucket's log has
// it. The caller's tenant is not known; the bucket is that of the default one.
func (c *call) configureRefusal() {
	if c.config != nil || c.started || c.bucketID.Name == "" {
		return
	}
	b, err := c.h.store.Bucket(c.ctx, c.bucketID)
	if err != nil {
		return
	}
	info := b.Info()
	if cfg, err := c.h.configOf(c.ctx, b, &info); err == nil {
		c.config = cfg
		c.noteOwner(b)
		c.crossOrigin()
		c.noteLog()
	}
}

// noteOwner tells the log of a bucket whose it is. Nobody else is told of the
// owner of a bucket that a request was not let near.
func (c *call) noteOwner(b *objstore.Bucket) {
	if c.entry != nil && c.config.logging != nil {
		c.entry.Owner = b.Info().Owner
	}
}

// putDocument stores a bucket document.
func (c *call) putDocument(kind string, data []byte, status int) error {
	if err := c.bucket.SetDocument(c.ctx, kind, data); err != nil {
		return err
	}
	return c.send(status)
}

// sendDocument answers with a bucket document; missing is the code of a bucket
// without it.
func (c *call) sendDocument(kind string, missing code) error {
	data, err := c.bucket.Document(c.ctx, kind)
	if objstore.CodeOf(err) == objstore.ErrNoSuchDocument {
		return c.unset(missing)
	}
	if err != nil {
		return err
	}
	x := c.h.newXML()
	defer x.free()
	x.declare()
	x.b = append(x.b, data...)
	return c.sendXML(x)
}
