package objstore

import (
	"encoding/binary"
	"encoding/hex"
	"time"

	"github.com/cofferstore/coffer/objstore/checksum"
)

// Rows of uploads are stored as
//
//	upload:    uploadV1  initiated:8  owner  initiator  class  algorithm  type  then fields, as in a record, and conditions
//	part:      partV1  modified:8  size  md5:16  checksum  extents
//	           partSealed, the same, of an upload that is encrypted
//	purge:     purgeV1  bitmap of the parts that an object was made of
//	completed: completedV1  at:8  list:32  ref:16  key  upload  record
const (
	uploadV1    = 1
	partV1      = 1
	partSealed  = 2
	purgeV1     = 1
	completedV1 = 1
)

// uploadID is the id of an upload: a UUIDv7 of the time of initiation, so that
// the rows of uploads to one key sort by it. Its text is 32 hexadecimal digits.
type uploadID [16]byte

func (id uploadID) String() string { return hex.EncodeToString(id[:]) }

// parseUploadID returns [ErrNoSuchUpload] for what cannot be an upload id.
func parseUploadID(text string) (uploadID, error) {
	var id uploadID
	if len(text) != hex.EncodedLen(len(id)) {
		return id, ErrNoSuchUpload
	}
	if _, err := hex.Decode(id[:], []byte(text)); err != nil || id.String() != text {
		return uploadID{}, ErrNoSuchUpload
	}
	return id, nil
}

// newUploadID makes the id of an upload that begins now. What is below a
// millisecond goes to the 12 bits that RFC 9562, section 6.2, method 3, has
// for it, so that uploads sort by their beginning as finely as the clock goes.
func newUploadID(now time.Time) uploadID {
	id := uploadID(newID(now))
	fraction := uint16(now.Nanosecond() % int(time.Millisecond) * 4096 / int(time.Millisecond))
	binary.BigEndian.PutUint16(id[6:], 0x7000|fraction)
	return id
}

func appendUpload(b []byte, u *UploadInfo) []byte {
	b = append(b, uploadV1)
	b = binary.BigEndian.AppendUint64(b, uint64(u.Initiated.UnixNano()))
	b = appendBytes(b, u.Owner)
	b = appendBytes(b, u.Initiator)
	b = appendBytes(b, u.StorageClass)
	b = appendBytes(b, u.Checksum)
	b = appendBytes(b, u.ChecksumType)
	if meta := appendMetadata(nil, &u.Meta); len(meta) > 0 {
		b = appendField(b, fieldMeta, meta)
	}
	if len(u.Tags) > 0 {
		b = appendField(b, fieldTags, appendTags(nil, u.Tags))
	}
	if len(u.ACL) > 0 {
		b = appendField(b, fieldACL, u.ACL)
	}
	if u.Lock != (Lock{}) {
		b = appendField(b, fieldLock, appendLock(nil, u.Lock))
	}
	if u.Encryption != nil {
		b = appendField(b, fieldSealed, appendEncryption(nil, u.Encryption))
	}
	if !u.If.none() {
		b = appendField(b, fieldIf, appendConditions(nil, &u.If))
	}
	return b
}

func (p *parser) listedUpload(u *UploadInfo) {
	if p.octet() != uploadV1 {
		p.fail()
	}
	u.Initiated = time.Unix(0, int64(p.uint64())).UTC()
	u.Owner = p.textLike(u.Owner)
	u.Initiator = p.textLike(u.Initiator)
	u.StorageClass = p.textLike(u.StorageClass)
	u.Checksum = checksum.Algorithm(p.textLike(string(u.Checksum)))
	u.ChecksumType = ChecksumType(p.textLike(string(u.ChecksumType)))
}

// decodeListedUpload reads what a listing of uploads tells, except Key and ID.
func decodeListedUpload(data []byte, u *UploadInfo) error {
	p := parser{data: data}
	p.listedUpload(u)
	if p.bad {
		return ErrInvalidStorageStructure
	}
	return nil
}

// decodeUpload reads a whole row value; it leaves Key and ID alone.
func decodeUpload(data []byte, u *UploadInfo) error {
	*u = UploadInfo{Key: u.Key, ID: u.ID}
	p := parser{data: data}
	p.listedUpload(u)
	var r record
	for !p.bad && len(p.data) > 0 {
		number := p.uvarint()
		field := parser{data: p.bytes()}
		if p.bad {
			break
		}
		if number == fieldIf {
			u.If = field.conditions()
			if err := field.err(); err != nil {
				return err
			}
			continue
		}
		if err := field.recordField(number, &r); err != nil {
			return err
		}
	}
	u.Meta, u.Tags, u.ACL, u.Lock = r.info.Meta, r.info.Tags, r.info.ACL, r.info.Lock
	u.Encryption = r.info.Encryption
	return p.err()
}

