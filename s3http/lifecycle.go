package s3http

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/cofferstore/coffer/internal/httpx"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/lifecycle"
)

// putLifecycle serves PutBucketLifecycleConfiguration, and its older form,
// whose rules have a prefix in place of a filter.
func (c *call) putLifecycle() error {
	if c.info.MFADelete {
		return refusal(codeInvalidBucketState, "A lifecycle configuration cannot be put on a bucket with MFA Delete.")
	}
	if err := c.requireSum(); err != nil {
		return err
	}
	body, err := c.readBody(lifecycle.MaxSize)
	if err != nil {
		return err
	}
	config, err := lifecycle.Parse(body)
	var refused *lifecycle.Error
	if errors.As(err, &refused) {
		return refusal(code(refused.Code), refused.Message)
	}
	if err != nil {
		return err
	}
	data, err := config.XML()
	if err != nil {
		return err
	}
	err = c.bucket.SetDocument(c.ctx, lifecycle.Document, data)
	if objstore.CodeOf(err) == objstore.ErrEntityTooLarge {
		return refusal(codeInvalidRequest, "The lifecycle configuration is too large to be stored.")
	}
	if err != nil {
		return err
	}
	return c.send(http.StatusOK)
}

// getLifecycle serves GetBucketLifecycleConfiguration.
func (c *call) getLifecycle() error {
	data, err := c.bucket.Document(c.ctx, lifecycle.Document)
	if objstore.CodeOf(err) == objstore.ErrNoSuchDocument {
		return c.unset(codeNoSuchLifecycle)
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

// deleteLifecycle serves DeleteBucketLifecycle.
func (c *call) deleteLifecycle() error {
	if err := c.bucket.SetDocument(c.ctx, lifecycle.Document, nil); err != nil {
		return err
	}
	return c.send(http.StatusNoContent)
}

// lifecycle returns the rules of the bucket, nil when it has none.
func (c *call) lifecycle() *lifecycle.Config {
	if c.info.Documents == 0 {
		return nil
	}
	if config, ok := c.h.lifecycles.get(&c.info); ok {
		return config
	}
	docs, version, err := c.bucket.Documents(c.ctx, lifecycle.Document)
	var config *lifecycle.Config
	if data := docs[lifecycle.Document]; err == nil && data != nil {
		config, err = lifecycle.Parse(data)
	}
	if err != nil {
		// The object can be told of nevertheless.
		c.h.logger.LogAttrs(c.ctx, slog.LevelError, "lifecycle rules cannot be read",
			slog.String("bucket", c.bucketID.String()), slog.Any("error", err))
		return nil
	}
	c.h.lifecycles.put(c.info.Ref, newCompiled(version, config, docs))
	return config
}

// announceExpiration tells when a current object will expire, and by which rule
// (x-amz-expiration).
func (c *call) announceExpiration(info *objstore.ObjectInfo) {
	config := c.lifecycle()
	if config == nil || !info.IsLatest || info.DeleteMarker {
		return
	}
	v := lifecycle.Version{Key: info.Key, Size: info.Size, ModTime: info.ModTime, Latest: true}
	if len(info.Tags) > 0 {
		v.Tags = make(map[string]string, len(info.Tags))
		for _, t := range info.Tags {
			v.Tags[t.Key] = t.Value
		}
	}
	a := config.Version(&v, c.h.calendar)
	if a.Kind != lifecycle.Expire {
		return
	}
	rule := strings.ReplaceAll(url.QueryEscape(a.Rule), "+", "%20")
	c.set("X-Amz-Expiration", `expiry-date="`+httpx.FormatDate(a.At)+`", rule-id="`+rule+`"`)
}
