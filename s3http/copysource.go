package s3http

import (
	"errors"
	"net/url"
	"strings"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/objstore"
)

const badCopySource = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"

// parseCopySource reads x-amz-copy-source: "bucket/key", percent-encoded, with
// or without a slash before it and "?versionId=..." behind it. A plus sign is a
// space, as in a form: clients send both.
func parseCopySource(header string) (a address, version string, err error) {
	path, rawQuery, found := strings.Cut(header, "?")
	if found {
		var ok bool
		if version, ok = strings.CutPrefix(rawQuery, "versionId="); !ok || version == "" {
			return address{}, "", badArgument("x-amz-copy-source", header, badCopySource)
		}
		if version, err = url.QueryUnescape(version); err != nil {
			return address{}, "", badArgument("x-amz-copy-source", header, badCopySource)
		}
	}
	if strings.HasPrefix(path, "arn:") {
		return address{}, "", notImplemented("x-amz-copy-source: access points")
	}
	if path, err = url.QueryUnescape(path); err != nil {
		return address{}, "", badArgument("x-amz-copy-source", header, badCopySource)
	}
	a.bucket, a.key, _ = strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if tenant, name, found := strings.Cut(a.bucket, ":"); found {
		a.tenant, a.bucket, a.explicit = tenant, name, true
	}
	if a.bucket == "" || a.key == "" {
		return address{}, "", badArgument("x-amz-copy-source", header, badCopySource)
	}
	return a, version, a.check()
}

// openSource opens the object that x-amz-copy-source names, authorizes the
// reading of it, and judges the conditions on it.
func (c *call) openSource() (source, *objstore.Object, error) {
	if err := c.permit(auth.OpRead); err != nil { // the request as such is a write
		return source{}, nil, err
	}
	a, version, err := parseCopySource(header(c.r.Header, hdrCopySource))
	if err != nil {
		return source{}, nil, err
	}
	bucket, err := c.h.store.Bucket(c.ctx, a.id(c.identity.Tenant))
	if err != nil {
		return source{}, nil, err
	}
	s := source{bucket: bucket, info: bucket.Info(), key: a.key, version: version}
	if s.access, err = c.h.accessOf(c.ctx, bucket, &s.info); err != nil {
		return source{}, nil, err
	}
	if err := expectOwner(c.r.Header, "X-Amz-Source-Expected-Bucket-Owner", s.info.Owner); err != nil {
		return source{}, nil, err
	}
	if err := c.chargeSource(bucket); err != nil {
		return source{}, nil, err
	}
	action := "s3:GetObject"
	if version != "" {
		action = "s3:GetObjectVersion"
	}
	obj, err := c.find(s, action, false)
	if err != nil {
		return source{}, nil, sourceError(err)
	}
	key, err := c.sourceCustomerKey()
	if err == nil {
		err = obj.Unlock(key)
	}
	if err != nil {
		_ = obj.Close()
		return source{}, nil, err
	}
	if cond, any := c.sourceConditions(); any {
		if err := obj.Check(cond); err != nil {
			_ = obj.Close()
			return source{}, nil, sourceError(err)
		}
	}
	return s, obj, nil
}

// sourceError turns answers that only a read can give into those of a copy:
// there is no 304, a condition is called as the header is, and a delete marker is
// a bad source.
func sourceError(err error) error {
	switch objstore.CodeOf(err) {
	case objstore.ErrNotModified, objstore.ErrPreconditionFailed:
		f := refusal(codePreconditionFailed, "")
		if e := new(objstore.Error); errors.As(err, &e) && e.Condition != "" {
			f.detail("Condition", "x-amz-copy-source-"+e.Condition)
		}
		return f
	case objstore.ErrDeleteMarker:
		return refusal(codeInvalidRequest, "The source of a copy request may not specifically refer to a delete marker by version id.")
	}
	return err
}

// setSourceVersion names the version that was copied.
func (c *call) setSourceVersion(s source, info *objstore.ObjectInfo) {
	if s.info.Versioning != objstore.VersioningOff {
		c.set(hdrCopyVersion, info.VersionID)
	}
}
