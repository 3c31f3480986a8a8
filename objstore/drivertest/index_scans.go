package drivertest

import (
	"errors"
	"fmt"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
)

// scanChecks are about cursors.
func scanChecks() []indexCheck {
	return []indexCheck{
		{"scan/bounds", "a listing reads [start, end) and not a row beside it", checkScanBounds},
		{"scan/seek", "a delimiter listing seeks past each common prefix", checkScanSeek},
		{"scan/folders", "what a seek found is not what it finds after a change, nor before one in an older snapshot", checkFolders},
		{"scan/pending", "a transaction plans on its own writes: a delete before it is committed is a delete", checkScanPending},
		{"scan/seek-pending", "Seek must step in the pending writes as well as in the stored rows", checkSeekPending},
		{"scan/cursor-ends", "a cursor that is used up or closed stays so", checkCursorEnds},
		{"scan/several-cursors", "a merge of two ranges holds two cursors", checkSeveralCursors},
		{"scan/leaked-cursor", "a forgotten Close must not bring down the process", checkLeakedCursor},
		{"scan/many", "a scan crosses the blocks, tables and nodes of a medium", checkScanMany},
		{"scan/deleted", "deleted and overwritten rows never come back, on any path", checkScanDeleted},
	}
}

func checkScanBounds(r *indexRun) {
	r.put("a", "", "b", "", "b\x00", "", "ba", "", "c", "", "\xff", "", "\xff\xff", "")
	tests := []struct {
		start, end string
		want       []string
		why        string
	}{
		{"", "", []string{"a", "b", "b\x00", "ba", "c", "\xff", "\xff\xff"}, "no bounds: every row"},
		{"b", "c", []string{"b", "b\x00", "ba"}, "start is in the range, end is not"},
		{"b\x00", "ba", []string{"b\x00"}, "bounds that differ in a zero byte"},
		{"b", "b", []string{}, "an empty range"},
		{"c", "b", []string{}, "bounds the wrong way round are an empty range"},
		{"d", "e", []string{}, "a range without rows"},
		{"c", "", []string{"c", "\xff", "\xff\xff"}, "an empty end is the last row"},
		{"\xff\xff", "", []string{"\xff\xff"}, "the very last row"},
		{"\xff\xff\xff", "", []string{}, "past the last row"},
		{"", "a", []string{}, "before the first row"},
	}
	for _, tt := range tests {
		for _, keysOnly := range []bool{false, true} {
			r.view(func(rd driver.Reader) error {
				keys, err := keysOf(rd.Scan([]byte(tt.start), []byte(tt.end), driver.ScanOptions{KeysOnly: keysOnly}))
				assert.Equal(r, tt.want, keys, tt.why)
				return err
			})
		}
	}
}

func checkScanSeek(r *indexRun) {
	r.put("a", "1", "b/1", "2", "b/2", "3", "c", "4", "d", "5", "e", "6")
	tests := []struct {
		start, end string
		steps      []string // a key to seek to, or "" for Next
		want       []string // "-": false
		why        string
	}{
		{"", "", []string{"", "", "b0", ""}, []string{"a", "b/1", "c", "d"}, "from a row past its prefix, then on"},
		{"", "", []string{"b", ""}, []string{"b/1", "b/2"}, "Seek may be the first move"},
		{"b", "", []string{"a"}, []string{"b/1"}, "a seek to before the range is one to its start"},
		{"", "d", []string{"c", "d", ""}, []string{"c", "-", "-"}, "a seek out of the range ends the scan"},
		{"", "", []string{"", "a"}, []string{"a", "a"}, "a seek to the current key stays"},
		{"", "", []string{"", "a\x00"}, []string{"a", "b/1"}, "a seek to just after the current key is a step"},
		{"", "", []string{"c", "b"}, []string{"c", "c"}, "a seek never goes back"},
		{"", "", []string{"z", ""}, []string{"-", "-"}, "a seek past the last row ends the scan"},
	}
	for _, tt := range tests {
		r.view(func(rd driver.Reader) error {
			c := rd.Scan([]byte(tt.start), []byte(tt.end), driver.ScanOptions{})
			assert.Equal(r, tt.want, moves(c, tt.steps), tt.why)
			return c.Close()
		})
	}
}

