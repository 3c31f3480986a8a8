package objstore

import (
	"encoding/binary"

	"github.com/cofferstore/coffer/objstore/driver"
)

// Rows of this package begin with 'o' and a kind. A bucket's rows are grouped
// by its ref, so that they sort by object key within it.
//
//	ob  tenant name              bucket
//	on  owner tenant name        buckets of an owner; the value says whether unlinked
//	ol  tenant name              number of buckets that have had the name
//	od  ref kind                 bucket document
//	om  tenant kind              tenant document
//	ok  ref key                  current version, never a delete marker
//	ov  ref key ^order           other versions, newest first, and all delete markers
//	oz  ref key                  order of the null version while it is among the others
//	ou  ref key upload           unfinished upload
//	op  upload number            part
//	ox  upload                   finished upload: its rows are yet to be removed
//	oy  upload                   completed upload: the answer, kept for retries
//	oi  blob                     bytes of a small object
//	or  blob                     number of references to a blob
//	ot  time blob                blob to be removed
//	oe  time id                  references to be dropped
//	os                           id of the store
//
// Counters: oc b ref field, oc o owner field, oc u upload field.
//
// A component that is followed by another one is escaped so that rows keep the
// order of their components (see appendEscaped); a last one is as it is.
const (
	kindBucket    = 'b'
	kindOwner     = 'n'
	kindLives     = 'l'
	kindDocument  = 'd'
	kindTenant    = 'm'
	kindCurrent   = 'k'
	kindVersion   = 'v'
	kindNull      = 'z'
	kindUpload    = 'u'
	kindPart      = 'p'
	kindPurge     = 'x'
	kindCompleted = 'y'
	kindInline    = 'i'
	kindRefs      = 'r'
	kindTrash     = 't'
	kindRetired   = 'e'
	kindCounter   = 'c'
	kindStore     = 's'
)

const rowSpace = 'o'

// appendEscaped appends s so that escaped strings sort as s does and none is a
// prefix of another: 0x00 becomes 0x00 0xFF, and 0x00 0x01 ends the component.
func appendEscaped(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		b = append(b, s[i])
		if s[i] == 0 {
			b = append(b, 0xFF)
		}
	}
	return append(b, 0, 1)
}

// cutEscaped is the inverse of appendEscaped; ok is false for bytes that it
// cannot have made.
func cutEscaped(b []byte) (s string, rest []byte, ok bool) {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != 0 {
			out = append(out, b[i])
			continue
		}
		if i+1 == len(b) {
			return "", nil, false
		}
		switch b[i+1] {
		case 0xFF:
			out = append(out, 0)
			i++
		case 1:
			return string(out), b[i+2:], true
		default:
			return "", nil, false
		}
	}
	return "", nil, false
}

func row(kind byte, size int) []byte {
	return append(make([]byte, 0, 2+size), rowSpace, kind)
}

func bucketRow(id BucketID) []byte {
	b := row(kindBucket, len(id.Tenant)+len(id.Name)+2)
	b = appendEscaped(b, id.Tenant)
	return append(b, id.Name...)
}

// livesRow is the row that counts the buckets of a name. It outlives them.
func livesRow(id BucketID) []byte {
	b := appendEscaped(row(kindLives, len(id.Tenant)+len(id.Name)+2), id.Tenant)
	return append(b, id.Name...)
}

// ownerBase is the prefix of the rows of all buckets of an owner.
func ownerBase(owner string) []byte {
	return appendEscaped(row(kindOwner, len(owner)+80), owner)
}

func ownerRow(owner string, id BucketID) []byte {
	b := appendEscaped(ownerBase(owner), id.Tenant)
	return append(b, id.Name...)
}

// ownerMark is the value of the owner row of a bucket: empty, or one byte when it
// is unlinked.
func ownerMark(info *BucketInfo) []byte {
	if info.Unlinked {
		return []byte{1}
	}
	return nil
}

func refRow(kind byte, ref [16]byte, tail string) []byte {
	b := append(row(kind, len(ref)+len(tail)), ref[:]...)
	return append(b, tail...)
}

func documentRow(ref [16]byte, kind string) []byte { return refRow(kindDocument, ref, kind) }
func tenantRow(tenant, kind string) []byte {
	return append(appendEscaped(row(kindTenant, len(tenant)+len(kind)+2), tenant), kind...)
}
func currentRow(ref [16]byte, key string) []byte { return refRow(kindCurrent, ref, key) }
func nullRow(ref [16]byte, key string) []byte    { return refRow(kindNull, ref, key) }

// versionsOf is the prefix of all rows of key's other versions.
func versionsOf(ref [16]byte, key string) []byte {
	return appendEscaped(append(row(kindVersion, len(ref)+len(key)+10), ref[:]...), key)
}

func versionRow(ref [16]byte, key string, order uint64) []byte {
	return binary.BigEndian.AppendUint64(versionsOf(ref, key), ^order)
}

// uploadsOf is the prefix of the rows of all uploads to key.
func uploadsOf(ref [16]byte, key string) []byte {
	return appendEscaped(append(row(kindUpload, len(ref)+len(key)+18), ref[:]...), key)
}

func uploadRow(ref [16]byte, key string, id [16]byte) []byte {
	return append(uploadsOf(ref, key), id[:]...)
}

func partRow(upload [16]byte, number int) []byte {
	b := append(row(kindPart, 18), upload[:]...)
	return binary.BigEndian.AppendUint16(b, uint16(number))
}

func purgeRow(upload [16]byte) []byte     { return append(row(kindPurge, 16), upload[:]...) }
func completedRow(upload [16]byte) []byte { return append(row(kindCompleted, 16), upload[:]...) }
func inlineRow(id driver.BlobID) []byte   { return append(row(kindInline, 16), id[:]...) }
func blobRefsRow(id driver.BlobID) []byte { return append(row(kindRefs, 16), id[:]...) }

// retiredRow holds the extents of a large object that is gone.
func retiredRow(unixNano int64, id [16]byte) []byte {
	b := binary.BigEndian.AppendUint64(row(kindRetired, 24), uint64(unixNano))
	return append(b, id[:]...)
}

func trashRow(unixNano int64, id driver.BlobID) []byte {
	b := binary.BigEndian.AppendUint64(row(kindTrash, 24), uint64(unixNano))
	return append(b, id[:]...)
}

// after returns the first possible row after all rows that begin with prefix.
func after(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}
