package objstore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/cofferstore/coffer/objstore/driver"
)

// CreateBucketOptions are optional arguments of [Store.CreateBucket].
type CreateBucketOptions struct {
	Owner      string
	Location   string
	ObjectLock bool // implies versioning (S3: x-amz-bucket-object-lock-enabled)

	// MaxBuckets refuses the bucket with [ErrTooManyBuckets] when the owner
	// already has so many; 0 = no limit.
	MaxBuckets int

	// Documents are those that the bucket has from the start, by kind; see
	// [Bucket.SetDocument].
	Documents map[string][]byte
}

func (o *CreateBucketOptions) check() error {
	if len(o.Owner) > maxOwner || len(o.Location) > maxOwner {
		return fmt.Errorf("%w: owner and location have at most %d bytes", ErrInvalidArgument, maxOwner)
	}
	return checkDocuments(o.Documents)
}

// CreateBucket makes a bucket. A name that is taken is [ErrBucketExists], one
// that breaks the rules of Amazon S3 [ErrInvalidBucketName].
func (s *Store) CreateBucket(ctx context.Context, id BucketID, o *CreateBucketOptions) (*Bucket, error) {
	if o == nil {
		o = &CreateBucketOptions{}
	}
	b, err := s.createBucket(ctx, id, o)
	if err != nil {
		return nil, wrap("CreateBucket", id, "", err)
	}
	return b, nil
}

