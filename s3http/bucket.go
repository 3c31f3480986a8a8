package s3http

import (
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/objstore"
)

// maxBuckets bounds the buckets of one page (S3: ListBuckets).
const maxBuckets = 10000

// listBuckets serves ListBuckets.
func (c *call) listBuckets() error {
	limit, prefix, q, err := c.bucketsQuery()
	if err != nil {
		return err
	}
	var page objstore.BucketPage
	if region, given := c.query.lookup("bucket-region"); !given || region == c.h.region {
		if page, err = c.bucketPage(q, limit); err != nil {
			return err
		}
	}
	x := c.h.newXML()
	defer x.free()
	x.root("ListAllMyBucketsResult")
	c.userXML(x, "Owner", c.identity.ID)
	x.open("Buckets")
	for i := range page.Buckets {
		b := &page.Buckets[i]
		x.open("Bucket")
		x.text("Name", b.Name)
		x.time("CreationDate", b.Created)
		x.text("BucketRegion", c.h.region)
		x.close("Bucket")
	}
	x.close("Buckets")
	if n := len(page.Buckets); page.Truncated && n > 0 {
		last := page.Buckets[n-1].BucketID
		x.text("ContinuationToken", newToken(last.Tenant+":"+last.Name))
	}
	x.some("Prefix", prefix)
	x.close("ListAllMyBucketsResult")
	return c.sendXML(x)
}

func (c *call) bucketsQuery() (limit int, prefix string, q objstore.BucketsQuery, err error) {
	limit = maxBuckets
	if v := c.query.get("max-buckets"); v != "" {
		if limit, err = strconv.Atoi(v); err != nil || limit < 1 || limit > maxBuckets {
			return 0, "", q, badArgument("max-buckets", v, "Argument max-buckets must be an integer between 1 and 10000")
		}
	}
	prefix = c.query.get("prefix")
	q = objstore.BucketsQuery{Owner: c.identity.ID, Prefix: prefix}
	if token := c.query.get("continuation-token"); token != "" {
		after, err := parseToken(token)
		if err != nil {
			return 0, "", q, err
		}
		if q.After, err = parseBucketID(after); err != nil {
			return 0, "", q, badArgument("continuation-token", token, "The continuation token provided is incorrect")
		}
	}
	return limit, prefix, q, nil
}

// bucketPage collects pages of the store up to limit.
func (c *call) bucketPage(q objstore.BucketsQuery, limit int) (objstore.BucketPage, error) {
	var all objstore.BucketPage
	for {
		q.Limit = min(limit-len(all.Buckets), maxPage)
		page, err := c.h.store.Buckets(c.ctx, q)
		if err != nil {
			return all, err
		}
		all.Buckets, all.Truncated = append(all.Buckets, page.Buckets...), page.Truncated
		if !page.Truncated || len(page.Buckets) == 0 || len(all.Buckets) >= limit {
			return all, nil
		}
		q.After = page.Buckets[len(page.Buckets)-1].BucketID
	}
}

// createBucketDocument is the body of CreateBucket.
type createBucketDocument struct {
	LocationConstraint string  `xml:"LocationConstraint"`
	Tags               *tagSet `xml:"Tags"`
	Unknown            unknown `xml:",any"`
}

// bucketRequested reads the body of CreateBucket. The conditions of policies see
// it also where it is wrong; they do not see x-amz-tagging, which tags no bucket.
func (c *call) bucketRequested() (location string, tags []objstore.Tag, wrong error) {
	var doc createBucketDocument
	wrong = c.decodeDocument("CreateBucketConfiguration", maxDocument, &doc)
	var badTags error
	if doc.Tags != nil {
		tags, badTags = doc.Tags.tags(maxBucketTags, "Bucket")
	}
	c.keys.location, c.keys.tags, c.keys.hasTags = doc.LocationConstraint, tags, true
	switch {
	case errors.Is(wrong, io.EOF):
		return "", nil, nil
	case wrong != nil:
		return "", nil, wrong
	case len(doc.Unknown) > 0:
		return "", nil, refusal(codeNotImplemented, "The element "+doc.Unknown[0].XMLName.Local+" of CreateBucketConfiguration is not implemented.")
	}
	if err := c.checkLocation(doc.LocationConstraint); err != nil {
		return "", nil, err
	}
	return doc.LocationConstraint, tags, badTags
}

