package rgwdoc

import (
	"strconv"
	"time"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/quota"
)

// UserMetadata describes the record of a user, whom key names.
func UserMetadata(key string, u *User) *Document {
	data := append(u.Members(u.UID, KindNever), Member{"attrs", List{Item: "entry"}})
	return metadataEntry("user:"+key, data, u.Created)
}

// BucketMetadata describes the record of a bucket, which key names.
func BucketMetadata(key string, b *objstore.BucketInfo) *Document {
	return metadataEntry("bucket:"+key, Object{
		{"bucket", bucketName(b)}, {"owner", b.Owner}, {"creation_time", b.Created.UTC().Format(TimeFormat)},
		{"linked", strconv.FormatBool(!b.Unlinked)}, {"has_bucket_info", "false"},
	}, b.Created)
}

func bucketName(b *objstore.BucketInfo) Object {
	ref := BucketRef(b)
	return Object{{"name", b.Name}, {"marker", ref}, {"bucket_id", ref}, {"tenant", b.Tenant}, {"explicit_placement", noPools()}}
}

// InstanceMetadata describes a bucket with its quota as metadata of the section
// bucket.instance; key is "name:id". Attributes, in which Ceph keeps ACLs and
// policies in a coding of its own, are left out.
func InstanceMetadata(key string, b *objstore.BucketInfo, q quota.Spec) *Document {
	return metadataEntry("bucket.instance:"+key, Object{
		{"bucket_info", Object{
			{"bucket", bucketName(b)}, {"creation_time", b.Created.UTC().Format(TimeFormat)}, {"owner", b.Owner},
			{"flags", instanceFlags(b)}, {"zonegroup", ""}, {"placement_rule", onlyPlacement}, {"has_instance_obj", "false"},
			{"quota", Quota(q)}, {"num_shards", 0}, {"index_type", 0},
		}},
		{"attrs", List{Item: "attr"}},
	}, b.Created)
}

// instanceFlags are bits of RGW: 2 versioned, 4 suspended, 32 object lock.
func instanceFlags(b *objstore.BucketInfo) int {
	flags := 0
	if b.Versioning != objstore.VersioningOff {
		flags |= 2
	}
	if b.Versioning == objstore.VersioningSuspended {
		flags |= 4
	}
	if b.ObjectLock {
		flags |= 32
	}
	return flags
}

// metadataEntry wraps the description of one thing. Ceph's version of it is not
// kept, nor when it changed.
func metadataEntry(key string, data Object, created time.Time) *Document {
	return &Document{"metadata_info", Object{
		{"key", key}, {"ver", Object{{"tag", ""}, {"ver", 1}}}, {"mtime", created.UTC().Format(TimeFormat)}, {"data", data},
	}}
}
