package drivertest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
)

// readChecks are about Get, snapshots, and what a row can hold.
func readChecks() []indexCheck {
	return []indexCheck{
		{"read/absent", "a missing row must be told apart from an empty one and from a failure", checkAbsent},
		{"read/empty-value", "rows whose key says it all (index entries) have empty values", checkEmptyValue},
		{"read/binary-keys", "object keys are any bytes: order is by unsigned byte, a prefix sorts first", checkBinaryKeys},
		{"read/long-keys", "keys up to MaxKeyLen are promised to callers", checkLongKeys},
		{"read/large-values", "values up to MaxValueLen are promised to callers, on whichever path the medium stores them", checkLargeValues},
		{"read/values-stay", "what Get has returned stays as it is, whatever is read or written after it", checkValuesStay},
		{"read/caller-may-reuse-buffers", "callers build keys and values in buffers that they reuse after Update", checkBufferReuse},
		{"read/snapshot", "a listing that runs while others write must not see half of their work", checkSnapshot},
		{"read/read-your-writes", "after an acknowledgement every later View sees the write", checkReadYourWrites},
		{"read/persistence", "an acknowledged transaction is on stable storage", checkPersistence},
	}
}

func checkAbsent(r *indexRun) {
	r.put("b", "1")
	r.view(func(rd driver.Reader) error {
		for _, key := range []string{"a", "b\x00", "c", "B"} {
			v, err := rd.Get([]byte(key))
			assert.ErrorIs(r, err, driver.ErrNotFound, "key %q", key)
			assert.Empty(r, v, "key %q", key)
		}
		return nil
	})
}

func checkEmptyValue(r *indexRun) {
	r.update(func(tx driver.Txn) error {
		return errors.Join(tx.Set([]byte("empty"), []byte{}), tx.Set([]byte("nil"), nil))
	})
	if r.harness.Reopen != nil {
		r.reopen()
	}
	for _, key := range []string{"empty", "nil"} {
		v, found := r.get(key)
		assert.True(r, found, "row %q", key)
		assert.Empty(r, v, "row %q", key)
	}
	assert.Equal(r, []string{"empty", "", "nil", ""}, r.rows("a", ""))
}

func checkBinaryKeys(r *indexRun) {
	sorted := []string{"\x00", "\x00\x00", "\x00\xff", "\x01", "a", "a\x00", "a\x00b", "aa", "a\xff", "b", "\x7f", "\x80", "\xff", "\xff\x00", "\xff\xff", "\xff\xff\xff"}
	want := []string{}
	for i, k := range sorted {
		want = append(want, k, fmt.Sprint(i))
	}
	for i := len(want) - 2; i >= 0; i -= 2 {
		r.put(want[i], want[i+1])
	}
	assert.Equal(r, want, r.rows("", ""))
	for i := 0; i < len(want); i += 2 {
		v, _ := r.get(want[i])
		assert.Equal(r, want[i+1], v, "key %q", want[i])
	}
}

func checkLongKeys(r *indexRun) {
	base := strings.Repeat("k", driver.MaxKeyLen-1)
	r.put(base+"1", "one", base+"2", "two", base, "short")
	assert.Equal(r, []string{base, "short", base + "1", "one", base + "2", "two"}, r.rows(base, ""))
	r.update(func(tx driver.Txn) error { return deleteAll(tx, base+"1") })
	_, found := r.get(base + "1")
	assert.False(r, found)
	v, _ := r.get(base + "2")
	assert.Equal(r, "two", v)
}

func checkLargeValues(r *indexRun) {
	sizes := []int{1, 4 << 10, 64<<10 - 1, 64 << 10, 64<<10 + 1, 256 << 10, driver.MaxValueLen}
	value := func(size int) []byte {
		return bytes.Repeat([]byte{byte(size % 251), byte(size >> 8 % 251), 7}, size/3+1)[:size]
	}
	for _, size := range sizes {
		r.update(func(tx driver.Txn) error { return tx.Set(fmt.Appendf(nil, "%07d", size), value(size)) })
	}
	check := func() {
		r.view(func(rd driver.Reader) error {
			for _, size := range sizes {
				v, err := rd.Get(fmt.Appendf(nil, "%07d", size))
				require.NoError(r, err)
				assert.True(r, bytes.Equal(value(size), v), "value of %d bytes", size)
			}
			return nil
		})
	}
	check()
	if r.harness.Reopen != nil {
		r.reopen()
		check()
	}
}

