package s3http

import (
	"errors"
	"net/http"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/quota"
	"github.com/cofferstore/coffer/s3http/cors"
)

// varyCORS names what an answer of a bucket with cross-origin rules depends on.
// It is told to all callers: a shared cache must not hand the answer to one
// origin, or to none, to another.
const varyCORS = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"

const (
	corsOff     = "CORSResponse: CORS is not enabled for this bucket."
	corsNoRule  = "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."
	corsNoPlace = "CORSResponse: Bucket not found"
)

// getCORS serves GetBucketCors.
func (c *call) getCORS() error { return c.sendDocument(documentCORS, codeNoSuchCORS) }

// putCORS serves PutBucketCors.
func (c *call) putCORS() error {
	body, err := c.readBody(maxDocument)
	if err != nil {
		return err
	}
	cfg, err := cors.Parse(body)
	var refused *cors.Error
	if errors.As(err, &refused) {
		return refusal(code(refused.Code), refused.Message)
	}
	if err != nil {
		return err
	}
	data, err := cfg.XML()
	if err != nil {
		return err
	}
	return c.putDocument(documentCORS, data, http.StatusOK)
}

// deleteCORS serves DeleteBucketCors.
func (c *call) deleteCORS() error { return c.putDocument(documentCORS, nil, http.StatusNoContent) }

// crossOrigin tells the browser of a page of another origin what it may know of
// the answer, be that a success or an error. Rules are matched by the request's
// own method.
func (c *call) crossOrigin() {
	if c.config == nil || c.config.cors == nil {
		return
	}
	c.w.Header()["Vary"] = []string{varyCORS}
	origin := header(c.r.Header, "Origin")
	if rule := c.config.cors.Match(origin, c.r.Method, nil); rule != nil {
		c.allowOrigin(rule, origin, nil)
	}
}

func (c *call) allowOrigin(rule *cors.Rule, origin string, headers []string) {
	for _, f := range rule.Answer(origin, headers) {
		c.w.Header()[f.Name] = []string{f.Value}
	}
}

// preflight answers the question that a browser asks before it sends a request
// of another origin. Nobody signs it. Unless the address names a tenant, the
// bucket is one of the default tenant.
func (c *call) preflight() error {
	h := c.r.Header
	origin, method := header(h, "Origin"), header(h, "Access-Control-Request-Method")
	switch {
	case origin == "":
		return refusal(codeBadRequest, "Insufficient information. Origin request header needed.")
	case method == "":
		return refusal(codeBadRequest, "Invalid Access-Control-Request-Method: null")
	case !cors.IsMethod(method):
		return refusal(codeBadRequest, "Invalid Access-Control-Request-Method: "+method)
	case c.bucketID.Name == "":
		return c.preflightRefused(method, corsOff)
	}
	b, err := c.h.store.Bucket(c.ctx, c.bucketID)
	if objstore.CodeOf(err) == objstore.ErrNoSuchBucket {
		return c.preflightRefused(method, corsNoPlace)
	}
	if err != nil {
		return err
	}
	info := b.Info()
	nobody := quota.Subject{Bucket: string(info.Ref[:]), Class: quota.Class(c.route.Class)}
	if err := quota.FromContext(c.ctx).Admit(c.ctx, nobody); err != nil {
		return err
	}
	if c.config, err = c.h.configOf(c.ctx, b, &info); err != nil {
		return err
	}
	c.noteOwner(b)
	c.noteLog()
	if c.config.cors == nil {
		return c.preflightRefused(method, corsOff)
	}
	asked := cors.SplitHeaders(header(h, "Access-Control-Request-Headers"))
	rule := c.config.cors.Match(origin, method, asked)
	if rule == nil {
		return c.preflightRefused(method, corsNoRule)
	}
	c.allowOrigin(rule, origin, asked)
	return c.send(http.StatusOK)
}

func (c *call) preflightRefused(method, message string) error {
	kind := "BUCKET"
	if c.key != "" {
		kind = "OBJECT"
	}
	return refusal(codeAccessForbidden, message,
		auth.Detail{Name: "Method", Value: method}, auth.Detail{Name: "ResourceType", Value: kind})
}
