package objstore

import (
	"encoding/binary"
	"time"
)

// A bucket is stored as
//
//	bucketV1  ref:16  created:8  owner  versioning  flags  location  [documents]
//
// The version of its documents is there when flags say so.
const bucketV1 = 1

// Flags of a bucket.
const (
	bucketObjectLock = 1 << iota
	bucketDocumented
)

func encodeBucket(info *BucketInfo) []byte {
	b := make([]byte, 0, 40+len(info.Owner)+len(info.Versioning)+len(info.Location))
	b = append(b, bucketV1)
	b = append(b, info.Ref[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(info.Created.UnixNano()))
	b = appendBytes(b, info.Owner)
	b = appendBytes(b, info.Versioning)
	var flags byte
	if info.ObjectLock {
		flags |= bucketObjectLock
	}
	if info.Documents != 0 {
		flags |= bucketDocumented
	}
	b = append(b, flags)
	b = appendBytes(b, info.Location)
	if info.Documents != 0 {
		b = binary.AppendUvarint(b, info.Documents)
	}
	return b
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
	if flags&^(bucketObjectLock|bucketDocumented) != 0 {
		p.fail()
	}
	info.ObjectLock = flags&bucketObjectLock != 0
	info.Location = p.text()
	if flags&bucketDocumented != 0 {
		info.Documents = p.uvarint()
	}
	return info, p.err()
}
