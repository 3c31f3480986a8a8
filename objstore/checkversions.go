package objstore

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/cofferstore/coffer/objstore/driver"
)

func (c *checker) bucketRow(tail, value []byte) error {
	tenant, name, ok := cutEscaped(tail)
	id := BucketID{Tenant: tenant, Name: string(name)}
	if !ok || id.Name == "" {
		c.problem("bucket row %q: cannot be read", tail)
		return nil
	}
	info, err := decodeBucket(value, id)
	if err != nil {
		c.problem("bucket %s: row cannot be read", id)
		return nil
	}
	if other := c.buckets[info.Ref]; other != nil {
		c.problem("bucket %s: has the ref of bucket %s", id, other.info.BucketID)
		return nil
	}
	c.buckets[info.Ref] = &checkedBucket{info: info}
	c.report.Buckets++
	return nil
}

func (c *checker) ownerRow(tail, mark []byte) error {
	owner, rest, ok := cutEscaped(tail)
	tenant, name, ok2 := cutEscaped(rest)
	if !ok || !ok2 {
		c.problem("owner row %q: cannot be read", tail)
		return nil
	}
	id := BucketID{Tenant: tenant, Name: string(name)}
	info, _, err := readBucket(c.r, id)
	if err == nil && info.Owner == owner {
		if b := c.buckets[info.Ref]; b != nil {
			b.owned = bytes.Equal(mark, ownerMark(&info))
		}
		return nil
	}
	if err != nil && !errors.Is(err, ErrNoSuchBucket) {
		return nil // told with the bucket
	}
	c.problem("owner row of %q: bucket %s is not theirs", owner, id)
	c.fix(func(txn driver.Txn) (bool, error) {
		info, _, err := readBucket(txn, id)
		if err == nil && info.Owner == owner || err != nil && !errors.Is(err, ErrNoSuchBucket) {
			return false, nil
		}
		return true, txn.Delete(ownerRow(owner, id))
	})
	return nil
}

// inBucket returns the bucket of a row and the rest of the row's key; nil when
// there is none.
func (c *checker) inBucket(what string, tail []byte) (*checkedBucket, []byte) {
	if len(tail) <= 16 {
		c.problem("%s row %q: cannot be read", what, tail)
		return nil, nil
	}
	b := c.buckets[[16]byte(tail)]
	if b == nil {
		c.problem("%s row %q: its bucket does not exist", what, tail[16:])
		return nil, nil
	}
	return b, tail[16:]
}

func (c *checker) documentRow(tail, _ []byte) error {
	if len(tail) <= 16 || c.buckets[[16]byte(tail)] != nil {
		return nil
	}
	name := append(row(kindDocument, len(tail)), tail...)
	c.problem("document row %q: its bucket does not exist", tail[16:])
	// A ref is never used again, so that no bucket can come to have it.
	c.fix(func(txn driver.Txn) (bool, error) { return true, txn.Delete(name) })
	return nil
}

func (c *checker) tenantRow(tail, _ []byte) error {
	if _, kind, ok := cutEscaped(tail); !ok || len(kind) == 0 {
		c.problem("tenant document row %q: its key cannot be read", tail)
	}
	return nil
}

func (c *checker) currentRow(tail, value []byte) error {
	b, rest := c.inBucket("object", tail)
	if b == nil {
		return nil
	}
	key := string(rest)
	rec := &record{info: ObjectInfo{Key: key, IsLatest: true}}
	if err := decodeRecord(value, rec); err != nil {
		c.problem("%s %s: row cannot be read", b.info.BucketID, quote(key))
		return nil
	}
	if rec.info.DeleteMarker {
		c.problem("%s %s: a delete marker is the current object", b.info.BucketID, quote(key))
	}
	c.report.Objects++
	b.totals = b.totals.plus(currentTotals(&rec.info))
	return c.version(b, key, rec)
}

