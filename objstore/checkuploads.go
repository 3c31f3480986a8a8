package objstore

import (
	"encoding/binary"
	"encoding/hex"
	"slices"

	"github.com/cofferstore/coffer/objstore/driver"
)

func (c *checker) uploadRow(tail, value []byte) error {
	b, rest := c.inBucket("upload", tail)
	if b == nil {
		return nil
	}
	name, ok := cutUploadName(rest)
	var info UploadInfo
	if !ok || decodeUpload(value, &info) != nil {
		c.problem("%s: upload row %q cannot be read", b.info.BucketID, rest)
		return nil
	}
	c.report.Uploads++
	b.totals.Uploads++
	c.uploads[name.id] = &checkedUpload{bucket: b, key: name.key}
	return nil
}

func (c *checker) purgeRow(tail, value []byte) error {
	used, err := decodePurge(value)
	if err != nil || len(tail) != len(uploadID{}) {
		c.problem("purge row %x: cannot be read", tail)
		return nil
	}
	id := uploadID(tail)
	if c.uploads[id] != nil {
		c.problem("upload %s: is finished and unfinished", id)
	}
	c.purges[id] = slices.Clone(used)
	return nil
}

func (c *checker) partRow(tail, value []byte) error {
	if len(tail) != len(uploadID{})+2 {
		c.problem("part row %x: cannot be read", tail)
		return nil
	}
	id, number := uploadID(tail), int(binary.BigEndian.Uint16(tail[len(uploadID{}):]))
	var p part
	if err := decodePart(value, &p); err != nil {
		c.problem("upload %s: row of part %d cannot be read", id, number)
		return nil
	}
	used, finished := c.purges[id]
	if finished && used.has(number) {
		return nil // an object owns the bytes
	}
	var size int64
	for _, e := range p.extents {
		c.name(e)
		size += plainSize(e.n, p.sealed)
	}
	if size != p.size {
		c.problem("upload %s: part %d has %d bytes, should have %d", id, number, size, p.size)
		return nil
	}
	u := c.uploads[id]
	switch {
	case u != nil:
		c.report.Parts++
		d := partTotals(p.size)
		u.totals = u.totals.plus(d)
		u.bucket.totals = u.bucket.totals.plus(d)
	case !finished:
		c.problem("upload %s: part %d is of no upload", id, number)
		c.fix(func(txn driver.Txn) (bool, error) {
			// The sweep removes it, as it does the parts of an aborted upload.
			return true, txn.Set(purgeRow(id), appendPurge(nil, nil))
		})
	}
	if !c.o.Data || p.sealed {
		return nil
	}
	info := ObjectInfo{Size: p.size, ETag: hex.EncodeToString(p.md5[:]), Checksum: p.checksum}
	return c.data("upload "+id.String(), &info, nil, p.extents, nil)
}

func (c *checker) completedRow(tail, value []byte) error {
	var done completed
	if len(tail) != len(uploadID{}) || decodeCompleted(value, &done) != nil {
		c.problem("completed upload %x: row cannot be read", tail)
	}
	return nil
}

func (c *checker) refsRow(tail, value []byte) error {
	n, err := decodeRefs(value)
	if err != nil || len(tail) != len(driver.BlobID{}) {
		c.problem("reference row %x: cannot be read", tail)
		return nil
	}
	id := driver.BlobID(tail)
	b := c.blobs[id]
	if b == nil {
		b = new(checkedBlob)
		c.blobs[id] = b
	}
	b.refs = n
	return nil
}

func (c *checker) trashRow(tail, _ []byte) error {
	name := append(row(kindTrash, len(tail)), tail...)
	id, _, ok := cutTrashRow(name)
	if !ok {
		c.problem("trash row %x: cannot be read", tail)
		return nil
	}
	b := c.blobs[id]
	if b == nil {
		return nil
	}
	c.problem("blob %s: is in the trash but has %d names and %d references", id, b.named, b.refs)
	if b.named > 0 {
		c.fix(func(txn driver.Txn) (bool, error) { return true, txn.Delete(name) })
	}
	return nil
}

// inlineRows compares the number of inline rows with how many were found by
// their names: each name is of another row.
func (c *checker) inlineRows() error {
	base := row(kindInline, 0)
	rows := c.r.Scan(base, after(base), driver.ScanOptions{KeysOnly: true})
	defer rows.Close()
	var n int64
	for ; rows.Next(); n++ {
		if err := c.breathe(); err != nil {
			return err
		}
	}
	if n != c.inlines {
		c.problem("there are %d inline rows, %d are named", n, c.inlines)
	}
	return rows.Close()
}

// references compares how often blobs are named with their reference counts.
func (c *checker) references() {
	for id, b := range c.blobs {
		if b.named == b.refs {
			continue
		}
		c.problem("blob %s: is named %d times, its reference count is %d", id, b.named, b.refs)
		named, refs := b.named, b.refs
		c.fix(func(txn driver.Txn) (bool, error) {
			now, err := blobRefs(txn, id)
			if err != nil || now != refs {
				return false, err
			}
			if named > 0 {
				return true, setRefs(txn, id, named)
			}
			if err := setRefs(txn, id, 1); err != nil {
				return false, err
			}
			return true, dropRefs(txn, c.s.opt.Now(), []extent{{blob: id}})
		})
	}
}
