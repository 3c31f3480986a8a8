package drivertest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
)

// txnChecks are about Update: isolation, atomicity, errors.
func txnChecks() []indexCheck {
	return []indexCheck{
		{"txn/own-writes", "a plan runs on the state that the transaction has made so far", checkOwnWrites},
		{"txn/insert", "a row that is known to be new is a row like others, and one that was not is replaced", checkInsert},
		{"txn/keys-are-the-callers", "callers make many keys in the same memory", checkKeysAreTheCallers},
		{"txn/error-applies-nothing", "a failed precondition must leave no trace", checkErrorAppliesNothing},
		{"txn/error-identity", "callers switch on the errors of their own functions", checkErrorIdentity},
		{"txn/error-beside-others", "one caller's failure must not touch a caller whose transaction is committed together with it", checkErrorBesideOthers},
		{"txn/undo-restores", "undoing a function gives back what an earlier one of the same batch wrote", checkUndoRestores},
		{"txn/read-modify-write", "no update is lost: concurrent functions are serialized", checkReadModifyWrite},
		{"txn/write-skew", "a decision on one row that writes another is serialized as well", checkWriteSkew},
		{"txn/phantoms", "a decision on a range (none exists yet) is serialized against inserts to it", checkPhantoms},
		{"txn/read-only", "a function that writes nothing is a transaction too", checkReadOnlyUpdate},
		{"txn/panic", "a panic reaches the caller, and the index works on", checkPanic},
	}
}

// errTest is an error with an identity.
type errTest struct{ n int }

func (e *errTest) Error() string { return "test error " + strconv.Itoa(e.n) }

func checkOwnWrites(r *indexRun) {
	r.put("stored", "0", "gone", "0")
	var seen []string
	r.update(func(tx driver.Txn) error {
		seen = nil
		note := func(key string) error {
			v, found, err := lookup(tx, key)
			seen = append(seen, fmt.Sprint(key, "=", v, " ", found))
			return err
		}
		return errors.Join(
			setAll(tx, "new", "1"), note("new"),
			setAll(tx, "new", "2"), note("new"),
			deleteAll(tx, "new"), note("new"),
			setAll(tx, "stored", "1"), note("stored"),
			deleteAll(tx, "gone"), note("gone"),
			setAll(tx, "gone", "1"), note("gone"),
		)
	})
	want := []string{"new=1 true", "new=2 true", "new= false", "stored=1 true", "gone= false", "gone=1 true"}
	assert.Equal(r, want, seen)
	assert.Equal(r, []string{"gone", "1", "stored", "1"}, r.rows("", ""))
}

func checkInsert(r *indexRun) {
	r.put("b", "old")
	large := strings.Repeat("x", 10<<10)
	r.update(func(tx driver.Txn) error {
		return errors.Join(
			driver.Insert(tx, []byte("a"), []byte(large)), driver.Insert(tx, []byte("b"), []byte("new")),
			driver.Insert(tx, []byte("c"), nil), deleteAll(tx, "c"), driver.Insert(tx, []byte("d"), nil))
	})
	failed := r.Update(r.Context(), func(tx driver.Txn) error {
		return errors.Join(driver.Insert(tx, []byte("e"), []byte("1")), &errTest{1})
	})
	assert.Error(r, failed)
	assert.Equal(r, []string{"a", large, "b", "new", "d", ""}, r.rows("", ""))
	r.reopen()
	assert.Equal(r, []string{"a", large, "b", "new", "d", ""}, r.rows("", ""))
}

func checkKeysAreTheCallers(r *indexRun) {
	r.put("gone", "0", "kept", "0", "stays", "0")
	var key []byte
	in := func(s string) []byte {
		key = append(key[:0], s...)
		return key
	}
	r.update(func(tx driver.Txn) error {
		_, kept := tx.Get(in("kept"))
		_, missing := tx.Get(in("none"))
		_, counted := tx.Counter(in("n"))
		require.ErrorIs(r, missing, driver.ErrNotFound)
		return errors.Join(
			kept, counted, tx.Delete(in("gone")), tx.Add(in("n"), 1), tx.Add(in("m"), 2), tx.Set(in("set"), []byte("1")),
			driver.Insert(tx, in("new"), []byte("2")), tx.Add(in("n"), 3), tx.Set(in("kept"), []byte("3")))
	})
	r.view(func(rd driver.Reader) error {
		for _, s := range []string{"kept", "none", "new", "gone", "set"} {
			_, _ = rd.Get(in(s))
		}
		end := []byte("set")
		c := rd.Scan(in("kept"), end, driver.ScanOptions{})
		defer c.Close()
		in("zzzz")
		clear(end)
		var keys []string
		for ok := c.Next(); ok; ok = c.Seek(in("l")) && len(keys) < 2 {
			keys = append(keys, string(c.Key()))
			in("zzzz")
		}
		assert.Equal(r, []string{"kept", "new"}, keys)
		n, err := rd.Counter(in("n"))
		assert.EqualValues(r, 4, n)
		m, err2 := rd.Counter(in("m"))
		assert.EqualValues(r, 2, m)
		return errors.Join(err, err2)
	})
	want := []string{"kept", "3", "new", "2", "set", "1", "stays", "0"}
	assert.Equal(r, want, r.rows("", ""))
	r.reopen()
	assert.Equal(r, want, r.rows("", ""))
}

