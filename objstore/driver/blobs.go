package driver

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"iter"
	"time"
)

// BlobID names a blob. The caller chooses it before the first byte is written;
// it is a UUIDv7, so that ids sort by the time at which they were made.
type BlobID [16]byte

// String returns the id as 32 lower-case hexadecimal digits.
func (id BlobID) String() string { return hex.EncodeToString(id[:]) }

// Time returns the millisecond in which the id was made.
func (id BlobID) Time() time.Time {
	ms := int64(id[0])<<40 | int64(id[1])<<32 | int64(id[2])<<24 | int64(id[3])<<16 | int64(id[4])<<8 | int64(id[5])
	return time.UnixMilli(ms)
}

// ParseBlobID is the inverse of [BlobID.String].
func ParseBlobID(s string) (BlobID, error) {
	var id BlobID
	if len(s) != 2*len(id) {
		return id, errors.New("blob id: want 32 hexadecimal digits")
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil {
		return BlobID{}, errors.New("blob id: want 32 hexadecimal digits")
	}
	return id, nil
}

// Blobs is a heap of immutable byte strings. Methods are safe for concurrent use.
//
// The kit drivertest.TestBlobs checks an implementation.
type Blobs interface {
	// Create starts a new blob. The id is fresh: no blob of that id was ever
	// created before. Until Commit has returned nil the blob may or may not
	// appear in All and to Open.
	Create(ctx context.Context, id BlobID) (BlobWriter, error)

	// Open returns a reader of a committed blob, or [ErrNotFound]. An open
	// reader keeps working after Remove.
	Open(ctx context.Context, id BlobID) (BlobReader, error)

	// Remove deletes blobs; a missing one is no error. It goes on past a
	// failure and returns all failures joined. A removal need not be durable: a
	// removed blob may be there again after power loss.
	Remove(ctx context.Context, ids ...BlobID) error

	// All yields the id of every blob, committed or not, in ascending order as
	// far as the medium can give it cheaply; a blob that is created or removed
	// meanwhile may be missing or present.
	All(ctx context.Context) iter.Seq2[BlobID, error]
}

// BlobWriter receives the bytes of one blob. It is used by one goroutine. Write
// after Commit or Abort is an error.
type BlobWriter interface {
	io.Writer

	// Commit makes the blob durable: after a nil return it survives power
	// loss. After an error the blob is not usable and Abort is still due.
	Commit() error

	// Abort discards the blob. After Commit has returned nil it does nothing.
	Abort() error
}

// BlobSyncer is an optional ability of a [BlobWriter].
type BlobSyncer interface {
	// Sync makes durable what was written and leaves Commit the less to do. It
	// is called at most once, behind the last Write, while the caller still
	// finds out whether the blob is wanted. After an error only Abort is left.
	Sync() error
}

// BlobReader reads one blob. ReadAt is safe for concurrent use.
//
// A reader whose blob is a plain file may also have the method
// File() (*os.File, int64, bool), with the offset at which the blob starts in
// it, so that a server can use sendfile.
type BlobReader interface {
	io.ReaderAt
	io.Closer

	// Size returns the blob's length in bytes.
	Size() int64
}

// Space is an optional ability of [Blobs] and [Index]: it tells how full the
// medium is, in bytes.
type Space interface {
	Space(ctx context.Context) (free, total int64, err error)
}

// Engine joins an index and a heap of blobs into what a store needs.
type Engine struct {
	Index Index
	Blobs Blobs

	// Exclusive says that no other process uses these media at the same time
	// (an embedded index is locked), so that blobs left behind by an earlier
	// process can be removed as soon as they are found.
	Exclusive bool
}
