package objstore

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
	"time"

	"github.com/cofferstore/coffer/objstore/checksum"
	"github.com/cofferstore/coffer/objstore/driver"
)

// extent is a run of bytes of a blob.
type extent struct {
	blob driver.BlobID
	off  int64
	n    int64
}

// record is a row of a version: what ObjectInfo tells, and where the bytes are.
type record struct {
	info ObjectInfo // Key and IsLatest are not stored: they follow from the row

	// order sorts the versions of a key: larger is later. It is unique in a key.
	order uint64

	// random makes the version id of a version that is not null unguessable
	// and unique; see versionID.
	random [16]byte

	// inline is the id of the row that holds the bytes of a small object.
	inline    driver.BlobID
	hasInline bool

	extents []extent
}

// isNull tells whether r is the null version of its key.
func (r *record) isNull() bool { return r.info.VersionID == NullVersion }

// A record is stored as
//
//	recordV1  flags  order:8  modified:8  size  [random:16]  etag  class  owner  [checksum]
//	then fields: number<<1|critical  length  bytes
//
// What a listing tells comes first, so that it need not read on. A field that
// the reader does not know is passed over unless it is marked as critical: one
// without which the record would be misunderstood.
const recordV1 = 1

const (
	flagMarker   = 1 << iota // a delete marker
	flagNull                 // the null version: no random bytes
	flagMD5                  // the ETag is stored as 16 bytes
	flagChecksum             // there is a checksum
	flagsKnown   = 1<<iota - 1
)

const (
	fieldInline  = 1<<1 | 1
	fieldExtents = 2<<1 | 1
	fieldMeta    = 3 << 1
	fieldTags    = 4 << 1
	fieldACL     = 5<<1 | 1
	fieldParts   = 6 << 1
	fieldLock    = 9<<1 | 1 // critical: who does not understand it would remove what is locked
	fieldSealed  = 10<<1 | 1
	fieldIf      = 11<<1 | 1 // of uploads
)

// appendRecord appends the row value of r.
func appendRecord(b []byte, r *record) []byte {
	b = appendListed(b, r)
	if r.hasInline {
		b = appendField(b, fieldInline, r.inline[:])
	}
	var scratch []byte
	if len(r.extents) > 0 {
		scratch = appendExtents(scratch[:0], r.extents)
		b = appendField(b, fieldExtents, scratch)
	}
	if scratch = appendMetadata(scratch[:0], &r.info.Meta); len(scratch) > 0 {
		b = appendField(b, fieldMeta, scratch)
	}
	if len(r.info.Tags) > 0 {
		scratch = appendTags(scratch[:0], r.info.Tags)
		b = appendField(b, fieldTags, scratch)
	}
	if len(r.info.ACL) > 0 {
		b = appendField(b, fieldACL, r.info.ACL)
	}
	if len(r.info.Parts) > 0 {
		scratch = appendParts(scratch[:0], r.info.Parts)
		b = appendField(b, fieldParts, scratch)
	}
	if r.info.Lock != (Lock{}) {
		scratch = appendLock(scratch[:0], r.info.Lock)
		b = appendField(b, fieldLock, scratch)
	}
	if e := r.info.Encryption; e != nil {
		b = appendField(b, fieldSealed, appendEncryption(scratch[:0], e))
	}
	return b
}

func appendField(b []byte, field uint64, data []byte) []byte {
	return appendBytes(binary.AppendUvarint(b, field), data)
}