// moves seeks to each step, or calls Next for "", and tells where each led.
func moves(c driver.Cursor, steps []string) (keys []string) {
	for _, step := range steps {
		ok := false
		if step == "" {
			ok = c.Next()
		} else {
			ok = c.Seek([]byte(step))
		}
		key := "-"
		if ok {
			key = string(c.Key())
		}
		keys = append(keys, key)
	}
	return keys
}

func checkScanPending(r *indexRun) {
	r.put("b", "stored", "d", "stored", "f", "stored", "h", "stored")
	var before, after, ranged []string
	r.update(func(tx driver.Txn) (err error) {
		if err := errors.Join(setAll(tx, "a", "new", "d", "changed", "e", "new", "z", "new"), deleteAll(tx, "b", "absent")); err != nil {
			return err
		}
		if before, err = collect(tx, "", ""); err != nil {
			return err
		}
		if err := errors.Join(setAll(tx, "b", "again", "c", "new"), deleteAll(tx, "a", "e", "h")); err != nil {
			return err
		}
		if after, err = collect(tx, "", ""); err != nil {
			return err
		}
		ranged, err = collect(tx, "b\x00", "f")
		return err
	})
	assert.Equal(r, []string{"a", "new", "d", "changed", "e", "new", "f", "stored", "h", "stored", "z", "new"}, before)
	want := []string{"b", "again", "c", "new", "d", "changed", "f", "stored", "z", "new"}
	assert.Equal(r, want, after, "writes after a first scan")
	assert.Equal(r, []string{"c", "new", "d", "changed"}, ranged)
	assert.Equal(r, want, r.rows("", ""), "what was seen is what was committed")
}

func checkSeekPending(r *indexRun) {
	r.put("b", "", "d", "", "f", "", "h", "")
	tests := []struct {
		steps, want []string
		why         string
	}{
		{[]string{"", "", "", ""}, []string{"a", "c", "d", "e"}, "Next merges and skips the deleted b"},
		{[]string{"b", ""}, []string{"c", "d"}, "a seek to a row with a pending delete finds the next one"},
		{[]string{"", "e", ""}, []string{"a", "e", "h"}, "a seek from a pending row to a pending row"},
		{[]string{"d", "f", ""}, []string{"d", "h", "i"}, "a seek from a stored row over a deleted one"},
		{[]string{"i", ""}, []string{"i", "-"}, "the last row is a pending one"},
		{[]string{"d", "d", "c"}, []string{"d", "d", "d"}, "neither staying nor going back moves"},
	}
	got := make([][]string, len(tests))
	r.update(func(tx driver.Txn) error {
		if err := errors.Join(setAll(tx, "a", "", "c", "", "e", "", "i", ""), deleteAll(tx, "b", "f")); err != nil {
			return err
		}
		for i, tt := range tests {
			c := tx.Scan(nil, nil, driver.ScanOptions{})
			got[i] = moves(c, tt.steps)
			if err := c.Close(); err != nil {
				return err
			}
		}
		return nil
	})
	for i, tt := range tests {
		assert.Equal(r, tt.want, got[i], tt.why)
	}
}

