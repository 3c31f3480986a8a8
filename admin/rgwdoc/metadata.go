package rgwdoc

import (
	"strconv"
	"time"

	"github.com/cofferstore/coffer/objstore"
)

// UserMetadata describes the record of a user, whom key names.
func UserMetadata(key string, u *User) *Document {
	data := append(u.Members(u.UID, KindNever), Member{"attrs", List{Item: "entry"}})
	return metadataEntry("user:"+key, data, u.Created)
}

// BucketMetadata describes the record of a bucket, which key names.
func BucketMetadata(key string, b *objstore.BucketInfo) *Document {
	ref := BucketRef(b)
	return metadataEntry("bucket:"+key, Object{
		{"bucket", Object{
			{"name", b.Name}, {"marker", ref}, {"bucket_id", ref}, {"tenant", b.Tenant}, {"explicit_placement", noPools()},
		}},
		{"owner", b.Owner}, {"creation_time", b.Created.UTC().Format(TimeFormat)}, {"linked", strconv.FormatBool(!b.Unlinked)}, {"has_bucket_info", "false"},
	}, b.Created)
}

// metadataEntry wraps the description of one thing. Ceph's version of it is not
// kept, nor when it changed.
func metadataEntry(key string, data Object, created time.Time) *Document {
	return &Document{"metadata_info", Object{
		{"key", key}, {"ver", Object{{"tag", ""}, {"ver", 1}}}, {"mtime", created.UTC().Format(TimeFormat)}, {"data", data},
	}}
}