func appendListed(b []byte, r *record) []byte {
	var flags byte
	var sum [16]byte
	if r.info.DeleteMarker {
		flags |= flagMarker
	}
	if r.isNull() {
		flags |= flagNull
	}
	if isMD5(r.info.ETag) {
		flags |= flagMD5
		_, _ = hex.Decode(sum[:], []byte(r.info.ETag))
	}
	if r.info.Checksum.Algorithm != "" {
		flags |= flagChecksum
	}
	b = append(b, recordV1, flags)
	b = binary.BigEndian.AppendUint64(b, r.order)
	b = binary.BigEndian.AppendUint64(b, uint64(r.info.ModTime.UnixNano()))
	b = binary.AppendUvarint(b, uint64(r.info.Size))
	if flags&flagNull == 0 {
		b = append(b, r.random[:]...)
	}
	if flags&flagMD5 != 0 {
		b = append(b, sum[:]...)
	} else {
		b = appendBytes(b, r.info.ETag)
	}
	b = appendBytes(b, r.info.StorageClass)
	b = appendBytes(b, r.info.Owner)
	if flags&flagChecksum != 0 {
		b = appendChecksum(b, r.info.Checksum)
	}
	return b
}

// isMD5 tells whether an ETag is what hex.EncodeToString makes of 16 bytes.
func isMD5(etag string) bool {
	if len(etag) != 32 {
		return false
	}
	for i := 0; i < len(etag); i++ {
		if c := etag[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func appendChecksum(b []byte, c Checksum) []byte {
	b = appendBytes(b, c.Algorithm)
	b = appendBytes(b, c.Type)
	return appendBytes(b, c.Value)
}

func (p *parser) checksum(like Checksum) Checksum {
	var c Checksum
	c.Algorithm = checksum.Algorithm(p.textLike(string(like.Algorithm)))
	c.Type = ChecksumType(p.textLike(string(like.Type)))
	c.Value = p.text()
	return c
}

func appendExtents(b []byte, es []extent) []byte {
	b = binary.AppendUvarint(b, uint64(len(es)))
	for _, e := range es {
		b = append(b, e.blob[:]...)
		b = binary.AppendUvarint(b, uint64(e.off))
		b = binary.AppendUvarint(b, uint64(e.n))
	}
	return b
}

func (p *parser) extents() []extent {
	es := make([]extent, p.count(18))
	for i := range es {
		es[i] = extent{blob: p.id(), off: p.size(), n: p.size()}
	}
	return es
}

// metadataFields are the members of Metadata that are plain strings; a row
// names them by index, so that the order must not change.
func metadataFields(m *Metadata) [7]*string {
	return [7]*string{
		&m.ContentType, &m.ContentEncoding, &m.ContentLanguage,
		&m.ContentDisposition, &m.CacheControl, &m.Expires, &m.WebsiteRedirect,
	}
}

// appendMetadata appends nothing when m is empty.
func appendMetadata(b []byte, m *Metadata) []byte {
	for i, s := range metadataFields(m) {
		if *s != "" {
			b = append(b, byte(i))
			b = appendBytes(b, *s)
		}
	}
	if len(m.User) == 0 {
		return b
	}
	for _, k := range slices.Sorted(maps.Keys(m.User)) {
		b = append(b, metadataUser)
		b = appendBytes(b, k)
		b = appendBytes(b, m.User[k])
	}
	return b
}

const metadataUser = 0xFF // marks a key and value of Metadata.User

func (p *parser) metadata(m *Metadata) {
	fields := metadataFields(m)
	for len(p.data) > 0 {
		i := p.octet()
		switch {
		case i == metadataUser:
			if m.User == nil {
				m.User = make(map[string]string)
			}
			k := p.text()
			m.User[k] = p.text()
		case int(i) < len(fields):
			*fields[i] = p.text()
		default:
			p.fail()
		}
	}
}

func appendTags(b []byte, tags []Tag) []byte {
	b = binary.AppendUvarint(b, uint64(len(tags)))
	for _, t := range tags {
		b = appendBytes(b, t.Key)
		b = appendBytes(b, t.Value)
	}
	return b
}

func (p *parser) tags() []Tag {
	tags := make([]Tag, p.count(2))
	for i := range tags {
		tags[i] = Tag{Key: p.text(), Value: p.text()}
	}
	return tags
}

// appendParts stores numbers as differences and checksums as the bytes that
// their base64 form stands for, since there may be ten thousand.
func appendParts(b []byte, parts []PartSize) []byte {
	b = binary.AppendUvarint(b, uint64(len(parts)))
	last := 0
	for _, part := range parts {
		b = binary.AppendVarint(b, int64(part.Number-last))
		b = binary.AppendUvarint(b, uint64(part.Size))
		last = part.Number
		raw, err := base64.StdEncoding.Strict().DecodeString(part.Checksum)
		if err == nil && base64.StdEncoding.EncodeToString(raw) == part.Checksum {
			b = binary.AppendUvarint(b, uint64(len(raw))<<1)
			b = append(b, raw...)
		} else {
			b = binary.AppendUvarint(b, uint64(len(part.Checksum))<<1|1)
			b = append(b, part.Checksum...)
		}
	}
	return b
}

func (p *parser) parts() []PartSize {
	parts := make([]PartSize, p.count(3))
	var last int64
	for i := range parts {
		delta, n := binary.Varint(p.data)
		if n <= 0 {
			p.fail()
			return nil
		}
		p.data = p.data[n:]
		last += delta
		parts[i].Number, parts[i].Size = int(last), p.size()
		form := p.uvarint()
		if sum := p.take(form >> 1); form&1 == 0 {
			parts[i].Checksum = base64.StdEncoding.EncodeToString(sum)
		} else {
			parts[i].Checksum = string(sum)
		}
	}
	return parts
}

// listed reads what decodeListed tells.
func (p *parser) listed(info *ObjectInfo) (order uint64, random [16]byte) {
	if p.octet() != recordV1 {
		p.fail()
	}
	flags := p.octet()
	if flags&^byte(flagsKnown) != 0 {
		p.fail()
	}
	info.DeleteMarker = flags&flagMarker != 0
	order = p.uint64()
	info.ModTime = time.Unix(0, int64(p.uint64())).UTC()
	info.Size = p.size()
	if flags&flagNull != 0 {
		info.VersionID = NullVersion
	} else {
		random = p.id()
		info.VersionID = versionID(order, random)
	}
	if flags&flagMD5 != 0 {
		info.ETag = p.hex()
	} else {
		info.ETag = p.text()
	}
	info.StorageClass = p.textLike(info.StorageClass)
	info.Owner = p.textLike(info.Owner)
	if flags&flagChecksum != 0 {
		info.Checksum = p.checksum(info.Checksum)
	} else {
		info.Checksum = Checksum{}
	}
	return order, random
}

// decodeListed reads the members of info that a listing tells, except Key and
// IsLatest, which it leaves alone. Strings of info that are the same already
// are kept: a listing saves memory by starting from the row before. Others go to
// strings, where that is not nil.
func decodeListed(data []byte, info *ObjectInfo, strings *stringArena) error {
	p := parser{data: data, strings: strings}
	p.listed(info)
	if p.bad {
		return ErrInvalidStorageStructure
	}
	return nil
}

// decodeRecord reads a whole row value; it leaves Key and IsLatest alone. The
// record does not point into data.
func decodeRecord(data []byte, r *record) error {
	*r = record{info: ObjectInfo{Key: r.info.Key, IsLatest: r.info.IsLatest}}
	p := parser{data: data}
	r.order, r.random = p.listed(&r.info)
	for !p.bad && len(p.data) > 0 {
		number := p.uvarint()
		field := parser{data: p.bytes()}
		if p.bad {
			break
		}
		if err := field.recordField(number, r); err != nil {
			return err
		}
	}
	return p.err()
}

func (p *parser) recordField(number uint64, r *record) error {
	switch number {
	case fieldInline:
		r.inline, r.hasInline = p.id(), true
	case fieldExtents:
		r.extents = p.extents()
	case fieldMeta:
		p.metadata(&r.info.Meta)
	case fieldTags:
		r.info.Tags = p.tags()
	case fieldACL:
		r.info.ACL = append([]byte(nil), p.data...)
		return nil
	case fieldParts:
		r.info.Parts = p.parts()
	case fieldLock:
		r.info.Lock = p.lock()
	case fieldSealed:
		r.info.Encryption = p.encryption()
	default:
		if number&1 != 0 {
			return ErrInvalidStorageStructure
		}
		return nil
	}
	return p.err()
}