func checkCursorEnds(r *indexRun) {
	r.put("a", "1", "b", "2")
	check := func(rd driver.Reader) error {
		c := rd.Scan(nil, nil, driver.ScanOptions{})
		steps := moves(c, []string{"", "", "", "", "a"})
		err := errors.Join(c.Close(), c.Close())
		again := moves(c, []string{"", "a"})
		open := rd.Scan(nil, nil, driver.ScanOptions{})
		err = errors.Join(err, open.Close())
		fresh := moves(open, []string{"", "a"})
		if want := []string{"a", "b", "-", "-", "-"}; !assert.ObjectsAreEqual(want, steps) {
			return fmt.Errorf("a used-up cursor moved: %q", steps)
		}
		if want := []string{"-", "-"}; !assert.ObjectsAreEqual(want, again) || !assert.ObjectsAreEqual(want, fresh) {
			return fmt.Errorf("a closed cursor moved: %q, %q", again, fresh)
		}
		return err
	}
	r.view(check)
	r.update(func(tx driver.Txn) error {
		if err := setAll(tx, "b", "3"); err != nil {
			return err
		}
		return check(tx)
	})
}

func checkSeveralCursors(r *indexRun) {
	r.put("a1", "", "a2", "", "b1", "", "b2", "")
	check := func(rd driver.Reader) error {
		a := rd.Scan([]byte("a"), []byte("b"), driver.ScanOptions{})
		b := rd.Scan([]byte("b"), []byte("c"), driver.ScanOptions{KeysOnly: true})
		var keys []string
		for a.Next() && b.Next() {
			v, _, err := lookup(rd, string(a.Key()))
			keys = append(keys, string(a.Key())+v, string(b.Key()))
			if err != nil {
				return err
			}
		}
		if want := []string{"a1", "b1", "a2", "b2"}; !assert.ObjectsAreEqual(want, keys) {
			return fmt.Errorf("got %q", keys)
		}
		return errors.Join(b.Close(), a.Close())
	}
	r.view(check)
	r.update(asTxn(check))
}

// asTxn makes a function for Update of one for View.
func asTxn(fn func(driver.Reader) error) func(driver.Txn) error {
	return func(tx driver.Txn) error { return fn(tx) }
}

func checkLeakedCursor(r *indexRun) {
	r.put("a", "", "b", "")
	leak := func(rd driver.Reader) error {
		rd.Scan(nil, nil, driver.ScanOptions{}).Next()
		rd.Scan(nil, nil, driver.ScanOptions{})
		return nil
	}
	r.view(leak)
	r.update(asTxn(leak))
	r.put("c", "")
	assert.Equal(r, []string{"a", "", "b", "", "c", ""}, r.rows("", ""))
}

func checkScanMany(r *indexRun) {
	const n = 5000
	key := func(i int) string { return fmt.Sprintf("row-%06d", i*3) }
	for i := 0; i < n; i += 1000 {
		r.update(func(tx driver.Txn) error {
			for j := range 1000 {
				if err := setAll(tx, key(i+j), fmt.Sprintf("%0100d", i+j)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	r.view(func(rd driver.Reader) error {
		pairs, err := collect(rd, "", "")
		require.NoError(r, err)
		require.Len(r, pairs, 2*n)
		for i := range n {
			require.Equal(r, key(i), pairs[2*i])
			require.Equal(r, fmt.Sprintf("%0100d", i), pairs[2*i+1])
		}
		c := rd.Scan(nil, nil, driver.ScanOptions{KeysOnly: true})
		for i := 1; i < n; i += 7 {
			require.True(r, c.Seek(fmt.Appendf(nil, "row-%06d", i*3-1)))
			require.Equal(r, key(i), string(c.Key()))
		}
		return c.Close()
	})
}

func checkScanDeleted(r *indexRun) {
	for round := range 5 {
		v := fmt.Sprint(round)
		r.put("a", v, "b", v, "c", v, "d", v)
		r.update(func(tx driver.Txn) error { return deleteAll(tx, "b", "d", "never") })
		assert.Equal(r, []string{"a", v, "c", v}, r.rows("", ""))
		_, found := r.get("b")
		assert.False(r, found)
	}
	r.reopen()
	assert.Equal(r, []string{"a", "4", "c", "4"}, r.rows("", ""))
}
