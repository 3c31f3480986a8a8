package utapi

import (
	"strings"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
)

// Level is a kind of subject that has metrics, as requests spell it.
type Level string

// Levels. A bucket is named "bucket" or "tenant:bucket", an account by the full
// name of the user who owns buckets, a user (one of those that an account has)
// "account:user", and the service [ServiceName].
const (
	Buckets  Level = "buckets"
	Accounts Level = "accounts"
	Users    Level = "users"
	Service  Level = "service"
)

// ServiceName is the only service.
const ServiceName = "s3"

// UserName is the name of a user of an account at the level of users.
func UserName(account, user string) string { return account + ":" + user }

// maxName bounds names, in bytes. It is longer than any name that there can be.
const maxName = 1500

// subject is what metrics are of.
type subject struct {
	level byte // first letter of the Level
	id    string
}

// Levels in rows.
const (
	ofBucket  = 'b'
	ofAccount = 'a'
	ofUser    = 'u'
	ofService = 's'
)

func theService() subject { return subject{ofService, ServiceName} }

// subject returns what has a name at a level; ok is false where there is no
// such level.
func (l Level) subject(name string) (s subject, ok bool) {
	switch l {
	case Buckets, Accounts, Users, Service:
		return subject{l[0], name}, true
	}
	return s, false
}

// counted tells whether storage and objects of the subject are counters of this
// package; those of others are totals of the store.
func (s subject) counted() bool { return s.level == ofUser || s.level == ofService }

// totals returns what the store has of a subject.
func (s subject) totals(r driver.Reader) (t objstore.Totals, err error) {
	if s.level == ofBucket {
		return objstore.NewTotalsReader(r).Bucket(bucketID(s.id))
	}
	return objstore.NewTotalsReader(r).Owner(s.id)
}

// bucketID is the inverse of [objstore.BucketID.String].
func bucketID(name string) objstore.BucketID {
	i := strings.LastIndexByte(name, ':')
	if i < 0 {
		return objstore.BucketID{Name: name}
	}
	return objstore.BucketID{Tenant: name[:i], Name: name[i+1:]}
}

// storage and objects are what totals, or a change of them, are in metrics.

func storage(t *objstore.Totals) int64 { return t.Bytes + t.NoncurrentBytes + t.PartBytes }

func objects(t *objstore.Totals) int64 { return t.Objects + t.Noncurrent + t.DeleteMarkers }
