package objstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cofferstore/coffer/objstore/checksum"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/sse"
)

// UploadOptions are optional arguments of [Bucket.CreateUpload].
type UploadOptions struct {
	Owner        string // of the object
	Initiator    string // who starts the upload; "" = the owner
	Meta         Metadata
	Tags         []Tag
	ACL          []byte
	StorageClass string
	Lock         Lock // of the object

	// Checksum is the algorithm of the parts and the object, "" = none; Type
	// "" is the algorithm's default: composite where it has that, else of the
	// full object (S3: x-amz-checksum-type).
	Checksum     checksum.Algorithm
	ChecksumType ChecksumType

	// Encryption asks for the object to be encrypted; nil = not.
	Encryption *Encryption

	// If are preconditions on what the key has: they must hold now, and again
	// when the upload is completed.
	If Conditions
}

// UploadInfo describes an unfinished multipart upload.
type UploadInfo struct {
	Key          string
	ID           string
	Initiated    time.Time
	Owner        string // of the object that it will be
	Initiator    string // who started it
	StorageClass string
	Checksum     checksum.Algorithm
	ChecksumType ChecksumType

	// The members below are not filled by listings.

	Meta       Metadata
	Tags       []Tag
	ACL        []byte
	Lock       Lock
	Encryption *EncryptionInfo // nil: not encrypted
	If         Conditions      // of UploadOptions
}

// Upload is an unfinished multipart upload, or one that was completed lately.
// Its methods are safe for concurrent use.
type Upload struct {
	b    *Bucket
	id   uploadID
	info UploadInfo

	mu  sync.Mutex
	key *sse.Key // of an encrypted upload, once it is known
}

// completedFor is how long the answer to a Complete can be asked for again.
const completedFor = 24 * time.Hour

// CreateUpload starts a multipart upload (S3: CreateMultipartUpload). A
// checksum type that the algorithm does not have is [ErrInvalidRequest]. With
// conditions it fails as a conditional write does: see [Conditions].
func (b *Bucket) CreateUpload(ctx context.Context, key string, o *UploadOptions) (*Upload, error) {
	if o == nil {
		o = new(UploadOptions)
	}
	u, err := b.createUpload(ctx, key, o)
	if err != nil {
		return nil, b.wrap("CreateUpload", key, err)
	}
	return u, nil
}

