package objstore

import (
	"bytes"
	"slices"
	"sort"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
)

// deadReader is a reader of an index that passes over deleted rows one by one
// and gives up after a few.
type deadReader struct {
	driver.Reader
	rows []deadRow // sorted
	skip int       // dead rows that a scan with MaxSkip passes over
}

type deadRow struct {
	key, value []byte
	dead       bool
}

// readDead returns the rows of a store together with dead ones.
func readDead(t *testing.T, s *Store, skip int, dead ...[]byte) *deadReader {
	d := &deadReader{skip: skip}
	require.NoError(t, s.view(t.Context(), func(r driver.Reader) error {
		c := r.Scan(nil, nil, driver.ScanOptions{})
		for c.Next() {
			value, err := c.Value()
			require.NoError(t, err)
			d.rows = append(d.rows, deadRow{bytes.Clone(c.Key()), bytes.Clone(value), false})
		}
		return c.Close()
	}))
	for _, key := range dead {
		d.rows = append(d.rows, deadRow{key: key, dead: true})
	}
	slices.SortStableFunc(d.rows, func(a, b deadRow) int { return bytes.Compare(a.key, b.key) })
	d.rows = slices.CompactFunc(d.rows, func(a, b deadRow) bool { return bytes.Equal(a.key, b.key) })
	return d
}

func (d *deadReader) Get(key []byte) ([]byte, error) {
	for _, r := range d.rows {
		if !r.dead && bytes.Equal(r.key, key) {
			return r.value, nil
		}
	}
	return nil, driver.ErrNotFound
}

func (d *deadReader) Scan(start, end []byte, o driver.ScanOptions) driver.Cursor {
	c := &deadCursor{d: d, end: end, at: d.find(start) - 1}
	if o.MaxSkip > 0 {
		c.left = d.skip
	} else {
		c.left = len(d.rows)
	}
	return c
}

func (d *deadReader) find(key []byte) int {
	return sort.Search(len(d.rows), func(i int) bool { return bytes.Compare(d.rows[i].key, key) >= 0 })
}

type deadCursor struct {
	d    *deadReader
	end  []byte
	at   int
	left int
	err  error
	over bool
}

func (c *deadCursor) Next() bool {
	c.at++
	return c.settle()
}

func (c *deadCursor) Seek(key []byte) bool {
	c.at = max(c.at, c.d.find(key))
	return c.settle()
}

func (c *deadCursor) settle() bool {
	for ; !c.over && c.at < len(c.d.rows); c.at++ {
		r := c.d.rows[c.at]
		if len(c.end) > 0 && bytes.Compare(r.key, c.end) >= 0 {
			break
		}
		if !r.dead {
			return true
		}
		if c.left--; c.left < 0 {
			c.err = &driver.ScanLimitError{Resume: r.key}
			break
		}
	}
	c.over = true
	return false
}

func (c *deadCursor) Key() []byte            { return c.d.rows[c.at].key }
func (c *deadCursor) Value() ([]byte, error) { return c.d.rows[c.at].value, nil }
func (c *deadCursor) Close() error           { return c.err }

// TestHasRows: a transaction does not pass over all that was deleted in a bucket.
func TestHasRows(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("photos", VersioningOff)
	f.put(b, "k", "body")
	prefix := refRow(kindCurrent, b.info.Ref, "")
	var dead [][]byte
	for _, key := range []string{"a", "b", "c"} {
		dead = append(dead, refRow(kindCurrent, b.info.Ref, key))
	}
	for _, tt := range []struct {
		explanation string
		skip, bound int
		want        bool
	}{
		{"no bound", 2, 0, true},
		{"few are in the way", 3, 1, true},
		{"too many are", 2, 1, false},
	} {
		found, err := hasRows(readDead(t, f.Store, tt.skip, dead...), prefix, tt.bound)
		require.NoError(t, err, tt.explanation)
		require.Equal(t, tt.want, found, tt.explanation)
	}
}
