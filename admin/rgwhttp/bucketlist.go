package rgwhttp

import (
	"errors"
	"iter"

	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
)

// listBuckets lists the buckets of a user, or all with their tenants; one page
// where max-entries is given.
func (c *call) listBuckets(uid iam.UserID, named bool) (*rgwdoc.Document, error) {
	q := objstore.BucketsQuery{}
	if named {
		q.Owner = uid.String()
	}
	if marker := c.params.get("marker"); marker != "" {
		q.After = rgwdoc.ParseBucketName(marker, uid.Tenant)
	}
	if c.params.has("max-entries") {
		return c.bucketPage(q, !named)
	}
	return newDocument("buckets", rgwdoc.Sequence{Item: c.bucketItem(), Items: c.everyBucket(q, !named)}), nil
}

// bucketPage lists one page of buckets (since Ceph 19).
func (c *call) bucketPage(q objstore.BucketsQuery, tenants bool) (*rgwdoc.Document, error) {
	limit, err := c.params.number("max-entries", 0)
	if err != nil || limit < 1 {
		return nil, codeInvalidArgument
	}
	q.Limit = int(min(limit, 1000))
	page, err := c.h.admin.Buckets(c.ctx, q)
	if err != nil {
		return nil, err
	}
	buckets, err := c.bucketList(page.Buckets, tenants)
	if err != nil {
		return nil, err
	}
	body := object{field("buckets", buckets), field("count", len(buckets.Items)), field("truncated", page.Truncated)}
	if page.Truncated {
		last := page.Buckets[len(page.Buckets)-1].BucketID
		body = append(body, field("marker", rgwdoc.BucketName(last)))
	}
	return newDocument("result", body), nil
}

// everyBucket describes all buckets of a query, a page after the other.
func (c *call) everyBucket(q objstore.BucketsQuery, tenants bool) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		for {
			page, err := c.h.admin.Buckets(c.ctx, q)
			var buckets list
			if err == nil {
				buckets, err = c.bucketList(page.Buckets, tenants)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			for _, b := range buckets.Items {
				if !yield(b, nil) {
					return
				}
			}
			if !page.Truncated {
				return
			}
			q.After = page.Buckets[len(page.Buckets)-1].BucketID
		}
	}
}

// bucketItem is the element of a bucket in a list.
func (c *call) bucketItem() string {
	if c.params.flag("stats", false) {
		return "stats"
	}
	return "bucket"
}

// bucketList describes buckets by their names, or with stats where they are
// asked for.
func (c *call) bucketList(infos []objstore.BucketInfo, tenants bool) (list, error) {
	if !c.params.flag("stats", false) {
		return rgwdoc.ListOf(c.bucketItem(), infos, func(b objstore.BucketInfo) any {
			if tenants {
				return rgwdoc.BucketName(b.BucketID)
			}
			return b.Name
		}), nil
	}
	l := list{Item: c.bucketItem()}
	for _, info := range infos {
		stats, err := c.h.admin.BucketStats(c.ctx, info.BucketID)
		if errors.Is(err, objstore.ErrNoSuchBucket) {
			continue // removed meanwhile
		}
		if err != nil {
			return l, err
		}
		body, err := rgwdoc.CollectBucket(c.ctx, c.h.admin, &stats)
		if err != nil {
			return l, err
		}
		l.Items = append(l.Items, body)
	}
	return l, nil
}