// createBucket serves CreateBucket.
func (c *call) createBucket() error {
	res := c.resource()
	if c.bucketID.Tenant == c.identity.Tenant {
		res.BucketOwner = c.identity.ID // it will be
	}
	if c.identity.Anonymous() {
		return codeAccessDenied // nobody can own a bucket
	}
	location, tags, wrong := c.bucketRequested()
	if err := c.authorize(c.route.Action, res); err != nil {
		return err
	}
	if wrong != nil {
		return wrong
	}
	docs, err := c.accessRequested(res)
	if err != nil {
		return err
	}
	if len(tags) > 0 {
		if err := c.authorize(actionTag, res); err != nil {
			return err
		}
		docs[documentTagging] = c.h.encodeTags(tags)
	}
	lock, err := c.lockRequested(res)
	if err != nil {
		return err
	}
	limit, err := c.maxBuckets()
	if err != nil {
		return err
	}
	asked := len(docs) > 0 || lock
	if c.h.ownership != "" && docs[documentOwnership] == nil {
		docs[documentOwnership] = []byte(c.h.ownership)
	}
	b, err := c.h.store.CreateBucket(c.ctx, c.bucketID, &objstore.CreateBucketOptions{
		Owner: c.identity.ID, Location: location, Documents: docs, ObjectLock: lock, MaxBuckets: limit,
	})
	var failed *objstore.Error
	again := errors.As(err, &failed) && objstore.CodeOf(err) == objstore.ErrBucketExists && failed.Owned
	if err != nil && !(again && c.h.region == defaultRegion && !asked) {
		// In us-east-1 a bucket that is there already is a success (S3: CreateBucket),
		// but not for who asks for other access or tags than it may have,
		// or relies on a lock.
		return err
	}
	if b != nil && c.entry != nil {
		c.entry.Owner, c.entry.Incarnation = c.identity.ID, b.Info().Incarnation
	}
	c.set("Location", "/"+c.bucketID.Name)
	return c.send(http.StatusOK)
}

// maxBuckets returns how many buckets the caller may own, 0 = no limit.
func (c *call) maxBuckets() (int, error) {
	if c.h.limits == nil {
		return 0, nil
	}
	n, err := c.h.limits.MaxBuckets(c.ctx, c.identity.ID)
	if err == nil && n < 0 {
		return 0, refusal(codeAccessDenied, "The user may not create buckets.")
	}
	return n, err
}

// checkLocation accepts the server's own region, by its name or by none.
func (c *call) checkLocation(location string) error {
	switch {
	case location == "", location == c.h.region:
		return nil
	case location == "EU" && c.h.region == "eu-west-1":
		return nil
	}
	return refusal(codeInvalidLocation, "", auth.Detail{Name: "LocationConstraint", Value: location})
}

// headBucket serves HeadBucket. Owners learn how much is in the bucket, as from
// Ceph's RGW: all versions, and parts of unfinished uploads.
func (c *call) headBucket() error {
	if c.identity.ID == c.info.Owner {
		t, err := c.bucket.Totals(c.ctx)
		if err != nil {
			return err
		}
		c.set("X-Rgw-Object-Count", strconv.FormatInt(t.Objects+t.Noncurrent+t.DeleteMarkers+t.Parts, 10))
		c.set("X-Rgw-Bytes-Used", strconv.FormatInt(t.Bytes+t.NoncurrentBytes+t.PartBytes, 10))
	}
	c.set(hdrBucketRegion, c.h.region)
	c.set("X-Amz-Access-Point-Alias", "false")
	c.set("Content-Type", contentTypeXML)
	c.started = true
	c.w.WriteHeader(http.StatusOK)
	return nil
}

// deleteBucket serves DeleteBucket.
func (c *call) deleteBucket() error {
	err := c.h.store.DeleteBucket(c.ctx, c.bucketID)
	if objstore.CodeOf(err) == objstore.ErrBucketNotEmpty && c.versioned() {
		f := explain(err)
		f.message = "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
		return f
	}
	if err != nil {
		return err
	}
	return c.send(http.StatusNoContent)
}

// getLocation serves GetBucketLocation: us-east-1 is the empty location.
func (c *call) getLocation() error {
	x := c.h.newXML()
	defer x.free()
	location := c.h.region
	if location == defaultRegion {
		location = ""
	}
	x.root("LocationConstraint")
	x.escape(location)
	x.close("LocationConstraint")
	return c.sendXML(x)
}
