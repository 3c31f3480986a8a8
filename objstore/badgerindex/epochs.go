package badgerindex

import (
	"slices"
	"sync"
)

// epochs knows which versions are being read. Badger may drop a version of a
// row when a newer one exists that every present and future reader sees.
type epochs struct {
	discard func(version uint64) // everything older than version's state may go

	mu   sync.Mutex
	list []epoch // ascending; the last is the current one, the others are in use
}

type epoch struct {
	version uint64
	readers int
}

func newEpochs(version uint64, discard func(uint64)) *epochs {
	discard(version)
	return &epochs{discard: discard, list: []epoch{{version: version}}}
}

// acquire returns the current version and keeps it readable until release.
func (e *epochs) acquire() uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	current := &e.list[len(e.list)-1]
	current.readers++
	return current.version
}

func (e *epochs) release(version uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	i, _ := slices.BinarySearchFunc(e.list, version, func(ep epoch, v uint64) int {
		switch {
		case ep.version < v:
			return -1
		case ep.version > v:
			return 1
		}
		return 0
	})
	e.list[i].readers--
	if e.list[i].readers > 0 || i == len(e.list)-1 {
		return
	}
	e.list = slices.Delete(e.list, i, i+1)
	if i == 0 {
		e.discard(e.list[0].version)
	}
}

// advance makes version the current one.
func (e *epochs) advance(version uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	last := len(e.list) - 1
	if e.list[last].readers > 0 {
		e.list = append(e.list, epoch{version: version})
		return
	}
	e.list[last].version = version
	if last == 0 {
		e.discard(version)
	}
}

// oldest returns the version that the oldest reader may be at.
func (e *epochs) oldest() uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.list[0].version
}

// newest returns the current version.
func (e *epochs) newest() uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.list[len(e.list)-1].version
}
