package objstore

import (
	"context"
	"encoding/binary"
	"sync"
	"time"

	"github.com/cofferstore/coffer/objstore/sse"
)

// maxBucketKeys bounds how many bucket keys are held in memory.
const maxBucketKeys = 4096

// bucketKeys holds bucket keys for a while: keys between the master key and the
// data keys of a bucket, so that the provider is asked once for many objects.
// The wrapped data key of such an object is
//
//	length  wrapped bucket key  data key, wrapped under the bucket key
type bucketKeys struct {
	now func() time.Time
	age time.Duration

	mu   sync.Mutex
	held map[string]heldKey
}

type heldKey struct {
	key     sse.DataKey
	expires time.Time
}

func newBucketKeys(o *Options) *bucketKeys {
	return &bucketKeys{now: o.Now, age: o.BucketKeyAge, held: make(map[string]heldKey)}
}

// bucketKeyPurpose is authenticated with every bucket key.
const bucketKeyPurpose = "coffer bucket key v1"

// wrap wraps a data key under the bucket key of today, which it adds.
func (b *bucketKeys) wrap(ctx context.Context, p sse.KeyProvider, ref [16]byte, keyID string, key sse.Key, additional []byte) (wrapped []byte, master string, err error) {
	bucketKey, err := b.get("w"+string(ref[:])+keyID, func() (sse.DataKey, error) {
		return p.DataKey(ctx, keyID, []byte(bucketKeyPurpose))
	})
	if err != nil {
		return nil, "", err
	}
	wrapped = appendBytes(nil, bucketKey.Wrapped)
	return append(wrapped, bucketKey.Key.Wrap(key, additional)...), bucketKey.KeyID, nil
}

// unwrap is the inverse of wrap.
func (b *bucketKeys) unwrap(ctx context.Context, p sse.KeyProvider, master string, wrapped, additional []byte) (sse.Key, error) {
	n, width := binary.Uvarint(wrapped)
	if width <= 0 || n > uint64(len(wrapped)-width) {
		return sse.Key{}, sse.ErrWrongKey
	}
	sealed, rest := wrapped[width:width+int(n)], wrapped[width+int(n):]
	bucketKey, err := b.get("r"+master+"\x00"+string(sealed), func() (sse.DataKey, error) {
		key, err := p.Unwrap(ctx, master, sealed, []byte(bucketKeyPurpose))
		return sse.DataKey{Key: key}, err
	})
	if err != nil {
		return sse.Key{}, err
	}
	return bucketKey.Key.Unwrap(rest, additional)
}

// get returns what is held under name, or what ask answers.
func (b *bucketKeys) get(name string, ask func() (sse.DataKey, error)) (sse.DataKey, error) {
	now := b.now()
	b.mu.Lock()
	h, ok := b.held[name]
	b.mu.Unlock()
	if ok && now.Before(h.expires) {
		return h.key, nil
	}
	key, err := ask()
	if err != nil || b.age == 0 {
		return key, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.held) >= maxBucketKeys {
		clear(b.held)
	}
	b.held[name] = heldKey{key, now.Add(b.age)}
	return key, nil
}