func (b *Bucket) createUpload(ctx context.Context, key string, o *UploadOptions) (*Upload, error) {
	if err := b.s.gate.enter(); err != nil {
		return nil, err
	}
	defer b.s.gate.leave()
	if err := checkKey(key); err != nil {
		return nil, err
	}
	typ, err := multipartChecksum(o.Checksum, o.ChecksumType)
	if err != nil {
		return nil, err
	}
	seal, err := b.newSealing(ctx, o.Encryption)
	if err != nil {
		return nil, err
	}
	now := b.s.opt.Now()
	if err := o.Lock.check(now); err != nil {
		return nil, err
	}
	u := &Upload{b: b, id: newUploadID(now)}
	u.info = UploadInfo{
		Key: key, ID: u.id.String(), Initiated: now.UTC(),
		Owner: o.Owner, Initiator: cmp.Or(o.Initiator, o.Owner), StorageClass: o.StorageClass,
		Checksum: o.Checksum, ChecksumType: typ,
		Meta: o.Meta, Tags: o.Tags, ACL: o.ACL, Lock: o.Lock, If: o.If,
	}
	u.info.Lock.Retention = u.info.Lock.Retention.rounded()
	if seal != nil {
		u.info.Encryption, u.key = seal.info, &seal.key
	}
	row := appendUpload(nil, &u.info)
	if len(row) > driver.MaxValueLen {
		return nil, fmt.Errorf("%w: metadata, tags, ACL and conditions are too large", ErrInvalidRequest)
	}
	err = b.s.mutate(ctx, func(txn driver.Txn) error {
		bucket, err := b.requireBucket(txn)
		if err != nil {
			return err
		}
		if err := bucket.accepts(o.Lock); err != nil {
			return err
		}
		if err := b.judge(txn, key, o.If); err != nil {
			return err
		}
		m := Mutation{Op: OpCreateUpload, Bucket: bucket, Key: key, Delta: Totals{Uploads: 1}}
		if err := b.s.commitHooks(ctx, txn, &m); err != nil {
			return err
		}
		if err := txn.Set(uploadRow(bucket.Ref, key, u.id), row); err != nil {
			return err
		}
		return addTotals(txn, bucket, m.Delta)
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

// multipartChecksum returns the type of the checksum of a multipart object.
func multipartChecksum(a checksum.Algorithm, typ ChecksumType) (ChecksumType, error) {
	switch {
	case a == "" && typ == "":
		return "", nil
	case a == "":
		return "", fmt.Errorf("%w: a checksum type without an algorithm", ErrInvalidRequest)
	case !a.Valid():
		return "", fmt.Errorf("%w: checksum algorithm %q", ErrInvalidArgument, a)
	case typ == "" && a.Composite():
		return ChecksumComposite, nil
	case typ == "":
		return ChecksumFullObject, nil
	case typ == ChecksumComposite && a.Composite(), typ == ChecksumFullObject && a.FullObject():
		return typ, nil
	}
	return "", fmt.Errorf("%w: %s has no checksum of type %s", ErrInvalidRequest, a, typ)
}

// Upload opens an upload, or returns [ErrNoSuchUpload]. It also opens one that
// was completed lately: then only Complete with the same parts succeeds.
func (b *Bucket) Upload(ctx context.Context, key, id string) (*Upload, error) {
	u, err := b.openUpload(ctx, key, id)
	if err != nil {
		return nil, b.wrap("Upload", key, err)
	}
	return u, nil
}

func (b *Bucket) openUpload(ctx context.Context, key, id string) (*Upload, error) {
	if err := b.s.gate.enter(); err != nil {
		return nil, err
	}
	defer b.s.gate.leave()
	parsed, err := parseUploadID(id)
	if err != nil {
		return nil, err
	}
	u := &Upload{b: b, id: parsed, info: UploadInfo{Key: key, ID: id}}
	err = b.s.view(ctx, func(r driver.Reader) error {
		if _, err := b.requireBucket(r); err != nil {
			return err
		}
		data, err := r.Get(uploadRow(b.info.Ref, key, parsed))
		if err == nil {
			return decodeUpload(data, &u.info)
		}
		if !errors.Is(err, driver.ErrNotFound) {
			return err
		}
		done, err := u.completed(r)
		if err == nil {
			u.info = done.upload
			u.info.ID = id
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

// completed returns what is kept of the upload if it was completed lately, or
// ErrNoSuchUpload.
func (u *Upload) completed(r driver.Reader) (*completed, error) {
	data, err := r.Get(completedRow(u.id))
	if errors.Is(err, driver.ErrNotFound) {
		return nil, ErrNoSuchUpload
	}
	if err != nil {
		return nil, err
	}
	done := new(completed)
	if err := decodeCompleted(data, done); err != nil {
		return nil, err
	}
	if done.ref != u.b.info.Ref || done.key != u.info.Key || u.b.s.opt.Now().Sub(done.at) > completedFor {
		return nil, ErrNoSuchUpload
	}
	return done, nil
}

// Info describes the upload. The caller must not change what it points to.
func (u *Upload) Info() UploadInfo { return u.info }

// require returns ErrNoSuchUpload unless the upload is unfinished.
func (u *Upload) require(r driver.Reader) error {
	_, err := r.Get(uploadRow(u.b.info.Ref, u.info.Key, u.id))
	if errors.Is(err, driver.ErrNotFound) {
		return ErrNoSuchUpload
	}
	return err
}

// Abort drops the upload and its parts (S3: AbortMultipartUpload). One that is
// finished, by Abort or by Complete, is [ErrNoSuchUpload].
func (u *Upload) Abort(ctx context.Context) error {
	if err := u.abort(ctx); err != nil {
		return u.b.wrap("Abort", u.info.Key, err)
	}
	return nil
}

func (u *Upload) abort(ctx context.Context) error {
	if err := u.b.s.gate.enter(); err != nil {
		return err
	}
	defer u.b.s.gate.leave()
	return u.b.s.mutate(ctx, func(txn driver.Txn) error {
		bucket, err := u.b.requireBucket(txn)
		if err != nil {
			return err
		}
		return u.b.s.abortIn(ctx, txn, bucket, u.info.Key, u.id)
	})
}

// abortIn ends an upload without an object. Its parts are no longer counted;
// their rows and blobs are left to the sweep.
func (s *Store) abortIn(ctx context.Context, txn driver.Txn, bucket BucketInfo, key string, id uploadID) error {
	name := uploadRow(bucket.Ref, key, id)
	if _, err := txn.Get(name); errors.Is(err, driver.ErrNotFound) {
		return ErrNoSuchUpload
	} else if err != nil {
		return err
	}
	delta, err := finishUpload(txn, name, id, nil)
	if err != nil {
		return err
	}
	m := Mutation{Op: OpAbortUpload, Bucket: bucket, Key: key, Delta: delta}
	if err := s.commitHooks(ctx, txn, &m); err != nil {
		return err
	}
	return addTotals(txn, bucket, delta)
}

// finishUpload removes the row of an upload and its counters, leaves a row for
// the sweep, which removes the parts, and returns what the totals change by.
// The bytes of the used parts belong to an object from now on.
func finishUpload(txn driver.Txn, name []byte, id uploadID, used partSet) (Totals, error) {
	scope := uploadScope(id)
	held, err := readTotals(txn, scope)
	if err != nil {
		return Totals{}, err
	}
	generation, err := txn.Counter(generationRow(id))
	if err != nil {
		return Totals{}, err
	}
	if err := addScope(txn, scope, held.negated()); err != nil {
		return Totals{}, err
	}
	if err := txn.Add(generationRow(id), -generation); err != nil {
		return Totals{}, err
	}
	if err := txn.Delete(name); err != nil {
		return Totals{}, err
	}
	if err := txn.Set(purgeRow(id), appendPurge(nil, used)); err != nil {
		return Totals{}, err
	}
	delta := held.negated()
	delta.Uploads = -1
	return delta, nil
}

// uploadScope is the scope of the counters of an upload's parts: Parts,
// PartBytes and RoundedBytes of [Totals].
func uploadScope(id uploadID) []byte {
	return append(append(row(kindCounter, 1+len(id)+1), 'u'), id[:]...)
}

// generationRow is the counter of an upload that every change of a part moves
// on, so that Complete can tell whether the parts are still as it read them.
func generationRow(id uploadID) []byte { return counterRow(uploadScope(id), 0xFF) }

// abortChunk is how many uploads abortAll ends in one transaction.
const abortChunk = 32

// abortAll aborts the uploads of the bucket, in bounded steps.
func (b *Bucket) abortAll(ctx context.Context) error {
	base := refRow(kindUpload, b.info.Ref, "")
	for {
		more := false
		err := b.s.mutate(ctx, func(txn driver.Txn) error {
			bucket, err := b.requireBucket(txn)
			if err != nil {
				return err
			}
			names, err := uploadNames(txn, base, abortChunk)
			if err != nil {
				return err
			}
			for _, n := range names {
				if err := b.s.abortIn(ctx, txn, bucket, n.key, n.id); err != nil {
					return err
				}
			}
			more = len(names) == abortChunk
			return nil
		})
		if err != nil || !more {
			return err
		}
	}
}

// uploadName is what the key of an upload's row says.
type uploadName struct {
	key string
	id  uploadID
}

// uploadNames returns the first uploads among the rows that begin with base.
func uploadNames(r driver.Reader, base []byte, limit int) ([]uploadName, error) {
	c := r.Scan(base, after(base), driver.ScanOptions{KeysOnly: true})
	defer c.Close()
	var names []uploadName
	for len(names) < limit && c.Next() {
		name, ok := cutUploadName(c.Key()[len(base):])
		if !ok {
			return nil, ErrInvalidStorageStructure
		}
		names = append(names, name)
	}
	return names, c.Close()
}

// cutUploadName reads the key of an upload's row behind the bucket's ref.
func cutUploadName(tail []byte) (uploadName, bool) {
	key, rest, ok := cutEscaped(tail)
	if !ok || len(rest) != len(uploadID{}) {
		return uploadName{}, false
	}
	return uploadName{key, uploadID(rest)}, true
}
