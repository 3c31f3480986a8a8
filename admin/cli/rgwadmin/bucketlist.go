package rgwadmin

import (
	"cmp"
	"errors"

	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
)

// bucketList: bucket list; with --bucket it lists the objects of a bucket.
func (c *call) bucketList() error {
	if c.has("bucket") {
		return c.listObjects()
	}
	q := objstore.BucketsQuery{}
	if c.named {
		q.Owner = c.user.String()
	}
	return c.listBuckets(q)
}

// listBuckets lists the names of buckets: with their tenants, but for those of a
// user.
func (c *call) listBuckets(q objstore.BucketsQuery) error {
	all, _, err := c.readBuckets(q)
	if err != nil {
		return err
	}
	return c.show("buckets", rgwdoc.ListOf("bucket", all, func(b objstore.BucketInfo) any {
		if q.Owner != "" {
			return b.Name
		}
		return rgwdoc.BucketName(b.BucketID)
	}))
}

// readBuckets reads the buckets of a query after --marker: as many as
// --max-entries says, without it all.
func (c *call) readBuckets(q objstore.BucketsQuery) (all []objstore.BucketInfo, truncated bool, err error) {
	limit, err := c.entries()
	if err != nil {
		return nil, false, err
	}
	if c.has("marker") {
		q.After = rgwdoc.ParseBucketName(c.get("marker"), "")
	}
	for !c.has("max-entries") || len(all) < limit {
		if c.has("max-entries") {
			q.Limit = min(limit-len(all), defaultEntries)
		}
		page, err := c.service.Buckets(c.ctx, q)
		if err != nil {
			return nil, false, err
		}
		all = append(all, page.Buckets...)
		if truncated = page.Truncated; !truncated {
			break
		}
		q.After = page.Buckets[len(page.Buckets)-1].BucketID
	}
	return all, truncated, nil
}

// listObjects lists the versions of a bucket. Members that only Ceph can fill
// are there for programs that read them.
func (c *call) listObjects() error {
	limit, err := c.entries()
	if err != nil {
		return err
	}
	id, err := c.bucketID()
	if err != nil {
		return err
	}
	b, err := c.service.Bucket(c.ctx, id)
	if noBucket(err) {
		return fail(exitNotThere, "could not get bucket info for bucket=%s\nERROR: could not init bucket: %s", c.get("bucket"), errno(exitNotThere))
	}
	if err != nil {
		return err
	}
	names := make(map[string]string) // display names by user
	return c.showList("entries", "entry", func(emit func(any) error) error {
		q := objstore.VersionsQuery{AfterKey: c.get("marker")}
		for left := limit; left > 0; {
			q.Limit = min(left, defaultEntries)
			page, err := b.ListVersions(c.ctx, q)
			if err != nil {
				return err
			}
			for i := range page.Versions {
				if err := emit(c.objectEntry(b, &page.Versions[i], names)); err != nil {
					return err
				}
			}
			if left -= len(page.Versions); !page.Truncated {
				return nil
			}
			q.AfterKey, q.AfterVersion = page.NextKey, page.NextVersion
		}
		return nil
	})
}

// Flags of entries of RGW's bucket index.
const (
	entryVersion = 1
	entryCurrent = 2
	entryMarker  = 4
)

// objectEntry describes a version as an entry of RGW's bucket index.
func (c *call) objectEntry(b *objstore.Bucket, v *objstore.ObjectInfo, names map[string]string) object {
	owner := cmp.Or(v.Owner, b.Info().Owner)
	if _, ok := names[owner]; !ok {
		names[owner] = c.displayName(owner)
	}
	instance, flags := "", 0
	if b.Info().Versioning != objstore.VersioningOff {
		instance, flags = v.VersionID, entryVersion
		if v.IsLatest {
			flags |= entryCurrent
		}
		if v.DeleteMarker {
			flags |= entryMarker
		}
	}
	return object{
		field("name", v.Key), field("instance", instance),
		field("ver", object{field("pool", -1), field("epoch", 0)}),
		field("locator", ""), field("exists", "true"),
		field("meta", object{
			field("category", 1), field("size", v.Size), field("mtime", v.ModTime.UTC().Format(rgwdoc.TimeFormat)),
			field("etag", v.ETag), field("storage_class", v.StorageClass), field("owner", owner),
			field("owner_display_name", names[owner]), field("content_type", v.Meta.ContentType),
			field("accounted_size", v.Size), field("user_data", ""), field("appendable", "false"),
		}),
		field("tag", ""), field("flags", flags), field("pending_map", list{}), field("versioned_epoch", 0),
	}
}

// displayName returns how people call a user, the name of one who is gone.
func (c *call) displayName(user string) string {
	a, err := c.service.Account(c.ctx, iam.ParseUserID(user))
	if err != nil {
		return user
	}
	return cmp.Or(a.DisplayName, user)
}

// bucketStats: bucket stats of --bucket, of all of --uid, or of all.
func (c *call) bucketStats() error {
	if c.has("bucket") {
		id, err := c.bucketID()
		if err != nil {
			return err
		}
		stats, err := c.service.BucketStats(c.ctx, id)
		if noBucket(err) {
			return fail(exitNoBucket, "failure: (2002) Unknown error 2002: ")
		}
		if err != nil {
			return err
		}
		body, err := rgwdoc.CollectBucket(c.ctx, c.service, &stats)
		if err != nil {
			return err
		}
		return c.show("stats", body)
	}
	q := objstore.BucketsQuery{}
	if c.named {
		q.Owner = c.user.String()
	}
	all, _, err := c.readBuckets(q)
	if err != nil {
		return err
	}
	return c.showList("buckets", "stats", func(emit func(any) error) error {
		for _, info := range all {
			stats, err := c.service.BucketStats(c.ctx, info.BucketID)
			if errors.Is(err, objstore.ErrNoSuchBucket) {
				continue // removed meanwhile
			}
			if err != nil {
				return err
			}
			body, err := rgwdoc.CollectBucket(c.ctx, c.service, &stats)
			if err != nil {
				return err
			}
			if err := emit(body); err != nil {
				return err
			}
		}
		return nil
	})
}
