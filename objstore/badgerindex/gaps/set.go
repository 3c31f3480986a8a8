package gaps

import (
	"bytes"
	"iter"
	"sync"

	"github.com/google/btree"
)

// Set is a set of disjoint gaps. Its methods are safe for concurrent use.
type Set struct {
	spaceLen int
	limit    int

	mu     sync.RWMutex
	latest uint64 // the version that Commit was called with last
	spaces map[string]*space
	size   int // of all gaps and spaces, in bytes
}

// space has the gaps between rows with the same first bytes.
type space struct {
	touched uint64 // the version of the last commit here, or a later one
	gaps    *btree.BTreeG[gap]
}

// gap says that from a version on no row is in [low, row), and row is there.
type gap struct {
	low, row []byte
	version  uint64
}

// What a gap and a space take beside the bytes of keys, about.
const (
	gapOverhead   = 160
	spaceOverhead = 512
)

// degree is that of the trees: nodes have up to twice as many gaps.
const degree = 32

// New returns a set without gaps for a map at the given version, which is kept
// below about limit bytes. Keys with the same first spaceLen bytes are in one
// space; a gap that has ends in two, or a shorter key, is not remembered.
func New(version uint64, spaceLen, limit int) *Set {
	return &Set{spaceLen: spaceLen, limit: limit, latest: version, spaces: map[string]*space{}}
}

// Find returns the first row at or after target, as a snapshot at version has
// it, if that is known. The caller must not change the row.
func (s *Set) Find(target []byte, version uint64) (row []byte, ok bool) {
	if len(target) < s.spaceLen {
		return nil, false
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	sp := s.spaces[string(target[:s.spaceLen])]
	if sp == nil {
		return nil, false
	}
	g, ok := sp.at(target)
	if !ok || g.version > version {
		return nil, false
	}
	return g.row, true
}

// at returns the gap that has key, or that ends at it.
func (sp *space) at(key []byte) (found gap, ok bool) {
	sp.gaps.AscendGreaterOrEqual(gap{row: key}, func(g gap) bool {
		found, ok = g, bytes.Compare(g.low, key) <= 0
		return false
	})
	return found, ok
}

// Add takes note that row is the first one at or after target in a snapshot at
// version. It does not where that may have changed since.
func (s *Set) Add(target, row []byte, version uint64) {
	n := s.spaceLen
	if len(target) < n || len(row) < n || !bytes.Equal(target[:n], row[:n]) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.size > s.limit {
		s.clear()
	}
	sp := s.spaces[string(target[:n])]
	if sp == nil {
		sp = &space{touched: s.latest, gaps: btree.NewG(degree, before)}
		s.spaces[string(target[:n])] = sp
		s.size += n + spaceOverhead
	}
	if version >= sp.touched {
		s.size += sp.add(target, row, version)
	}
}

func before(a, b gap) bool { return bytes.Compare(a.row, b.row) < 0 }

// add is Set.Add for what is true now. It returns by how much sp has grown.
func (sp *space) add(target, row []byte, version uint64) int {
	g, found := sp.gaps.Get(gap{row: row})
	switch {
	case !found:
		g = gap{low: bytes.Clone(target), row: bytes.Clone(row), version: version}
		sp.gaps.ReplaceOrInsert(g)
		return g.size()
	case bytes.Compare(target, g.low) >= 0:
		return 0
	}
	wider := gap{low: bytes.Clone(target), row: g.row, version: version} // nothing has changed here since
	sp.gaps.ReplaceOrInsert(wider)
	return wider.size() - g.size()
}

func (g gap) size() int { return len(g.low) + len(g.row) + gapOverhead }

// Commit takes note of a commit that makes version. It must be called before a
// snapshot can be at version, in the order of versions, and with each row that
// the commit writes, or deletes if the second value is true.
func (s *Set) Commit(version uint64, rows iter.Seq2[[]byte, bool]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latest = version
	if len(s.spaces) == 0 {
		return
	}
	for key, deleted := range rows {
		if len(key) < s.spaceLen {
			continue
		}
		if sp := s.spaces[string(key[:s.spaceLen])]; sp != nil {
			sp.touched = version
			s.size -= sp.change(key, deleted)
		}
	}
}

// change drops the gap that is none after a row was written or deleted: one
// that the row is in now, or that ended at it. It returns by how much sp has
// shrunk.
func (sp *space) change(key []byte, deleted bool) int {
	g, ok := sp.at(key)
	if !ok || deleted != bytes.Equal(g.row, key) {
		return 0
	}
	sp.gaps.Delete(g)
	return g.size()
}

// Clear forgets all gaps.
func (s *Set) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
}

func (s *Set) clear() {
	s.spaces, s.size = map[string]*space{}, 0
}

// Len returns the number of gaps.
func (s *Set) Len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	n := 0
	for _, sp := range s.spaces {
		n += sp.gaps.Len()
	}
	return n
}