func (s *Store) createBucket(ctx context.Context, id BucketID, o *CreateBucketOptions) (*Bucket, error) {
	if err := checkBucketID(id); err != nil {
		return nil, err
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	if err := s.gate.enter(); err != nil {
		return nil, err
	}
	defer s.gate.leave()
	info := BucketInfo{
		BucketID: id, Ref: s.newID(), Owner: o.Owner, Created: s.opt.Now().UTC(),
		ObjectLock: o.ObjectLock, Location: o.Location,
	}
	if len(o.Documents) > 0 {
		info.Documents = 1
	}
	if o.ObjectLock {
		info.Versioning = VersioningEnabled
	}
	m := Mutation{Op: OpCreateBucket, Bucket: info}
	if _, err := s.checkHooks(ctx, &m); err != nil {
		return nil, err
	}
	var raw []byte
	defer s.cache.drop(id)
	err := s.mutate(ctx, func(txn driver.Txn) (err error) {
		if err := requireFree(txn, id, o); err != nil {
			return err
		}
		if info.Incarnation, err = nextIncarnation(txn, id); err != nil {
			return err
		}
		raw = encodeBucket(&info)
		if err := addBucketRows(txn, &info, raw, o.Documents); err != nil {
			return err
		}
		return s.commitHooks(ctx, txn, &Mutation{Op: OpCreateBucket, Bucket: info})
	})
	if err != nil {
		return nil, err
	}
	return &Bucket{s: s, info: info, raw: raw}, nil
}

// addBucketRows writes the rows of a bucket whose name is free.
func addBucketRows(txn driver.Txn, info *BucketInfo, raw []byte, documents map[string][]byte) error {
	if err := txn.Set(bucketRow(info.BucketID), raw); err != nil {
		return err
	}
	if err := txn.Set(ownerRow(info.Owner, info.BucketID), ownerMark(info)); err != nil {
		return err
	}
	for kind, data := range documents {
		if err := txn.Set(documentRow(info.Ref, kind), data); err != nil {
			return err
		}
	}
	return nil
}

// nextIncarnation returns how many buckets have had a name, and counts one more.
func nextIncarnation(txn driver.Txn, id BucketID) (uint64, error) {
	data, err := txn.Get(livesRow(id))
	if err != nil && !errors.Is(err, driver.ErrNotFound) {
		return 0, err
	}
	p := parser{data: data}
	var lives uint64
	if len(data) > 0 {
		if lives = p.uvarint(); p.err() != nil {
			return 0, p.err()
		}
	}
	return lives, txn.Set(livesRow(id), binary.AppendUvarint(nil, lives+1))
}

// requireFree tells why a bucket cannot be made.
func requireFree(txn driver.Txn, id BucketID, o *CreateBucketOptions) error {
	existing, _, err := readBucket(txn, id)
	if err == nil {
		return &Error{Err: ErrBucketExists, Owned: existing.Owner == o.Owner}
	}
	if !errors.Is(err, ErrNoSuchBucket) || o.MaxBuckets <= 0 {
		return ignore(err, ErrNoSuchBucket)
	}
	n, err := countLinked(txn, o.Owner, o.MaxBuckets)
	if err == nil && n >= o.MaxBuckets {
		err = ErrTooManyBuckets
	}
	return err
}

// countLinked counts the buckets in the list of an owner, up to max.
func countLinked(r driver.Reader, owner string, max int) (int, error) {
	base := ownerBase(owner)
	c := r.Scan(base, after(base), driver.ScanOptions{})
	defer c.Close()
	n := 0
	for n < max && c.Next() {
		mark, err := c.Value()
		if err != nil {
			return n, err
		}
		if len(mark) == 0 {
			n++
		}
	}
	return n, c.Close()
}

// ignore returns err unless it is of the given code.
func ignore(err error, code Code) error {
	if errors.Is(err, code) {
		return nil
	}
	return err
}

// DeleteBucket removes an empty bucket: no version, no delete marker;
// unfinished uploads are aborted with it. Otherwise it is [ErrBucketNotEmpty].
func (s *Store) DeleteBucket(ctx context.Context, id BucketID) error {
	return wrap("DeleteBucket", id, "", s.deleteBucket(ctx, id))
}

// errUploads says that a bucket has nothing in it but unfinished uploads.
const errUploads driver.Error = "unfinished uploads"

// abortRounds is how often uploads are aborted that others keep starting while
// the bucket is being deleted.
const abortRounds = 10

func (s *Store) deleteBucket(ctx context.Context, id BucketID) error {
	if err := s.gate.enter(); err != nil {
		return err
	}
	defer s.gate.leave()
	e, err := s.loadBucket(ctx, id)
	if err != nil {
		return err
	}
	b := &Bucket{s: s, info: e.info, raw: e.raw}
	m := Mutation{Op: OpDeleteBucket, Bucket: b.info}
	if _, err := s.checkHooks(ctx, &m); err != nil {
		return err
	}
	if err := b.looksEmpty(ctx); err != nil {
		return err
	}
	for range abortRounds {
		if err := b.remove(ctx); !errors.Is(err, errUploads) {
			return err
		}
		if err := b.abortAll(ctx); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: uploads to it keep being started", ErrBucketNotEmpty)
}

// looksEmpty refuses a bucket that has rows. It passes over all that were deleted
// and are not yet gone from the medium, which may be very many, and does so in a
// View: in the transaction, which holds up all others, it is not done again.
func (b *Bucket) looksEmpty(ctx context.Context) error {
	return b.s.view(ctx, func(r driver.Reader) error {
		for _, kind := range []byte{kindCurrent, kindVersion} {
			found, err := hasRows(r, refRow(kind, b.info.Ref, ""), 0)
			if err != nil {
				return err
			}
			if found {
				return ErrBucketNotEmpty
			}
		}
		return nil
	})
}

// remove removes the bucket's rows when nothing is in it.
func (b *Bucket) remove(ctx context.Context) error {
	defer b.s.cache.drop(b.info.BucketID)
	return b.s.mutate(ctx, func(txn driver.Txn) error {
		info, err := b.requireBucket(txn)
		if err != nil {
			return err
		}
		if err := requireEmpty(txn, info.Ref); err != nil {
			return err
		}
		documents, err := keysOf(txn, refRow(kindDocument, info.Ref, ""))
		if err != nil {
			return err
		}
		for _, key := range append(documents, ownerRow(info.Owner, info.BucketID), bucketRow(info.BucketID)) {
			if err := txn.Delete(key); err != nil {
				return err
			}
		}
		return b.s.commitHooks(ctx, txn, &Mutation{Op: OpDeleteBucket, Bucket: info})
	})
}

// requireEmpty judges by the counters, and by the rows, which must agree; but it
// gives up looking for rows where very many were deleted: looksEmpty has found
// none there, and what came since is counted.
func requireEmpty(txn driver.Txn, ref [16]byte) error {
	t, err := readTotals(txn, bucketScope(ref))
	if err != nil {
		return err
	}
	if t.Objects != 0 || t.Noncurrent != 0 || t.DeleteMarkers != 0 {
		return ErrBucketNotEmpty
	}
	for _, kind := range []byte{kindCurrent, kindVersion} {
		found, err := hasRows(txn, refRow(kind, ref, ""), maxDeadRows)
		if err != nil {
			return err
		}
		if found {
			return ErrBucketNotEmpty
		}
	}
	uploads, err := hasRows(txn, refRow(kindUpload, ref, ""), maxDeadRows)
	if err != nil {
		return err
	}
	if uploads || t.Uploads != 0 {
		return errUploads
	}
	return nil
}

// maxDeadRows is how many deleted rows a transaction passes over to find one that
// is there.
const maxDeadRows = 1000

// hasRows tells whether a row begins with prefix; false also where more than
// maxDead deleted ones are in the way (0: no bound).
func hasRows(r driver.Reader, prefix []byte, maxDead int) (bool, error) {
	c := r.Scan(prefix, after(prefix), driver.ScanOptions{KeysOnly: true, MaxSkip: maxDead})
	defer c.Close()
	found, err := c.Next(), c.Close()
	if limit := new(driver.ScanLimitError); errors.As(err, &limit) {
		return false, nil
	}
	return found, err
}

// keysOf returns the keys of all rows that begin with prefix; they are few.
func keysOf(r driver.Reader, prefix []byte) ([][]byte, error) {
	c := r.Scan(prefix, after(prefix), driver.ScanOptions{KeysOnly: true})
	defer c.Close()
	var keys [][]byte
	for c.Next() {
		keys = append(keys, append([]byte(nil), c.Key()...))
	}
	return keys, c.Close()
}

// BucketsQuery selects a page of buckets, sorted by tenant and name.
type BucketsQuery struct {
	Owner  string   // "" = of all owners; else those in the owner's list
	Tenant *string  // nil = of all tenants
	Prefix string   // of the name
	After  BucketID // exclusive
	Limit  int      // 0 = 1000

	// Unlinked selects only buckets that are unlinked, of the owner or of all.
	Unlinked bool
}

// wants tells whether a bucket of the right owner and name is selected.
func (q *BucketsQuery) wants(info *BucketInfo) bool {
	return info.Unlinked == q.Unlinked || info.Unlinked && q.Owner == ""
}

// BucketPage is an answer to a [BucketsQuery].
type BucketPage struct {
	Buckets   []BucketInfo
	Truncated bool
}

// tooLong tells that a member is longer than anything that it can match.
func (q *BucketsQuery) tooLong() bool {
	return len(q.Owner) > maxOwner || len(q.Prefix) > maxBucketName || q.After.tooLong() ||
		q.Tenant != nil && len(*q.Tenant) > maxTenant
}

// Buckets lists buckets. Names in the query that are longer than any bucket's
// or owner's are [ErrInvalidArgument].
func (s *Store) Buckets(ctx context.Context, q BucketsQuery) (BucketPage, error) {
	if err := s.gate.enter(); err != nil {
		return BucketPage{}, wrap("Buckets", BucketID{}, "", err)
	}
	defer s.gate.leave()
	if q.tooLong() {
		return BucketPage{}, wrap("Buckets", BucketID{}, "", fmt.Errorf("%w: a name is too long", ErrInvalidArgument))
	}
	if q.Limit <= 0 {
		q.Limit = 1000
	}
	var page BucketPage
	err := s.view(ctx, func(r driver.Reader) (err error) {
		page, err = q.page(r)
		return err
	})
	if err != nil {
		return BucketPage{}, wrap("Buckets", BucketID{}, "", err)
	}
	return page, nil
}

// page reads rows of owners or of buckets: both end in tenant and name.
func (q *BucketsQuery) page(r driver.Reader) (BucketPage, error) {
	base := row(kindBucket, 0)
	if q.Owner != "" {
		base = ownerBase(q.Owner)
	}
	within := base
	if q.Tenant != nil {
		within = append(appendEscaped(base[:len(base):len(base)], *q.Tenant), q.Prefix...)
	}
	c := r.Scan(within, after(within), driver.ScanOptions{KeysOnly: q.Owner != ""})
	defer c.Close()
	more := c.Next()
	if q.After != (BucketID{}) {
		from := append(appendEscaped(base[:len(base):len(base)], q.After.Tenant), q.After.Name...)
		if from = append(from, 0); more && string(c.Key()) < string(from) {
			more = c.Seek(from)
		}
	}
	var page BucketPage
	for ; more; more = c.Next() {
		tenant, name, ok := cutEscaped(c.Key()[len(base):])
		if !ok {
			return page, fmt.Errorf("%w: bucket row", ErrInvalidStorageStructure)
		}
		id := BucketID{Tenant: tenant, Name: string(name)}
		if !strings.HasPrefix(id.Name, q.Prefix) {
			continue
		}
		info, err := q.bucket(r, c, id)
		if err != nil {
			return page, err
		}
		if !q.wants(&info) {
			continue
		}
		if len(page.Buckets) == q.Limit {
			page.Truncated = true
			break
		}
		page.Buckets = append(page.Buckets, info)
	}
	return page, c.Close()
}

// bucket reads the bucket that a row is of: the row is its, or its owner's.
func (q *BucketsQuery) bucket(r driver.Reader, row driver.Cursor, id BucketID) (BucketInfo, error) {
	if q.Owner == "" {
		data, err := row.Value()
		if err != nil {
			return BucketInfo{}, err
		}
		return decodeBucket(data, id)
	}
	info, _, err := readBucket(r, id)
	if errors.Is(err, ErrNoSuchBucket) {
		err = fmt.Errorf("%w: owner row without a bucket", ErrInvalidStorageStructure)
	}
	return info, err
}

// OwnerTotals returns the sums over all buckets of an owner.
func (s *Store) OwnerTotals(ctx context.Context, owner string) (t Totals, err error) {
	if err := s.gate.enter(); err != nil {
		return t, wrap("OwnerTotals", BucketID{}, "", err)
	}
	defer s.gate.leave()
	if len(owner) > maxOwner {
		return t, nil // nobody
	}
	err = s.view(ctx, func(r driver.Reader) error {
		t, err = readTotals(r, ownerScope(owner))
		return err
	})
	return t, wrap("OwnerTotals", BucketID{}, "", err)
}