func checkValuesStay(r *indexRun) {
	const n = 100
	lens := []int{150, 8 << 10} // media keep short and long values apart
	key := func(i int) string { return fmt.Sprintf("%03d", i) }
	value := func(i int) string { return strings.Repeat(key(i), lens[i%len(lens)]/3) }
	for i := range n {
		r.put(key(i), value(i))
	}
	held := make([][]byte, n)
	check := func(why string) {
		for i, v := range held {
			assert.True(r, string(v) == value(i), "row %d: %s", i, why)
		}
	}
	r.view(func(rd driver.Reader) error {
		for i := range n {
			v, err := rd.Get([]byte(key(i)))
			require.NoError(r, err)
			held[i] = v
		}
		_, err := collect(rd, "", "")
		check("within the View, after others were read")
		return err
	})
	for i := range n {
		r.put(key(i), strings.Repeat("x", len(value(i))))
	}
	r.rows("", "")
	check("after the View, when the rows have other values")
}

func checkBufferReuse(r *indexRun) {
	key, value := []byte("key-1"), []byte("value-1")
	for i := '1'; i <= '3'; i++ {
		key[4], value[6] = byte(i), byte(i)
		r.update(func(tx driver.Txn) error { return errors.Join(tx.Set(key, value), tx.Add(key, int64(i))) })
		copy(key, "xxxxx")
		copy(value, "xxxxxxx")
		copy(key, "key-")
		copy(value, "value-")
	}
	assert.Equal(r, []string{"key-1", "value-1", "key-2", "value-2", "key-3", "value-3"}, r.rows("", ""))
	r.view(func(rd driver.Reader) error {
		sum, err := rd.Counter([]byte("key-2"))
		assert.Equal(r, int64('2'), sum)
		return err
	})
}

func checkSnapshot(r *indexRun) {
	r.put("a", "old", "b", "old", "c", "old")
	r.update(func(tx driver.Txn) error { return tx.Add([]byte("n"), 1) })
	r.view(func(rd driver.Reader) error {
		c := rd.Scan(nil, nil, driver.ScanOptions{})
		require.True(r, c.Next())
		r.concurrently(func() error {
			return r.Update(r.Context(), func(tx driver.Txn) error {
				return errors.Join(setAll(tx, "a", "new", "bb", "new"), deleteAll(tx, "c"), tx.Add([]byte("n"), 41))
			})
		})
		keys, err := keysOf(c)
		assert.NoError(r, err)
		assert.Equal(r, []string{"b", "c"}, keys, "a cursor opened before the commit")
		pairs, err := collect(rd, "", "")
		assert.NoError(r, err)
		assert.Equal(r, []string{"a", "old", "b", "old", "c", "old"}, pairs, "a cursor opened after the commit")
		sum, err := rd.Counter([]byte("n"))
		assert.Equal(r, int64(1), sum, "a counter")
		return err
	})
	assert.Equal(r, []string{"a", "new", "b", "old", "bb", "new"}, r.rows("", ""))
}

// concurrently runs fn on another goroutine and waits for it.
func (r *indexRun) concurrently(fn func() error) {
	r.Helper()
	done := make(chan error)
	go func() { done <- fn() }()
	require.NoError(r, <-done)
}

func checkReadYourWrites(r *indexRun) {
	for i := range 50 {
		want := fmt.Sprint(i)
		r.put("k", want)
		got, _ := r.get("k")
		require.Equal(r, want, got)
	}
}

func checkPersistence(r *indexRun) {
	r.put("kept", "1", "changed", "1", "deleted", "1")
	r.update(func(tx driver.Txn) error { return tx.Add([]byte("n"), 5) })
	r.reopen()
	r.update(func(tx driver.Txn) error {
		return errors.Join(setAll(tx, "changed", "2"), deleteAll(tx, "deleted"), tx.Add([]byte("n"), -7))
	})
	for range 2 {
		r.reopen()
		assert.Equal(r, []string{"changed", "2", "kept", "1"}, r.rows("", ""))
		r.view(func(rd driver.Reader) error {
			sum, err := rd.Counter([]byte("n"))
			assert.Equal(r, int64(-2), sum)
			return err
		})
	}
}
