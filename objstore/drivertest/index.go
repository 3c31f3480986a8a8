package drivertest

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
)

// IndexHarness is one empty index for one check of [TestIndex].
type IndexHarness struct {
	Index driver.Index

	// Reopen opens the medium of Index again; the kit has closed Index before.
	// nil means that the medium does not outlive its Index.
	Reopen func() (driver.Index, error)
}

// TestIndex checks that what open returns keeps the contract of
// [driver.Index]. It calls open once for each check and closes the index
// itself; open releases everything else with t.Cleanup. A check that fails
// logs the reason why its rule exists.
func TestIndex(t *testing.T, open func(t *testing.T) IndexHarness) {
	tables := [][]indexCheck{readChecks(), scanChecks(), txnChecks(), counterChecks(), limitChecks(), lifeChecks(), modelChecks()}
	for _, table := range tables {
		for _, c := range table {
			t.Run(c.name, func(t *testing.T) {
				h := open(t)
				r := &indexRun{T: t, Index: h.Index, harness: h}
				t.Cleanup(func() {
					if err := r.Close(); err != nil && !errors.Is(err, driver.ErrClosed) {
						t.Errorf("close: %v", err)
					}
					if t.Failed() {
						t.Logf("why this is checked: %s", c.why)
					}
				})
				c.run(r)
			})
		}
	}
}

// indexCheck is one rule of the contract.
type indexCheck struct {
	name string
	why  string
	run  func(*indexRun)
}

// indexRun is a check at work: the test and the index under it.
type indexRun struct {
	*testing.T
	driver.Index
	harness IndexHarness
}

// reopen closes the index and opens it again. It skips the test on a medium
// that does not persist.
func (r *indexRun) reopen() {
	r.Helper()
	if r.harness.Reopen == nil {
		r.Skip("the medium does not outlive its index")
	}
	require.NoError(r, r.Close())
	ix, err := r.harness.Reopen()
	require.NoError(r, err)
	r.Index = ix
}

// update runs fn in a transaction that must succeed. fn may run on another
// goroutine, so it reports by its error alone.
func (r *indexRun) update(fn func(driver.Txn) error) {
	r.Helper()
	require.NoError(r, r.Update(r.Context(), fn))
}

// view runs fn on a snapshot that must be readable.
func (r *indexRun) view(fn func(driver.Reader) error) {
	r.Helper()
	require.NoError(r, r.View(r.Context(), fn))
}

// put stores rows given as key, value, key, value.
func (r *indexRun) put(pairs ...string) {
	r.Helper()
	r.update(func(tx driver.Txn) error { return setAll(tx, pairs...) })
}

// get returns the value of key in a snapshot of its own; "" and false if it
// is absent.
func (r *indexRun) get(key string) (value string, found bool) {
	r.Helper()
	r.view(func(rd driver.Reader) (err error) {
		value, found, err = lookup(rd, key)
		return err
	})
	return value, found
}

// rows returns all rows with start <= key < end in a snapshot of its own.
func (r *indexRun) rows(start, end string) (pairs []string) {
	r.Helper()
	r.view(func(rd driver.Reader) (err error) {
		pairs, err = collect(rd, start, end)
		return err
	})
	return pairs
}

// setAll stores rows given as key, value, key, value.
func setAll(tx driver.Txn, pairs ...string) error {
	for i := 0; i < len(pairs); i += 2 {
		if err := tx.Set([]byte(pairs[i]), []byte(pairs[i+1])); err != nil {
			return err
		}
	}
	return nil
}

// deleteAll removes rows.
func deleteAll(tx driver.Txn, keys ...string) error {
	for _, k := range keys {
		if err := tx.Delete([]byte(k)); err != nil {
			return err
		}
	}
	return nil
}

// lookup is Get with the absence of a row told apart from errors.
func lookup(rd driver.Reader, key string) (value string, found bool, err error) {
	v, err := rd.Get([]byte(key))
	switch {
	case errors.Is(err, driver.ErrNotFound):
		return "", false, nil
	case err != nil:
		return "", false, err
	}
	return string(v), true, nil
}

// collect returns the rows of a range as key, value, key, value; never nil.
func collect(rd driver.Reader, start, end string) (pairs []string, err error) {
	c := rd.Scan([]byte(start), []byte(end), driver.ScanOptions{})
	defer func() { err = errors.Join(err, c.Close()) }()
	pairs = []string{}
	for c.Next() {
		v, err := c.Value()
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, string(c.Key()), string(v))
	}
	return pairs, nil
}

// keysOf returns the keys that c has yet to visit, and closes it.
func keysOf(c driver.Cursor) (keys []string, err error) {
	keys = []string{}
	for c.Next() {
		keys = append(keys, string(c.Key()))
	}
	return keys, c.Close()
}

// cancelled returns a context that has ended.
func cancelled(parent context.Context) context.Context {
	ctx, cancel := context.WithCancel(parent)
	cancel()
	return ctx
}
