package objstore

import (
	"time"

	"github.com/cofferstore/coffer/objstore/checksum"
)

// Limits of names and sizes, those of Amazon S3.
const (
	MaxKeyLen     = 1024    // bytes in an object key
	MaxPutSize    = 5 << 30 // bytes in one Put or part
	MaxObjectSize = 5 << 40 // bytes in an object
	MinPartSize   = 5 << 20 // bytes in a part that is not the last
	MaxPartNumber = 10000   // parts are numbered from 1
	NullVersion   = "null"  // the id of the version that was written without versioning
)

// BucketID names a bucket. Tenants have name spaces of their own; the default
// tenant is "".
type BucketID struct{ Tenant, Name string }

// String returns "name" or "tenant:name".
func (id BucketID) String() string {
	if id.Tenant == "" {
		return id.Name
	}
	return id.Tenant + ":" + id.Name
}

// Versioning is the versioning state of a bucket.
type Versioning string

// Versioning states (S3: GetBucketVersioning).
const (
	VersioningOff       Versioning = ""
	VersioningEnabled   Versioning = "Enabled"
	VersioningSuspended Versioning = "Suspended"
)

// BucketInfo describes a bucket.
type BucketInfo struct {
	BucketID

	// Ref is the bucket's internal id; it is never used again, so a bucket that
	// is deleted and created anew has another one.
	Ref [16]byte

	// Incarnation is how many buckets have had the name before this one.
	Incarnation uint64

	Owner      string // full name of the owning user
	Unlinked   bool   // it is not in the owner's list; see Store.UnlinkBucket
	Created    time.Time
	Versioning Versioning
	ObjectLock bool   // versions can be locked; never switched off again
	Location   string // location constraint, as given

	// Documents counts the changes of the bucket's documents; 0 says that it
	// never had any. What was made of the documents of one count, together
	// with Ref, is good as long as the count stays.
	Documents uint64

	// MFADelete demands a second factor of who deletes versions or changes
	// the versioning state (S3: MFA Delete). Whether there was one is for the
	// caller to say.
	MFADelete bool

	// DefaultRetention is that of objects that come without one; it needs
	// ObjectLock.
	DefaultRetention DefaultRetention
}

// Tag is one tag of an object or bucket.
type Tag struct{ Key, Value string }

// Metadata is what a writer says of an object and a reader is told again.
type Metadata struct {
	ContentType, ContentEncoding, ContentLanguage string
	ContentDisposition, CacheControl, Expires     string
	WebsiteRedirect                               string

	// User holds user metadata; keys are lower case, without a prefix.
	User map[string]string
}

// ChecksumType says how a checksum of a multipart object is built.
type ChecksumType string

// Checksum types (S3: x-amz-checksum-type).
const (
	ChecksumFullObject ChecksumType = "FULL_OBJECT"
	ChecksumComposite  ChecksumType = "COMPOSITE"
)

// Checksum is an object's or part's stored checksum.
type Checksum struct {
	Algorithm checksum.Algorithm // "" = none
	Type      ChecksumType
	Value     string // base64; composite values end in "-N"
}

// PartSize describes one part of an object that was uploaded in parts.
type PartSize struct {
	Number   int
	Size     int64
	Checksum string // base64, of the object's checksum algorithm; may be empty
}

// ObjectInfo describes one version of an object, or a delete marker.
type ObjectInfo struct {
	Key          string
	VersionID    string // "null" for the null version; see VersionedID
	IsLatest     bool
	DeleteMarker bool

	Size         int64
	ETag         string // without quotes
	ModTime      time.Time
	StorageClass string // "" = STANDARD
	Owner        string // full name of the user who wrote it
	Checksum     Checksum

	// The members below are not filled by listings.

	Meta  Metadata
	Tags  []Tag
	ACL   []byte     // owned by package auth/acl
	Parts []PartSize // nil unless uploaded in parts
	Lock  Lock       // what keeps this version from being removed

	Encryption *EncryptionInfo // nil: not encrypted
}

// Totals are exact counts, kept in the transactions that change them.
type Totals struct {
	Objects         int64 // current versions that are not delete markers
	Bytes           int64 // their sizes
	Noncurrent      int64 // noncurrent versions that are not delete markers
	NoncurrentBytes int64
	DeleteMarkers   int64 // current or not
	Uploads         int64 // unfinished multipart uploads
	Parts           int64 // their parts
	PartBytes       int64
	RoundedBytes    int64 // all of the bytes above, each object or part rounded up to 4 KiB
}

// Conditions are preconditions (RFC 9110, section 13; S3 conditional requests).
// ETags are without quotes; "*" matches any existing object. Times are compared
// in whole seconds. IfModifiedSince is a condition of reads only (section
// 13.1.3): writes pass it over.
type Conditions struct {
	IfMatch, IfNoneMatch               []string
	IfModifiedSince, IfUnmodifiedSince time.Time
}
