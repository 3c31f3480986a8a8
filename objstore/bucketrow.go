package objstore

import (
	"encoding/binary"
	"time"
)

// A bucket is stored as
//
//	bucketV1  ref:16  created:8  owner  versioning  flags  location  [documents]  [mode  days  years]  [incarnation]
//
// The version of its documents, the default retention and the incarnation are
// there when flags say so.
const bucketV1 = 1

// Flags of a bucket.
const (
	bucketObjectLock = 1 << iota
	bucketDocumented
	bucketRetention
	bucketMFADelete
	bucketReborn
	bucketUnlinked
	bucketFlagsKnown = 1<<iota - 1
)

func encodeBucket(info *BucketInfo) []byte {
	b := make([]byte, 0, 40+len(info.Owner)+len(info.Versioning)+len(info.Location))
	b = append(b, bucketV1)
	b = append(b, info.Ref[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(info.Created.UnixNano()))
	b = appendBytes(b, info.Owner)
	b = appendBytes(b, info.Versioning)
	b = append(b, bucketFlags(info))
	b = appendBytes(b, info.Location)
	if info.Documents != 0 {
		b = binary.AppendUvarint(b, info.Documents)
	}
	if d := info.DefaultRetention; d.Mode != LockNone {
		b = append(b, placeOf(lockModes, d.Mode))
		b = binary.AppendUvarint(b, uint64(d.Days))
		b = binary.AppendUvarint(b, uint64(d.Years))
	}
	if info.Incarnation != 0 {
		b = binary.AppendUvarint(b, info.Incarnation)
	}
	return b
}

func bucketFlags(info *BucketInfo) byte {
	var flags byte
	if info.ObjectLock {
		flags |= bucketObjectLock
	}
	if info.Documents != 0 {
		flags |= bucketDocumented
	}
	if info.DefaultRetention.Mode != LockNone {
		flags |= bucketRetention
	}
	if info.MFADelete {
		flags |= bucketMFADelete
	}
	if info.Incarnation != 0 {
		flags |= bucketReborn
	}
	if info.Unlinked {
		flags |= bucketUnlinked
	}
	return flags
}

func decodeBucket(data []byte, id BucketID) (BucketInfo, error) {
	p := parser{data: data}
	if p.octet() != bucketV1 {
		p.fail()
	}
	info := BucketInfo{BucketID: id, Ref: p.id()}
	info.Created = time.Unix(0, int64(p.uint64())).UTC()
	info.Owner = p.text()
	info.Versioning = Versioning(p.text())
	flags := p.octet()
	if flags&^byte(bucketFlagsKnown) != 0 {
		p.fail()
	}
	info.ObjectLock = flags&bucketObjectLock != 0
	info.MFADelete = flags&bucketMFADelete != 0
	info.Unlinked = flags&bucketUnlinked != 0
	info.Location = p.text()
	if flags&bucketDocumented != 0 {
		info.Documents = p.uvarint()
	}
	if flags&bucketRetention != 0 {
		info.DefaultRetention = p.defaultRetention()
	}
	if flags&bucketReborn != 0 {
		info.Incarnation = p.uvarint()
	}
	return info, p.err()
}

func (p *parser) defaultRetention() (d DefaultRetention) {
	mode := int(p.octet())
	d.Days, d.Years = int(p.size()), int(p.size())
	if mode == 0 || mode >= len(lockModes) {
		p.fail()
		return DefaultRetention{}
	}
	d.Mode = lockModes[mode]
	if d.check() != nil {
		p.fail()
	}
	return d
}
