package storetest

import (
	"context"

	"github.com/cofferstore/coffer/objstore"
)

// Target is what a client can do to a store. Errors wrap the
// [objstore.Code] that the protocol's error stands for.
type Target struct {
	Buckets Buckets
	Objects Objects
	Lists   Lists

	Versions Versions // nil: there are no versions
	Uploads  Uploads  // nil: there are no multipart uploads

	// Totals returns the counts of a bucket; nil: they cannot be seen.
	Totals func(ctx context.Context, bucket string) (objstore.Totals, error)

	// MinPartSize is the size, in bytes, of the smallest part that is not the
	// last; 0 = 5 MiB. A small one makes the kit fast.
	MinPartSize int

	// Key tells whether the protocol can carry a key; nil: all.
	Key func(key string) bool
}

// Buckets are the operations on buckets.
type Buckets interface {
	Create(ctx context.Context, bucket string) error
	Delete(ctx context.Context, bucket string) error
}

// Objects are the operations on objects.
type Objects interface {
	Put(ctx context.Context, bucket, key string, body []byte, c objstore.Conditions) (objstore.ObjectInfo, error)
	Get(ctx context.Context, bucket, key string, r Read) (objstore.ObjectInfo, []byte, error)
	Delete(ctx context.Context, bucket string, r objstore.DeleteRequest) (objstore.DeleteResult, error)
	Copy(ctx context.Context, bucket, key string, from Source) (objstore.ObjectInfo, error)
}

// Read says what to read of an object.
type Read struct {
	Version string // "" = current
	Ranged  bool   // only N bytes from Off
	Off, N  int64
	If      objstore.Conditions
}

// Source names the version of an object that is copied.
type Source struct{ Bucket, Key, Version string }

// Lists are the listings. Pages of a protocol that tells less than the Go API
// leave the members empty that it does not tell.
type Lists interface {
	Objects(ctx context.Context, bucket string, q objstore.ListQuery) (objstore.ListPage, error)
}

// Versions are the operations of a store with versions.
type Versions interface {
	Set(ctx context.Context, bucket string, v objstore.Versioning) error
	List(ctx context.Context, bucket string, q objstore.VersionsQuery) (objstore.VersionsPage, error)
}

// Uploads are the operations on multipart uploads.
type Uploads interface {
	Create(ctx context.Context, bucket, key string) (id string, err error)
	PutPart(ctx context.Context, u UploadName, number int, body []byte) (objstore.PartInfo, error)
	CopyPart(ctx context.Context, u UploadName, number int, from Source, off, n int64) (objstore.PartInfo, error)
	Parts(ctx context.Context, u UploadName, after, limit int) (objstore.PartPage, error)
	Finish(ctx context.Context, u UploadName, f Finish) (objstore.ObjectInfo, error)
	List(ctx context.Context, bucket string, q objstore.UploadsQuery) (objstore.UploadsPage, error)
}

// UploadName names a multipart upload.
type UploadName struct{ Bucket, Key, ID string }

// Finish ends an upload: it is completed with Parts, or aborted.
type Finish struct {
	Abort bool
	Parts []objstore.CompletePart
	If    objstore.Conditions
}
