package s3http

import (
	"net/http"
	"strings"

	"github.com/cofferstore/coffer/internal/httpx"
	"github.com/cofferstore/coffer/objstore"
)

// readConditions reads the preconditions of a read (RFC 9110, section 13).
// any is false when there are none. Dates that cannot be read are ignored, as
// the RFC demands.
func (c *call) readConditions() (cond objstore.Conditions, any bool) {
	h := c.r.Header
	return c.conditionsOf(header(h, "If-Match"), header(h, "If-None-Match"),
		header(h, "If-Modified-Since"), header(h, "If-Unmodified-Since"))
}

// sourceConditions reads those of a copy's source.
func (c *call) sourceConditions() (cond objstore.Conditions, any bool) {
	h := c.r.Header
	const prefix = "X-Amz-Copy-Source-If-"
	return c.conditionsOf(header(h, prefix+"Match"), header(h, prefix+"None-Match"),
		header(h, prefix+"Modified-Since"), header(h, prefix+"Unmodified-Since"))
}

// conditionsOf ignores an If-Modified-Since of the future, as S3 does: RFC 2616,
// section 14.25, calls such a date invalid.
func (c *call) conditionsOf(match, noneMatch, modified, unmodified string) (cond objstore.Conditions, any bool) {
	if match == "" && noneMatch == "" && modified == "" && unmodified == "" {
		return cond, false
	}
	if match != "" {
		cond.IfMatch = httpx.ParseETags(match, false)
		if len(cond.IfMatch) == 0 {
			cond.IfMatch = []string{""} // only weak tags: nothing matches
		}
	}
	if noneMatch != "" {
		cond.IfNoneMatch = httpx.ParseETags(noneMatch, true)
	}
	if since, _ := httpx.ParseDate(modified); !since.After(c.h.now()) {
		cond.IfModifiedSince = since
	}
	cond.IfUnmodifiedSince, _ = httpx.ParseDate(unmodified)
	return cond, true
}

// conditional are the operations that write under conditions.
var conditional = map[string]bool{
	"PutObject": true, "PostObject": true, "CopyObject": true, "DeleteObject": true,
	"CreateMultipartUpload": true, "CompleteMultipartUpload": true,
}

// refuseConditions refuses those of other writes, which would be done whether
// they hold or not.
func (c *call) refuseConditions() error {
	if c.r.Method == http.MethodGet || c.r.Method == http.MethodHead || conditional[c.route.Name] {
		return nil
	}
	for _, name := range []string{"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"} {
		if len(c.r.Header[name]) > 0 {
			return notImplemented(name)
		}
	}
	return nil
}

// writeConditions reads those of a write: If-Match with tags, If-None-Match
// with "*" (S3 user guide, "Conditional requests"); others are NotImplemented
// there too, and so are both at once. A write that is judged by what is stored
// needs the right to read.
func (c *call) writeConditions() (objstore.Conditions, error) {
	h := c.r.Header
	var cond objstore.Conditions
	if len(h["If-Match"]) > 0 && len(h["If-None-Match"]) > 0 {
		return cond, notImplemented("If-Match,If-None-Match")
	}
	for _, name := range []string{"If-Modified-Since", "If-Unmodified-Since"} {
		if len(h[name]) > 0 {
			return cond, notImplemented(name)
		}
	}
	if v := header(h, "If-None-Match"); v != "" {
		if strings.TrimSpace(v) != "*" {
			return cond, notImplemented("If-None-Match")
		}
		cond.IfNoneMatch = []string{"*"}
	}
	if v := header(h, "If-Match"); v != "" {
		if cond.IfMatch = httpx.ParseETags(v, false); len(cond.IfMatch) == 0 {
			cond.IfMatch = []string{""}
		}
		if err := c.authorize("s3:GetObject", c.resource()); err != nil {
			return cond, err
		}
	}
	return cond, nil
}
