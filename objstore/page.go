package objstore

import (
	"bytes"
	"strings"

	"github.com/cofferstore/coffer/objstore/driver"
)

// ctxStride is how many rows a listing takes between two looks at its context.
const ctxStride = 1024

// pageCap is how many entries a page has room for at once; a larger page
// grows. It is the largest page of S3.
const pageCap = 1000

// maxSkip is how many deleted rows a page may meet before it is cut short: a
// small multiple of its live rows, so that a page has a bounded cost wherever
// in the bucket it begins.
func maxSkip(limit int) int { return min(limit, 1<<20) + pageCap }

// keyRange returns the range of rows, each base and a key, that a page with
// this prefix looks at after a key or common prefix.
func keyRange(base []byte, prefix, delimiter, afterKey string) (start, end []byte) {
	start = append(append(make([]byte, 0, len(base)+MaxKeyLen+1), base...), prefix...)
	end = after(start)
	if afterKey == "" || afterKey < prefix {
		return start, end
	}
	if len(afterKey) <= MaxKeyLen && commonPrefix(afterKey, prefix, delimiter) == afterKey {
		return after(append(start[:len(base)], afterKey...)), end
	}
	return rowAfter(base, afterKey), end
}

// rowAfter returns the first possible row after that of key. A key that is too
// long to exist is cut: what sorts after it is the same.
func rowAfter(base []byte, key string) []byte {
	key = key[:min(len(key), MaxKeyLen)]
	b := append(make([]byte, 0, len(base)+len(key)+1), base...)
	return append(append(b, key...), 0)
}

// groupLen returns the length of the common prefix of key, or 0 when it has
// none: it ends with the first delimiter behind the query's prefix.
func groupLen(key []byte, prefixLen int, delimiter string) int {
	if delimiter == "" || prefixLen > len(key) {
		return 0
	}
	tail := key[prefixLen:]
	if len(delimiter) == 1 {
		if i := bytes.IndexByte(tail, delimiter[0]); i >= 0 {
			return prefixLen + i + 1
		}
		return 0
	}
	for i := 0; i+len(delimiter) <= len(tail); i++ {
		if string(tail[i:i+len(delimiter)]) == delimiter {
			return prefixLen + i + len(delimiter)
		}
	}
	return 0
}

// commonPrefix returns the common prefix that key is rolled up into, or "".
func commonPrefix(key, prefix, delimiter string) string {
	if delimiter == "" || !strings.HasPrefix(key, prefix) {
		return ""
	}
	i := strings.Index(key[len(prefix):], delimiter)
	if i < 0 {
		return ""
	}
	return key[:len(prefix)+i+len(delimiter)]
}

// Bounds of a groupSkipper, chosen by measurement: stepping is cheaper for
// groups of a few rows, seeking for all others.
const (
	skipSteps   = 4  // rows to step over before seeking
	largeStreak = 4  // large groups in a row after which the next ones are large too
	probeEvery  = 16 // groups that are sought past unseen before one is stepped into again
)

// groupSkipper moves cursors past groups of rows with a common prefix.
type groupSkipper struct {
	streak int // large groups in a row
	unseen int // groups skipped since without looking at their size
	start  []byte
	end    []byte
}

// past moves c from a row that begins with prefix to the first row behind all
// of those and tells whether there is one. The prefix may be a part of c's key.
func (g *groupSkipper) past(c driver.Cursor, prefix []byte) bool {
	g.start = append(g.start[:0], prefix...)
	if g.streak >= largeStreak && g.unseen < probeEvery {
		g.unseen++
		return g.seek(c)
	}
	g.unseen = 0
	for range skipSteps {
		if !c.Next() {
			return false
		}
		if !bytes.HasPrefix(c.Key(), g.start) {
			g.streak = 0
			return true
		}
	}
	g.streak++
	return g.seek(c)
}

func (g *groupSkipper) seek(c driver.Cursor) bool {
	g.end = append(g.end[:0], g.start...)
	for i := len(g.end) - 1; i >= 0; i-- {
		if g.end[i]++; g.end[i] != 0 {
			return c.Seek(g.end[:i+1])
		}
	}
	return false
}

// stringArena makes many short strings in few allocations. They share memory:
// one that is kept keeps up to arenaChunk bytes of its neighbours.
type stringArena struct{ b strings.Builder }

const arenaChunk = 8 << 10

func (a *stringArena) add(p []byte) string {
	if a.b.Cap()-a.b.Len() < len(p) {
		a.b.Reset()
		a.b.Grow(max(arenaChunk, len(p)))
	}
	n := a.b.Len()
	a.b.Write(p)
	return a.b.String()[n:]
}

// withEntry returns the entries of a page of limit entries with a zero one
// behind them, for the caller to fill in place: entries are large. The first
// entries get little room, since most pages are short.
func withEntry[E any](s []E, limit int) []E {
	if len(s) < cap(s) {
		return s[:len(s)+1] // it was never used: pages only grow
	}
	room := min(limit, 16)
	if len(s) > 0 {
		room = max(min(limit, pageCap), 2*len(s))
	}
	grown := make([]E, len(s)+1, max(room, len(s)+1))
	copy(grown, s)
	return grown
}

// appendEntry is append with the growth of withEntry.
func appendEntry[E any](s []E, e E, limit int) []E {
	s = withEntry(s, limit)
	s[len(s)-1] = e
	return s
}
