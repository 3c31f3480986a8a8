package objstore

import (
	"encoding/binary"
	"maps"
	"slices"

	"github.com/cofferstore/coffer/objstore/sse"
)

// How an object is encrypted is stored as
//
//	sealedV1  flags  mode  master key  wrapped data key  number of pairs  pairs of the context
const sealedV1 = 1

const sealedBucketKey = 1 // flag

func appendEncryption(b []byte, e *EncryptionInfo) []byte {
	var flags byte
	if e.BucketKey {
		flags |= sealedBucketKey
	}
	b = append(b, sealedV1, flags)
	b = appendBytes(b, e.Mode)
	b = appendBytes(b, e.master)
	b = appendBytes(b, e.wrapped)
	b = binary.AppendUvarint(b, uint64(len(e.Context)))
	for _, k := range slices.Sorted(maps.Keys(e.Context)) {
		b = appendBytes(b, k)
		b = appendBytes(b, e.Context[k])
	}
	return b
}

func (p *parser) encryption() *EncryptionInfo {
	if p.octet() != sealedV1 {
		p.fail()
	}
	flags := p.octet()
	if flags&^sealedBucketKey != 0 {
		p.fail()
	}
	e := &EncryptionInfo{BucketKey: flags&sealedBucketKey != 0, Mode: sse.Mode(p.text()), master: p.text()}
	e.wrapped = slices.Clone(p.bytes())
	if !e.Mode.Valid() {
		p.fail()
	}
	if e.Mode == sse.ModeKMS {
		e.KeyID = e.master
	}
	for range p.count(2) {
		if e.Context == nil {
			e.Context = make(map[string]string)
		}
		k := p.text()
		e.Context[k] = p.text()
	}
	return e
}
