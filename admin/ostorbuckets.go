package admin

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/cofferstore/coffer/objstore"
)

// AllBuckets returns all buckets, or those of one user by full name, sorted by
// tenant and name. Of a user who does not exist there are none.
func (o *Ostor) AllBuckets(ctx context.Context, owner string) ([]objstore.BucketInfo, error) {
	var all []objstore.BucketInfo
	for q := (objstore.BucketsQuery{Owner: owner}); ; q.After = all[len(all)-1].BucketID {
		page, err := o.service.store.Buckets(ctx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Buckets...)
		if !page.Truncated {
			return all, nil
		}
	}
}

// NamedBuckets returns those of the names that there are, each once, sorted by
// tenant and name. A bucket of a tenant is "tenant:name".
func (o *Ostor) NamedBuckets(ctx context.Context, names []string) ([]objstore.BucketInfo, error) {
	names = slices.Clone(names)
	slices.Sort(names)
	var found []objstore.BucketInfo
	for _, name := range slices.Compact(names) {
		b, err := o.NamedBucket(ctx, name)
		if errors.Is(err, objstore.ErrNoSuchBucket) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found = append(found, b)
	}
	slices.SortFunc(found, func(x, y objstore.BucketInfo) int {
		return cmp.Or(cmp.Compare(x.Tenant, y.Tenant), cmp.Compare(x.Name, y.Name))
	})
	return found, nil
}

// NamedBucket returns a bucket, or [objstore.ErrNoSuchBucket], also for a name
// that none can have.
func (o *Ostor) NamedBucket(ctx context.Context, name string) (objstore.BucketInfo, error) {
	b, err := o.service.store.Bucket(ctx, parseBucketName(name))
	if errors.Is(err, objstore.ErrInvalidBucketName) {
		err = objstore.ErrNoSuchBucket
	}
	if err != nil {
		return objstore.BucketInfo{}, err
	}
	return b.Info(), nil
}

// parseBucketName is the inverse of [objstore.BucketID.String].
func parseBucketName(s string) objstore.BucketID {
	if tenant, name, ok := strings.Cut(s, ":"); ok {
		return objstore.BucketID{Tenant: tenant, Name: name}
	}
	return objstore.BucketID{Name: s}
}
