package ostorhttp

import (
	"encoding/json"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/usage/ostorstat"
)

// sizeJSON is the size of a bucket.
type sizeJSON struct {
	Current  int64 `json:"current"`
	Integral int64 `json:"h_integral"`
	HourMax  int64 `json:"hmax"`
	LastHour int64 `json:"last_ts"`
}

type bucketJSON struct {
	Size    sizeJSON `json:"size"`
	Epoch   uint64   `json:"epoch"`
	Owner   string   `json:"owner_id"`
	Name    string   `json:"name"`
	Created string   `json:"creation_date"`
}

type bucketsJSON struct {
	Buckets []bucketJSON `json:"Buckets"`
}

// timeMillis is ISO 8601 in UTC with milliseconds.
const timeMillis = "2006-01-02T15:04:05.000Z"

// getBuckets: GET ostor-buckets, all, those of a user, one, or those that the
// body names.
func (c *call) getBuckets() (any, error) {
	s, err := c.params.selector(byEmail, byID, byBucket, byDefault)
	if err != nil {
		return nil, err
	}
	multi, err := c.params.flag("multi")
	if err != nil {
		return nil, err
	}
	if multi && s.by != "" {
		return nil, badArgument("either multi or " + s.by)
	}
	found, err := c.selectBuckets(s, multi)
	if err != nil {
		return nil, err
	}
	sizes, err := c.sizes(found)
	if err != nil {
		return nil, err
	}
	list := bucketsJSON{make([]bucketJSON, 0, len(found))}
	for i, b := range found {
		list.Buckets = append(list.Buckets, bucketJSON{
			Size:  sizeJSON{sizes[i].Current, sizes[i].Integral, sizes[i].HourMax, sizes[i].LastHour},
			Epoch: b.Incarnation, Owner: b.Owner, Name: b.String(), Created: b.Created.UTC().Format(timeMillis),
		})
	}
	return list, nil
}

func (c *call) selectBuckets(s selector, multi bool) ([]objstore.BucketInfo, error) {
	switch {
	case multi:
		names, err := parseNames(c.body)
		if err != nil {
			return nil, err
		}
		return c.h.admin.NamedBuckets(c.ctx, names)
	case s.by == byBucket:
		b, err := c.h.admin.NamedBucket(c.ctx, s.value)
		return []objstore.BucketInfo{b}, err
	case s.by == byEmail || s.by == byID:
		u, err := c.h.admin.Find(c.ctx, s.user())
		if err != nil {
			return nil, err
		}
		return c.h.admin.AllBuckets(c.ctx, u.String())
	}
	return c.h.admin.AllBuckets(c.ctx, "")
}

// parseNames reads a JSON array of strings and nothing else.
func parseNames(body []byte) ([]string, error) {
	var list []*string
	if json.Unmarshal(body, &list) != nil || list == nil {
		return nil, badNames()
	}
	names := make([]string, 0, len(list))
	for _, name := range list {
		if name == nil {
			return nil, badNames()
		}
		names = append(names, *name)
	}
	return names, nil
}

func badNames() error {
	return refusal(codeInvalidRequest, "The body must be a JSON array of names of buckets.")
}

// sizes asks for the sizes of buckets.
func (c *call) sizes(of []objstore.BucketInfo) ([]ostorstat.Size, error) {
	if c.h.sizes == nil {
		return nil, admin.ErrNotImplemented
	}
	return c.h.sizes.Buckets(c.ctx, of)
}

// spaceJSON is what all buckets of a user hold.
type spaceJSON struct {
	LastHour int64 `json:"LastTs"` // of the bucket that changed last
	Current  int64 `json:"SizeCurr"`
	HourMax  int64 `json:"SizeHMax"`
	Integral int64 `json:"SizeHInt"`
}

type userSpaceJSON struct {
	userJSON
	Flags []string  `json:"Flags"`
	Space spaceJSON `json:"SpaceStat"`
}

type usersSpaceJSON struct {
	Users []userSpaceJSON `json:"Users"`
}

// usersWithSpace answers with users and the sums over their buckets.
func (c *call) usersWithSpace(users []iam.User) (any, error) {
	buckets, err := c.h.admin.AllBuckets(c.ctx, "")
	if err != nil {
		return nil, err
	}
	sizes, err := c.sizes(buckets)
	if err != nil {
		return nil, err
	}
	sums := make(map[string]spaceJSON)
	for i, b := range buckets {
		sum := sums[b.Owner]
		sum.LastHour = max(sum.LastHour, sizes[i].LastHour)
		sum.Current += sizes[i].Current
		sum.HourMax += sizes[i].HourMax
		sum.Integral += sizes[i].Integral
		sums[b.Owner] = sum
	}
	list := usersSpaceJSON{make([]userSpaceJSON, 0, len(users))}
	for i := range users {
		u := &users[i]
		list.Users = append(list.Users, userSpaceJSON{describe(u), admin.OstorFlags(u), sums[u.String()]})
	}
	return list, nil
}
