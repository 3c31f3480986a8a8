package s3http

import (
	"net/netip"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/objstore"
)

// policyKeys are the condition keys of a request, found when a policy asks for
// them ("Actions, resources, and condition keys for Amazon S3"; RGW: "Bucket
// policies"). Of headers that were sent more than once the first counts, as
// everywhere else in this package.
type policyKeys struct {
	c      *call
	object *objstore.ObjectInfo // the object that is judged, if it is there

	// tags are those in the request's body, and hasTags that there is such a
	// body; else x-amz-tagging counts. location is that of CreateBucket.
	tags     []objstore.Tag
	hasTags  bool
	location string

	// untag are the keys of tags that the request removes, for aws:TagKeys.
	untag []string

	// lock is what the request's body asks for, by the name of the header that
	// would; nil: the headers count.
	lock map[string]string
}

// Values implements [policy.Context].
func (k *policyKeys) Values(key string) ([]string, bool) {
	if name, tag, ok := strings.Cut(key, "/"); ok {
		return k.tag(name, tag)
	}
	var v string
	ok := false
	switch {
	case key == "aws:tagkeys" && k.untag != nil:
		return k.untag, true
	case key == "aws:tagkeys", key == "s3:requestobjecttagkeys":
		return tagKeys(k.requestTags())
	case strings.HasPrefix(key, "aws:"):
		v, ok = k.global(key[len("aws:"):])
	case strings.HasPrefix(key, "s3:"):
		v, ok = k.s3(key[len("s3:"):])
	}
	if !ok {
		return nil, false
	}
	return []string{v}, true
}

func tagKeys(tags []objstore.Tag) ([]string, bool) {
	keys := make([]string, len(tags))
	for i, t := range tags {
		keys[i] = t.Key
	}
	return keys, len(keys) > 0
}

// tag answers for keys that end in the key of a tag.
func (k *policyKeys) tag(name, tag string) ([]string, bool) {
	var tags []objstore.Tag
	switch name {
	case "aws:requesttag", "s3:requestobjecttag":
		tags = k.requestTags()
	case "s3:existingobjecttag":
		tags = k.objectTags()
	case "aws:resourcetag", "s3:resourcetag":
		if tags = k.objectTags(); k.c.asked.Resource.Key == "" {
			tags = k.bucketTags()
		}
	}
	for _, t := range tags {
		if t.Key == tag {
			return []string{t.Value}, true
		}
	}
	return nil, false
}

// requestTags are those that the request would set. A header that cannot be
// read has none: the operation refuses it.
func (k *policyKeys) requestTags() []objstore.Tag {
	v := header(k.c.r.Header, hdrTagging)
	if k.hasTags || v == "" {
		return k.tags
	}
	tags, err := parseTagging(v)
	if err != nil {
		return nil
	}
	return tags
}

func (k *policyKeys) objectTags() []objstore.Tag {
	if k.object == nil {
		return nil
	}
	return k.object.Tags
}

// bucketTags are those of the bucket that is judged, which may be the source
// of a copy.
func (k *policyKeys) bucketTags() []objstore.Tag {
	if k.c.access == nil || k.c.asked.Resource.Access != k.c.access.rules() {
		return nil
	}
	return k.c.access.tags
}

// global answers for keys that all services have. No service calls for others
// here, and none is a caller: a policy may rely on being told so.
func (k *policyKeys) global(key string) (string, bool) {
	id, r := k.c.identity, k.c.r
	switch key {
	case "currenttime":
		return k.c.h.now().UTC().Format(time.RFC3339), true
	case "epochtime":
		return strconv.FormatInt(k.c.h.now().Unix(), 10), true
	case "principaltype":
		return principalType(id), true
	case "referer":
		return some(header(r.Header, "Referer"))
	case "securetransport":
		return strconv.FormatBool(r.TLS != nil), true
	case "sourceip":
		from, err := netip.ParseAddrPort(r.RemoteAddr)
		return from.Addr().Unmap().String(), err == nil
	case "useragent":
		return some(header(r.Header, "User-Agent"))
	case "username":
		return some(id.UID())
	case "userid":
		return some(id.ID)
	case "principalarn":
		return id.ARN(), !id.Anonymous()
	case "principalaccount":
		return id.Tenant, !id.Anonymous()
	case "viaawsservice", "principalisawsservice":
		return "false", true
	case "requestedregion":
		return k.c.h.region, true
	case "resourceaccount":
		return k.c.asked.Resource.Tenant, true
	}
	return "", false
}

func principalType(id *auth.Identity) string {
	if id.Anonymous() {
		return "Anonymous"
	}
	return "User"
}

func some(v string) (string, bool) { return v, v != "" }