func (c *checker) versionRow(tail, value []byte) error {
	b, rest := c.inBucket("version", tail)
	if b == nil {
		return nil
	}
	key, order, ok := cutEscaped(rest)
	if !ok || len(order) != 8 {
		c.problem("%s: version row %q cannot be read", b.info.BucketID, rest)
		return nil
	}
	rec := &record{info: ObjectInfo{Key: key}}
	if err := decodeRecord(value, rec); err != nil || rec.order != ^binary.BigEndian.Uint64(order) {
		c.problem("%s %s: version row cannot be read", b.info.BucketID, quote(key))
		return nil
	}
	c.report.Versions++
	b.totals = b.totals.plus(noncurrentTotals(&rec.info))
	if err := c.place(b, key, rec); err != nil {
		return err
	}
	return c.version(b, key, rec)
}

// place checks that a version that is not current is where it belongs.
func (c *checker) place(b *checkedBucket, key string, rec *record) error {
	name := b.info.BucketID
	if rec.isNull() {
		order, err := nullOrder(c.r, b.info.Ref, key)
		if err != nil || order != rec.order {
			c.problem("%s %s: the null version is not found by its row", name, quote(key))
		}
	}
	current, _, err := readCurrent(c.r, b.info.Ref, key)
	switch {
	case err != nil:
		return nil // told with the object
	case current != nil && current.isNull() && rec.isNull():
		c.problem("%s %s: there are two null versions", name, quote(key))
	case current != nil && current.order <= rec.order:
		c.problem("%s %s: version %s is newer than the current one", name, quote(key), rec.info.VersionID)
	case current == nil && !rec.info.DeleteMarker:
		newest, err := newestOrder(c.r, b.info.Ref, key)
		if err == nil && newest == rec.order {
			c.problem("%s %s: version %s should be current", name, quote(key), rec.info.VersionID)
		}
	}
	return nil
}

func (c *checker) nullRow(tail, value []byte) error {
	b, rest := c.inBucket("null version", tail)
	if b == nil {
		return nil
	}
	key := string(rest)
	if len(value) == 8 {
		rec, err := readOther(c.r, b.info.Ref, key, binary.BigEndian.Uint64(value))
		if err != nil || rec != nil && rec.isNull() {
			return nil
		}
	}
	c.problem("%s %s: the row of the null version points nowhere", b.info.BucketID, quote(key))
	ref := b.info.Ref
	c.fix(func(txn driver.Txn) (bool, error) {
		order, err := nullOrder(txn, ref, key)
		if err == nil {
			if rec, err := readOther(txn, ref, key, order); err != nil || rec != nil && rec.isNull() {
				return false, nil
			}
		}
		return true, txn.Delete(nullRow(ref, key))
	})
	return nil
}

// version checks where the bytes of a version are.
func (c *checker) version(b *checkedBucket, key string, rec *record) error {
	var size int64
	sealed := rec.info.Encryption != nil
	for _, e := range rec.extents {
		c.name(e)
		size += plainSize(e.n, sealed)
	}
	var inline []byte
	if rec.hasInline {
		data, err := c.r.Get(inlineRow(rec.inline))
		switch {
		case errors.Is(err, driver.ErrNotFound):
			c.problem("%s %s: its bytes are missing", b.info.BucketID, quote(key))
			return nil
		case err != nil:
			return err
		}
		c.inlines++
		inline, size = data, size+plainSize(int64(len(data)), sealed)
	}
	if size != rec.info.Size {
		c.problem("%s %s: has %d bytes, should have %d", b.info.BucketID, quote(key), size, rec.info.Size)
		return nil
	}
	if !c.o.Data || rec.info.DeleteMarker {
		return nil
	}
	what := b.info.BucketID.String() + " " + quote(key)
	if sealed {
		return c.sealedData(what, rec, inline)
	}
	return c.data(what, &rec.info, inline, rec.extents, nil)
}

// retiredRow counts references that are yet to be dropped.
func (c *checker) retiredRow(tail, value []byte) error {
	es, err := decodeExtents(value)
	if err != nil {
		c.problem("retired row %x: cannot be read", tail)
		return nil
	}
	for _, e := range es {
		c.name(e)
	}
	return nil
}

// name counts an extent.
func (c *checker) name(e extent) {
	b := c.blobs[e.blob]
	if b == nil {
		b = new(checkedBlob)
		c.blobs[e.blob] = b
	}
	b.named++
	b.end = max(b.end, e.off+e.n)
}
