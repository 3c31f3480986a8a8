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
	size, err := c.transitionSize()
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
	err = c.bucket.SetDocuments(c.ctx, map[string][]byte{lifecycle.Document: data, transitionSizeDocument: size})
	if objstore.CodeOf(err) == objstore.ErrEntityTooLarge {
		return refusal(codeInvalidRequest, "The lifecycle configuration is too large to be stored.")
	}
	if err != nil {
		return err
	}
	c.announceTransitionSize(size)
	return c.send(http.StatusOK)
}

// The size from which on rules move objects to other classes of storage. Rules
// here move none; tools put it beside them all the same, and wait until it can
// be read.
const (
	hdrTransitionSize      = "X-Amz-Transition-Default-Minimum-Object-Size"
	transitionSizeDocument = "lifecycle-transition-size" // missing for the default
	defaultTransitionSize  = "all_storage_classes_128K"
	variedTransitionSize   = "varies_by_storage_class"
)

// transitionSize reads the header of that name; the default is nil.
func (c *call) transitionSize() ([]byte, error) {
	switch v := header(c.r.Header, hdrTransitionSize); v {
	case "", defaultTransitionSize:
		return nil, nil
	case variedTransitionSize:
		return []byte(v), nil
	default:
		return nil, badArgument("x-amz-transition-default-minimum-object-size", v, "Invalid TransitionDefaultMinimumObjectSize found")
	}
}

func (c *call) announceTransitionSize(size []byte) {
	if size == nil {
		size = []byte(defaultTransitionSize)
	}
	c.set(hdrTransitionSize, string(size))
}

// getLifecycle serves GetBucketLifecycleConfiguration.
func (c *call) getLifecycle() error {
	docs, _, err := c.bucket.Documents(c.ctx, lifecycle.Document, transitionSizeDocument)
	if err != nil {
		return err
	}
	rules := docs[lifecycle.Document]
	if rules == nil {
		return c.unset(codeNoSuchLifecycle)
	}
	c.announceTransitionSize(docs[transitionSizeDocument])
	x := c.h.newXML()
	defer x.free()
	x.declare()
	x.b = append(x.b, rules...)
	return c.sendXML(x)
}

// deleteLifecycle serves DeleteBucketLifecycle.
func (c *call) deleteLifecycle() error {
	if err := c.bucket.SetDocuments(c.ctx, map[string][]byte{lifecycle.Document: nil, transitionSizeDocument: nil}); err != nil {
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
	c.set("X-Amz-Expiration", `expiry-date="`+httpx.FormatDate(a.At)+`", rule-id="`+escapeRule(a.Rule)+`"`)
}

// announceAbort tells when an upload will be aborted, and by which rule
// (x-amz-abort-date, x-amz-abort-rule-id).
func (c *call) announceAbort(u *objstore.UploadInfo) {
	a := c.lifecycle().Upload(u.Key, u.Initiated, c.h.calendar)
	if a.Kind != lifecycle.Abort {
		return
	}
	c.set("X-Amz-Abort-Date", httpx.FormatDate(a.At))
	c.set("X-Amz-Abort-Rule-Id", escapeRule(a.Rule))
}

func escapeRule(id string) string { return strings.ReplaceAll(url.QueryEscape(id), "+", "%20") }