// s3 answers for keys of S3. What begins with x-amz- is the header of that name.
func (k *policyKeys) s3(key string) (string, bool) {
	id := k.c.identity
	switch key {
	case "prefix", "delimiter", "max-keys":
		return k.c.query.lookup(key)
	case "versionid":
		return some(k.c.asked.Resource.VersionID)
	case "locationconstraint":
		return some(k.location)
	case "resourceaccount":
		return k.global(key)
	case "if-match", "if-none-match", "objectcreationoperation":
		return k.write(key)
	case "authtype":
		return some(string(id.Transport))
	case "signatureversion":
		return some(string(id.Scheme))
	case "signatureage":
		return k.signatureAge()
	case "tlsversion":
		return k.tlsVersion()
	case "object-lock-mode", "object-lock-legal-hold", "object-lock-retain-until-date":
		return some(k.lockHeader(textproto.CanonicalMIMEHeaderKey("x-amz-" + key)))
	case "object-lock-remaining-retention-days":
		return k.retentionDays()
	case "x-amz-content-sha256":
		return k.payloadHash()
	case "x-amz-copy-source":
		return k.copySource()
	}
	if strings.HasPrefix(key, "x-amz-") {
		return some(header(k.c.r.Header, textproto.CanonicalMIMEHeaderKey(key)))
	}
	return "", false
}

// write answers for keys of requests that make an object or remove one: the
// condition under which they do (S3 user guide, "Enforce conditional writes on
// Amazon S3 buckets" and "Enforce conditional deletes on Amazon S3 buckets"), and
// for s3:PutObject whether it makes an object at all. The steps before the last
// of a multipart upload do not.
func (k *policyKeys) write(key string) (string, bool) {
	switch action := k.c.asked.Action; {
	case action == "s3:DeleteObject" && key == "if-match" && k.c.route.Name == "DeleteObjects":
		return some(k.c.tag)
	case action == "s3:DeleteObject" && key == "if-match":
	case action != "s3:PutObject":
		return "", false
	}
	switch key {
	case "if-match":
		return some(header(k.c.r.Header, "If-Match"))
	case "if-none-match":
		return some(header(k.c.r.Header, "If-None-Match"))
	}
	switch k.c.route.Name {
	case "CreateMultipartUpload", "UploadPart", "UploadPartCopy":
		return "false", true
	}
	return "true", true
}

// copySource is "bucket/key" however the client spelled it, with the tenant
// where that was named: else a percent sign would lead around a denial.
func (k *policyKeys) copySource() (string, bool) {
	a, _, err := parseCopySource(header(k.c.r.Header, hdrCopySource))
	if err != nil {
		return "", false
	}
	v := a.bucket + "/" + a.key
	if a.explicit && a.tenant != k.c.identity.Tenant {
		v = a.tenant + ":" + v
	}
	return v, true
}

// payloadHash of a presigned request is never there (S3: s3:x-amz-content-sha256).
func (k *policyKeys) payloadHash() (string, bool) {
	v := header(k.c.r.Header, "X-Amz-Content-Sha256")
	if v == "" && k.c.identity.Scheme == auth.SchemeV4 {
		return "UNSIGNED-PAYLOAD", true
	}
	return some(v)
}

// signatureAge is in milliseconds. Version 2 has no time that all requests carry.
func (k *policyKeys) signatureAge() (string, bool) {
	stamp := header(k.c.r.Header, "X-Amz-Date")
	if k.c.identity.Transport == auth.TransportQuery {
		stamp = k.c.query.get("X-Amz-Date")
	}
	signed, err := time.Parse("20060102T150405Z", stamp)
	if err != nil || k.c.identity.Anonymous() {
		return "", false
	}
	return strconv.FormatInt(k.c.h.now().Sub(signed).Milliseconds(), 10), true
}

// tlsVersion is "1.2" or "1.3": in crypto/tls 1.0 is 0x0301.
func (k *policyKeys) tlsVersion() (string, bool) {
	state := k.c.r.TLS
	if state == nil || state.Version < 0x0301 {
		return "", false
	}
	return "1." + strconv.Itoa(int(state.Version-0x0301)), true
}

// lockHeader is what the request asks for of a lock.
func (k *policyKeys) lockHeader(name string) string {
	if k.lock != nil {
		return k.lock[name]
	}
	return header(k.c.r.Header, name)
}

// retentionDays is how long the retention that the request asks for will last.
func (k *policyKeys) retentionDays() (string, bool) {
	until, err := time.Parse(time.RFC3339, k.lockHeader(hdrLockUntil))
	if err != nil {
		return "", false
	}
	const day = 24 * time.Hour
	return strconv.FormatInt(int64((until.Sub(k.c.h.now())+day-1)/day), 10), true
}
