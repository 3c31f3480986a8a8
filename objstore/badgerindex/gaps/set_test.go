package gaps

import (
	"bytes"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// change is a row that a commit writes, or deletes.
type change struct {
	key     string
	deleted bool
}

func changes(list ...change) iter.Seq2[[]byte, bool] {
	return func(yield func([]byte, bool) bool) {
		for _, c := range list {
			if !yield([]byte(c.key), c.deleted) {
				return
			}
		}
	}
}

// In each test the rows are x:b and x:f, and the set has the gap [x:c, x:f).
func TestCommit(t *testing.T) {
	tests := []struct {
		explanation string
		commit      change
		kept        bool
	}{
		{"a row in the gap is the one that a seek must find now", change{"x:d", false}, false},
		{"also at its very beginning", change{"x:c", false}, false},
		{"a seek would go on behind a deleted end", change{"x:f", true}, false},
		{"an end that is written again is there", change{"x:f", false}, true},
		{"there was no row in the gap to delete", change{"x:d", true}, true},
		{"a row before it", change{"x:b", true}, true},
		{"a row behind it", change{"x:f0", false}, true},
		{"a row of another space", change{"y:d", false}, true},
		{"a key too short for a space", change{"x", false}, true},
	}
	for _, tt := range tests {
		t.Run(tt.explanation, func(t *testing.T) {
			s := New(1, 2, 1<<20)
			s.Add([]byte("x:c"), []byte("x:f"), 1)
			s.Commit(2, changes(tt.commit))
			for _, version := range []uint64{1, 2} {
				row, ok := s.Find([]byte("x:e"), version)
				assert.Equal(t, tt.kept, ok)
				if ok {
					assert.Equal(t, "x:f", string(row))
				}
			}
		})
	}
}

func TestAdd(t *testing.T) {
	tests := []struct {
		explanation string
		before      []change // commits as versions 2, 3, ... after the space is known
		target, row string
		version     uint64
		kept        bool
	}{
		{"what the newest snapshot saw is so", []change{{"x:d", false}}, "x:c", "x:f", 2, true},
		{"what a commit came after may not be so any more", []change{{"x:d", false}}, "x:c", "x:f", 1, false},
		{"be it a deletion", []change{{"x:f", true}}, "x:c", "x:f", 1, false},
		{"commits elsewhere do no harm", []change{{"y:d", false}, {"z", false}}, "x:c", "x:f", 1, true},
		{"the last commit here counts", []change{{"x:d", false}, {"y:d", false}}, "x:c", "x:f", 1, false},
		{"a space that the set does not know may have been written to", []change{{"y:d", false}}, "z:c", "z:f", 1, false},
		{"unless the snapshot is the newest", []change{{"y:d", false}}, "z:c", "z:f", 2, true},
		{"commits are noted by space", nil, "x:c", "y:f", 1, false},
		{"a target too short for a space", nil, "x", "x:f", 1, false},
	}
	for _, tt := range tests {
		t.Run(tt.explanation, func(t *testing.T) {
			s := New(1, 2, 1<<20)
			s.Add([]byte("x:y"), []byte("x:z"), 1)
			for i, c := range tt.before {
				s.Commit(uint64(2+i), changes(c))
			}
			s.Add([]byte(tt.target), []byte(tt.row), tt.version)
			row, ok := s.Find([]byte(tt.target), tt.version)
			assert.Equal(t, tt.kept, ok)
			if ok {
				assert.Equal(t, tt.row, string(row))
				_, old := s.Find([]byte(tt.target), tt.version-1)
				assert.False(t, old, "an older snapshot may have seen something else")
			}
		})
	}
}

// Two seeks that end at one row make one gap, which begins where the longer one
// began.
func TestWiden(t *testing.T) {
	s := New(1, 2, 1<<20)
	for i, target := range []string{"x:d", "x:b", "x:c"} {
		s.Add([]byte(target), []byte("x:f"), uint64(1+i))
		s.Commit(uint64(2+i), changes())
	}
	assert.Equal(t, 1, s.Len())
	_, ok := s.Find([]byte("x:b"), 2)
	assert.True(t, ok)
	_, ok = s.Find([]byte("x:d"), 1)
	assert.False(t, ok, "version 1 saw [x:d, x:f) alone")
	_, ok = s.Find([]byte("x:a"), 9)
	assert.False(t, ok, "nobody looked there")
}

// The caller may use its buffers again.
func TestAddCopies(t *testing.T) {
	s := New(1, 2, 1<<20)
	target, row := []byte("x:c"), []byte("x:f")
	s.Add(target, row, 1)
	copy(target, "????")
	copy(row, "????")
	got, ok := s.Find([]byte("x:c"), 1)
	require.True(t, ok)
	assert.Equal(t, "x:f", string(got))
}

func TestBound(t *testing.T) {
	const limit = 100 << 10
	s := New(1, 4, limit)
	most := 0
	for i := range 10_000 {
		s.Add(fmt.Appendf(nil, "%04d/a", i%100), fmt.Appendf(nil, "%04d/b%06d", i%100, i), 1)
		require.Less(t, s.size, limit+1000)
		most = max(most, s.Len())
	}
	assert.Greater(t, most, 100, "there is room for some")
	held := 0
	for _, sp := range s.spaces {
		held += 4 + spaceOverhead
		sp.gaps.Ascend(func(g gap) bool {
			held += g.size()
			return true
		})
	}
	assert.Equal(t, held, s.size)
	s.Clear()
	assert.Zero(t, s.Len())
}

// modelled is a set beside the states of the map, by version.
type modelled struct {
	*Set
	rnd    *rand.Rand
	newest uint64
	states map[uint64]map[string]bool // of the versions that there are snapshots of
	hits   int
}

func randomKey(rnd *rand.Rand) string {
	key := []byte{"xyz"[rnd.IntN(3)], ':'}
	for range 1 + rnd.IntN(3) {
		key = append(key, "abc"[rnd.IntN(3)])
	}
	return string(key[:rnd.IntN(len(key))+1])
}

// first returns the first row at or after target.
func (m *modelled) first(version uint64, target string) string {
	for _, key := range slices.Sorted(maps.Keys(m.states[version])) {
		if key >= target {
			return key
		}
	}
	return ""
}

// seek does what a cursor does.
func (m *modelled) seek(t *testing.T, version uint64, target string, add bool) {
	want := m.first(version, target)
	row, ok := m.Find([]byte(target), version)
	if ok {
		m.hits++
		require.Equal(t, want, string(row), "a seek to %q at version %d of %d", target, version, m.newest)
	} else if add && want != "" {
		m.Add([]byte(target), []byte(want), version)
	}
}

func (m *modelled) version() uint64 {
	versions := slices.Sorted(maps.Keys(m.states))
	return versions[m.rnd.IntN(len(versions))]
}

// commit makes a version, with seeks while it is on its way.
func (m *modelled) commit(t *testing.T) {
	next := maps.Clone(m.states[m.newest])
	list := make([]change, m.rnd.IntN(5))
	for i := range list {
		list[i] = change{randomKey(m.rnd), m.rnd.IntN(2) == 0}
		if delete(next, list[i].key); !list[i].deleted {
			next[list[i].key] = true
		}
	}
	// A batch has a row once.
	last := map[string]bool{}
	for _, c := range list {
		last[c.key] = c.deleted
	}
	m.Commit(m.newest+1, func(yield func([]byte, bool) bool) {
		for key, deleted := range last {
			if !yield([]byte(key), deleted) {
				return
			}
		}
	})
	for range m.rnd.IntN(4) {
		m.seek(t, m.version(), randomKey(m.rnd), true)
	}
	m.newest++
	m.states[m.newest] = next
	for version := range m.states {
		if version != m.newest && m.rnd.IntN(3) == 0 {
			delete(m.states, version)
		}
	}
}

// disjoint checks that gaps do not overlap.
func (m *modelled) disjoint(t *testing.T) {
	for _, sp := range m.spaces {
		var end []byte
		sp.gaps.Ascend(func(g gap) bool {
			require.True(t, bytes.Compare(end, g.low) < 0 && bytes.Compare(g.low, g.row) <= 0, "%q < %q <= %q", end, g.low, g.row)
			end = g.row
			return true
		})
	}
}

// Whatever is committed and looked for, by old and new snapshots in turn, what
// the set answers is so. A number in BADGERINDEX_SEED makes another and longer
// run.
func TestModel(t *testing.T) {
	seed, commits := uint64(1), 3000
	if s, err := strconv.ParseUint(os.Getenv("BADGERINDEX_SEED"), 10, 64); err == nil {
		seed, commits = s, 100_000
	}
	rnd := rand.New(rand.NewPCG(seed, 0))
	m := &modelled{Set: New(0, 2, 20<<10), rnd: rnd, states: map[uint64]map[string]bool{0: {}}}
	for range commits {
		if rnd.IntN(10) == 0 {
			m.Clear()
		}
		m.commit(t)
		for range rnd.IntN(20) {
			m.seek(t, m.version(), randomKey(rnd), true)
		}
		for version := range m.states {
			m.seek(t, version, randomKey(rnd), false)
		}
		m.disjoint(t)
	}
	assert.Greater(t, m.hits, commits, "the gaps are of use")
}