func checkErrorAppliesNothing(r *indexRun) {
	r.put("a", "1", "b", "1")
	r.update(func(tx driver.Txn) error { return tx.Add([]byte("n"), 3) })
	cause := &errTest{1}
	err := r.Update(r.Context(), func(tx driver.Txn) error {
		return errors.Join(setAll(tx, "a", "2", "c", "2"), deleteAll(tx, "b"), tx.Add([]byte("n"), 4), cause)
	})
	require.ErrorIs(r, err, cause)
	check := func() {
		assert.Equal(r, []string{"a", "1", "b", "1"}, r.rows("", ""))
		assert.Equal(r, int64(3), r.counter("n"))
	}
	check()
	r.put("z", "1")
	r.update(func(tx driver.Txn) error { return deleteAll(tx, "z") })
	check()
	if r.harness.Reopen != nil {
		r.reopen()
		check()
	}
}

// counter reads a counter in a snapshot of its own.
func (r *indexRun) counter(key string) (sum int64) {
	r.Helper()
	r.view(func(rd driver.Reader) (err error) {
		sum, err = rd.Counter([]byte(key))
		return err
	})
	return sum
}

func checkErrorIdentity(r *indexRun) {
	cause := &errTest{7}
	assert.Same(r, cause, r.Update(r.Context(), func(driver.Txn) error { return cause }), "Update")
	assert.Same(r, cause, r.Update(r.Context(), func(tx driver.Txn) error {
		if err := tx.Set([]byte("k"), nil); err != nil {
			return err
		}
		return cause
	}), "Update after a write")
	assert.Same(r, cause, r.View(r.Context(), func(driver.Reader) error { return cause }), "View")
}

func checkErrorBesideOthers(r *indexRun) {
	const n = 64
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			key := fmt.Sprintf("%03d", i)
			errs[i] = r.Update(r.Context(), func(tx driver.Txn) error {
				err := errors.Join(setAll(tx, key, "1", "shared", key), tx.Add([]byte("n"), 1))
				if i%2 == 1 {
					return errors.Join(err, &errTest{i})
				}
				return err
			})
		})
	}
	wg.Wait()
	for i, err := range errs {
		var e *errTest
		if i%2 == 0 {
			assert.NoError(r, err)
		} else if assert.ErrorAs(r, err, &e) {
			assert.Equal(r, i, e.n, "everybody gets his own error")
		}
		_, found := r.get(fmt.Sprintf("%03d", i))
		assert.Equal(r, i%2 == 0, found, "row %d", i)
	}
	shared, _ := r.get("shared")
	last, err := strconv.Atoi(shared)
	require.NoError(r, err)
	assert.Zero(r, last%2, "the shared row comes from a transaction that committed")
	assert.Equal(r, int64(n/2), r.counter("n"))
}