// appendConditions appends those that a write is judged by.
func appendConditions(b []byte, c *Conditions) []byte {
	for _, tags := range [][]string{c.IfMatch, c.IfNoneMatch} {
		b = binary.AppendUvarint(b, uint64(len(tags)))
		for _, tag := range tags {
			b = appendBytes(b, tag)
		}
	}
	var since int64
	if !c.IfUnmodifiedSince.IsZero() {
		since = c.IfUnmodifiedSince.UnixNano()
	}
	return binary.BigEndian.AppendUint64(b, uint64(since))
}

func (p *parser) conditions() (c Conditions) {
	for _, tags := range []*[]string{&c.IfMatch, &c.IfNoneMatch} {
		n := p.count(1)
		for range n {
			*tags = append(*tags, p.text())
		}
	}
	if since := int64(p.uint64()); since != 0 {
		c.IfUnmodifiedSince = time.Unix(0, since).UTC()
	}
	return c
}

// part is a row of a part.
type part struct {
	sealed   bool
	size     int64
	md5      [16]byte // the ETag: of a sealed part it may be random
	modified time.Time
	checksum Checksum
	extents  []extent
}

func (p *part) info(number int) PartInfo {
	return PartInfo{
		Number:   number,
		Size:     p.size,
		ETag:     hex.EncodeToString(p.md5[:]),
		ModTime:  p.modified,
		Checksum: p.checksum,
	}
}

func appendPart(b []byte, p *part) []byte {
	if p.sealed {
		b = append(b, partSealed)
	} else {
		b = append(b, partV1)
	}
	b = binary.BigEndian.AppendUint64(b, uint64(p.modified.UnixNano()))
	b = binary.AppendUvarint(b, uint64(p.size))
	b = append(b, p.md5[:]...)
	b = appendChecksum(b, p.checksum)
	return appendExtents(b, p.extents)
}

func decodePart(data []byte, out *part) error {
	p := parser{data: data}
	form := p.octet()
	if form != partV1 && form != partSealed {
		p.fail()
	}
	out.sealed = form == partSealed
	out.modified = time.Unix(0, int64(p.uint64())).UTC()
	out.size = p.size()
	out.md5 = p.id()
	out.checksum = p.checksum(out.checksum)
	out.extents = p.extents()
	return p.err()
}

// partSet is a set of part numbers.
type partSet []byte

func (s partSet) has(number int) bool {
	return number/8 < len(s) && s[number/8]&(1<<(number%8)) != 0
}

func (s *partSet) add(number int) {
	for len(*s) <= number/8 {
		*s = append(*s, 0)
	}
	(*s)[number/8] |= 1 << (number % 8)
}

func appendPurge(b []byte, used partSet) []byte { return append(append(b, purgeV1), used...) }

// decodePurge returns the parts of a finished upload whose bytes an object owns
// now. The result points into data.
func decodePurge(data []byte) (partSet, error) {
	if len(data) == 0 || data[0] != purgeV1 || len(data) > MaxPartNumber/8+2 {
		return nil, ErrInvalidStorageStructure
	}
	return partSet(data[1:]), nil
}

// completed is what is kept of a completed upload, so that a client that did
// not get the answer may ask again.
type completed struct {
	at     time.Time
	list   [32]byte // digest of the list of parts
	ref    [16]byte // of the bucket
	key    string
	upload UploadInfo
	result record
}

func appendCompleted(b []byte, c *completed) []byte {
	b = append(b, completedV1)
	b = binary.BigEndian.AppendUint64(b, uint64(c.at.UnixNano()))
	b = append(b, c.list[:]...)
	b = append(b, c.ref[:]...)
	b = appendBytes(b, c.key)
	b = appendBytes(b, appendUpload(nil, &c.upload))
	return appendBytes(b, appendRecord(nil, &c.result))
}

// completedAt reads only when the upload was completed.
func completedAt(data []byte) (time.Time, error) {
	p := parser{data: data}
	if p.octet() != completedV1 {
		p.fail()
	}
	at := time.Unix(0, int64(p.uint64())).UTC()
	if p.bad {
		return at, ErrInvalidStorageStructure
	}
	return at, nil
}

func decodeCompleted(data []byte, c *completed) error {
	p := parser{data: data}
	if p.octet() != completedV1 {
		p.fail()
	}
	c.at = time.Unix(0, int64(p.uint64())).UTC()
	copy(c.list[:], p.take(uint64(len(c.list))))
	c.ref = p.id()
	c.key = p.text()
	upload, result := p.bytes(), p.bytes()
	if err := p.err(); err != nil {
		return err
	}
	c.upload.Key, c.result.info.Key = c.key, c.key
	if err := decodeUpload(upload, &c.upload); err != nil {
		return err
	}
	return decodeRecord(result, &c.result)
}
