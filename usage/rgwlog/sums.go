package rgwlog

import (
	"strings"

	"github.com/cofferstore/coffer/usage"
)

// Counts are sums over requests.
type Counts struct {
	BytesSent     int64 `json:"bytes_sent"`
	BytesReceived int64 `json:"bytes_received"`
	Ops           int64 `json:"ops"`
	SuccessfulOps int64 `json:"successful_ops"` // status below 400
}

func (c *Counts) add(d Counts) {
	c.BytesSent += d.BytesSent
	c.BytesReceived += d.BytesReceived
	c.Ops += d.Ops
	c.SuccessfulOps += d.SuccessfulOps
}

// place is what the counts of a row are of.
type place struct {
	user   string // who pays
	bucket string
	hour   int64 // since 1970
	owner  string
}

// slot is what one request counts to.
type slot struct {
	place
	category string
}

// Names of buckets in entries that are of none.
const (
	noBucket      = ""  // the request was not to a bucket
	missingBucket = "-" // the bucket or what was asked of it is not there
)

// maxField bounds a name in a slot, in bytes; longer ones are cut.
const maxField = 1024

// slotOf tells where a request counts. As with Ceph, who owns the bucket pays,
// unless another payer is named, and without a bucket the caller does; what
// nobody is known to pay for is not counted, and neither is a request that was
// refused before it was known what it is.
func slotOf(e *usage.Entry) (slot, Counts, bool) {
	owner := e.Owner
	if owner == "" {
		owner = e.User
	}
	if owner == "" || e.Category == "" {
		return slot{}, Counts{}, false
	}
	c := Counts{BytesSent: e.BytesSent, BytesReceived: e.BytesReceived, Ops: 1}
	if e.Status < 400 {
		c.SuccessfulOps = 1
	}
	bucket := e.Bucket
	if i := strings.IndexByte(bucket, ':'); i >= 0 {
		bucket = bucket[i+1:]
	}
	if bucket != noBucket && (e.Status == 404 || e.Owner == "" && c.SuccessfulOps == 0) {
		bucket = missingBucket // a name that the caller made up must not become a row
	}
	s := slot{place: place{user: owner, bucket: bucket, hour: e.Start.Unix() / 3600, owner: owner}, category: e.Category}
	if e.Payer != "" {
		s.user = e.Payer
	}
	for _, f := range [...]*string{&s.user, &s.bucket, &s.owner, &s.category} {
		*f = (*f)[:min(len(*f), maxField)]
	}
	return s, c, true
}

// clone returns s without memory that it shares with a request.
func (s slot) clone() slot {
	s.user, s.bucket = strings.Clone(s.user), strings.Clone(s.bucket)
	s.owner, s.category = strings.Clone(s.owner), strings.Clone(s.category)
	return s
}
