package badgerindex

import (
	"bytes"
	"hash/maphash"
)

// vainLooks are keys under which functions of Update have found no row of late.
// Most of those rows are made then, and to keep in memory that there were none is
// of no use; the others are looked for again and again.
type vainLooks struct {
	seed maphash.Seed
	keys [64]uint64 // hashes, each in the place that it tells
}

func newVainLooks() *vainLooks { return &vainLooks{seed: maphash.MakeSeed()} }

// again notes a look in vain, and tells whether it was not the first. The answer
// may be wrong now and then. Of nil, which notes nothing, it is true.
func (v *vainLooks) again(key []byte) bool {
	if v == nil {
		return true
	}
	hash := maphash.Bytes(v.seed, key)
	at := &v.keys[hash%uint64(len(v.keys))]
	if *at == hash {
		return true
	}
	*at = hash
	return false
}

// absences are the last few keys under which a function has found no row. When it
// makes one there, the commit need not look again.
type absences struct {
	keys [4][]byte
	n    int // that were noted
}

func (a *absences) note(key []byte) {
	at := &a.keys[a.n%len(a.keys)]
	*at = append((*at)[:0], key...)
	a.n++
}

func (a *absences) has(key []byte) bool {
	for _, k := range a.keys[:min(a.n, len(a.keys))] {
		if bytes.Equal(k, key) {
			return true
		}
	}
	return false
}
