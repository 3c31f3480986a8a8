package s3http

import (
	"sync"

	"github.com/cofferstore/coffer/objstore"
)

// documentCache keeps what was compiled of documents of buckets. An entry is
// good for one count of changes ([objstore.BucketInfo]), which a bucket that is
// opened after a change has another of: the cache is as exact as the bucket.
// The zero value is an empty one.
type documentCache[T any] struct {
	mu      sync.RWMutex
	entries map[[16]byte]compiled[T] // by ref
	size    int                      // of all entries
}

// compiled is what was made of documents of one bucket.
type compiled[T any] struct {
	version uint64
	made    T
	size    int // in bytes: of the documents, and a little
}

func newCompiled[T any](version uint64, made T, docs map[string][]byte) compiled[T] {
	const overhead = 512
	e := compiled[T]{version: version, made: made, size: overhead}
	for _, data := range docs {
		e.size += len(data)
	}
	return e
}

// cachedDocuments bounds the documents, in bytes, that a cache keeps compiled,
// which takes a few times as much memory.
const cachedDocuments = 16 << 20

func (dc *documentCache[T]) get(info *objstore.BucketInfo) (T, bool) {
	dc.mu.RLock()
	defer dc.mu.RUnlock()
	e, ok := dc.entries[info.Ref]
	return e.made, ok && e.version == info.Documents
}

func (dc *documentCache[T]) put(ref [16]byte, e compiled[T]) {
	dc.mu.Lock()
	defer dc.mu.Unlock()
	if dc.entries == nil {
		dc.entries = make(map[[16]byte]compiled[T])
	}
	old := dc.entries[ref]
	if old.version > e.version {
		return
	}
	dc.entries[ref] = e
	dc.size += e.size - old.size
	for victim, v := range dc.entries { // any one
		if dc.size <= cachedDocuments {
			return
		}
		delete(dc.entries, victim)
		dc.size -= v.size
	}
}