// checkUndoRestores makes batches likely in which every function writes the
// same rows and only some succeed; each success must see the one before it.
func checkUndoRestores(r *indexRun) {
	const writers, rounds = 8, 25
	var wg sync.WaitGroup
	errs := make(chan error, writers*rounds)
	for w := range writers {
		wg.Go(func() {
			for i := range rounds {
				fail := (w+i)%3 == 0
				err := r.Update(r.Context(), func(tx driver.Txn) error { return pushPop(tx, fail) })
				if fail != (err != nil) {
					errs <- fmt.Errorf("writer %d round %d: fail %v, got %w", w, i, fail, err)
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		r.Error(err)
	}
}

// pushPop turns rows a and b over between present and absent, always opposite
// to one another, with a counter that tells which.
func pushPop(tx driver.Txn, fail bool) error {
	_, a, err := lookup(tx, "a")
	if err != nil {
		return err
	}
	_, b, err := lookup(tx, "b")
	if err != nil {
		return err
	}
	turns, err := tx.Counter([]byte("turns"))
	if err != nil {
		return err
	}
	if turns > 0 && a == b || turns > 0 && a != (turns%2 == 1) {
		return fmt.Errorf("after %d turns: a %v, b %v", turns, a, b)
	}
	set, del := "a", "b"
	if a {
		set, del = del, set
	}
	if err := errors.Join(setAll(tx, set, "1"), deleteAll(tx, del), tx.Add([]byte("turns"), 1)); err != nil {
		return err
	}
	if fail {
		return &errTest{0}
	}
	return nil
}

func checkReadModifyWrite(r *indexRun) {
	const writers, rounds = 8, 25
	var wg sync.WaitGroup
	errs := make([]error, writers)
	for w := range writers {
		wg.Go(func() {
			for range rounds {
				errs[w] = errors.Join(errs[w], r.Update(r.Context(), func(tx driver.Txn) error { return increment(tx, "n") }))
			}
		})
	}
	wg.Wait()
	require.NoError(r, errors.Join(errs...))
	got, _ := r.get("n")
	assert.Equal(r, strconv.Itoa(writers*rounds), got)
}

// increment adds one to a row that holds a decimal number.
func increment(tx driver.Txn, key string) error {
	v, _, err := lookup(tx, key)
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(v) // an absent row is 0
	return setAll(tx, key, strconv.Itoa(n+1))
}

// checkWriteSkew lets pairs of functions each decide on both rows of a pair
// and clear one: at least one row of each pair must stay set.
func checkWriteSkew(r *indexRun) {
	const pairs = 20
	var wg sync.WaitGroup
	errs := make([]error, 2*pairs)
	for i := range pairs {
		left, right := fmt.Sprintf("%02d-left", i), fmt.Sprintf("%02d-right", i)
		r.put(left, "1", right, "1")
		for side, mine := range []string{left, right} {
			wg.Go(func() {
				errs[2*i+side] = r.Update(r.Context(), func(tx driver.Txn) error {
					l, _, err1 := lookup(tx, left)
					rt, _, err2 := lookup(tx, right)
					if err := errors.Join(err1, err2); err != nil || l == "0" || rt == "0" {
						return err
					}
					return setAll(tx, mine, "0")
				})
			})
		}
	}
	wg.Wait()
	require.NoError(r, errors.Join(errs...))
	for i := range pairs {
		l, _ := r.get(fmt.Sprintf("%02d-left", i))
		rt, _ := r.get(fmt.Sprintf("%02d-right", i))
		assert.Contains(r, []string{"01", "10"}, l+rt, "pair %d", i)
	}
}

func checkPhantoms(r *indexRun) {
	const groups, rivals = 10, 6
	var wg sync.WaitGroup
	errs := make([]error, groups*rivals)
	for g := range groups {
		for i := range rivals {
			wg.Go(func() {
				errs[g*rivals+i] = r.Update(r.Context(), func(tx driver.Txn) error {
					found, err := collect(tx, fmt.Sprintf("g%02d/", g), fmt.Sprintf("g%02d0", g))
					if err != nil || len(found) > 0 {
						return err
					}
					return setAll(tx, fmt.Sprintf("g%02d/%d", g, i), "winner")
				})
			})
		}
	}
	wg.Wait()
	require.NoError(r, errors.Join(errs...))
	for g := range groups {
		assert.Len(r, r.rows(fmt.Sprintf("g%02d/", g), fmt.Sprintf("g%02d0", g)), 2, "one winner in group %d", g)
	}
}

func checkReadOnlyUpdate(r *indexRun) {
	r.put("a", "1")
	for range 3 {
		var got string
		r.update(func(tx driver.Txn) (err error) {
			got, _, err = lookup(tx, "a")
			return err
		})
		assert.Equal(r, "1", got)
	}
	r.update(func(driver.Txn) error { return nil })
	assert.Equal(r, []string{"a", "1"}, r.rows("", ""))
}

func checkPanic(r *indexRun) {
	r.put("a", "1")
	assert.PanicsWithValue(r, "boom", func() {
		_ = r.Update(r.Context(), func(tx driver.Txn) error {
			if err := errors.Join(setAll(tx, "a", "2", "b", "2"), tx.Add([]byte("n"), 1)); err != nil {
				return err
			}
			tx.Scan(nil, nil, driver.ScanOptions{}).Next()
			panic("boom")
		})
	}, "Update")
	assert.PanicsWithValue(r, "boom", func() {
		_ = r.View(r.Context(), func(rd driver.Reader) error {
			rd.Scan(nil, nil, driver.ScanOptions{}).Next()
			panic("boom")
		})
	}, "View")
	r.put("c", "1")
	assert.Equal(r, []string{"a", "1", "c", "1"}, r.rows("", ""))
	assert.Zero(r, r.counter("n"))
}
