package drivertest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
)

// limitChecks are about the size of transactions and the patience of scans.
func limitChecks() []indexCheck {
	return []indexCheck{
		{"limit/large-transaction", "a bounded step of bulk work writes thousands of rows, or a few large ones", checkLargeTxn},
		{"limit/too-big", "a transaction that the medium cannot commit at once leaves nothing behind", checkTooBig},
		{"limit/too-big-ignored", "a function that ignores ErrTxnTooBig is not half applied", checkTooBigIgnored},
		{"limit/max-skip", "a listing behind a run of deleted rows stops early and can go on from there", checkMaxSkip},
		{"limit/max-skip-pending", "the same inside a transaction, whose own writes must not be lost on the way", checkMaxSkipPending},
	}
}

func checkLargeTxn(r *indexRun) {
	const n = 10_000
	value := bytes.Repeat([]byte("v"), 100)
	r.update(func(tx driver.Txn) error {
		for i := range n {
			if err := tx.Set(fmt.Appendf(nil, "small-%06d", i), value); err != nil {
				return err
			}
		}
		return nil
	})
	assert.Len(r, r.rows("small-", "small."), 2*n)
	large := bytes.Repeat([]byte("V"), driver.MaxValueLen)
	r.update(func(tx driver.Txn) error {
		return errors.Join(tx.Set([]byte("large-1"), large), tx.Set([]byte("large-2"), large))
	})
	got, _ := r.get("large-2")
	assert.Len(r, got, driver.MaxValueLen)
}

// tooMuch is what the kit writes into one transaction before it takes the
// medium for unbounded.
const tooMuch = 24 << 20

// overfill writes until ErrTxnTooBig or tooMuch, and returns the first error.
func overfill(tx driver.Txn) error {
	value := bytes.Repeat([]byte("x"), 32<<10)
	for i := range tooMuch / len(value) {
		if err := tx.Set(fmt.Appendf(nil, "fill-%06d", i), value); err != nil {
			return err
		}
	}
	return nil
}

func checkTooBig(r *indexRun) {
	r.put("a", "1")
	err := r.Update(r.Context(), func(tx driver.Txn) error {
		return errors.Join(setAll(tx, "a", "2", "b", "2"), tx.Add([]byte("n"), 1), overfill(tx))
	})
	if err == nil {
		r.Skip("the medium takes transactions of any size")
	}
	require.ErrorIs(r, err, driver.ErrTxnTooBig)
	assert.NotErrorIs(r, err, driver.ErrOutcomeUnknown)
	assert.Equal(r, []string{"a", "1"}, r.rows("", ""))
	assert.Zero(r, r.counter("n"))
	r.put("c", "1")
	assert.Equal(r, []string{"a", "1", "c", "1"}, r.rows("", ""), "the index works on")
}

func checkTooBigIgnored(r *indexRun) {
	var inside error
	err := r.Update(r.Context(), func(tx driver.Txn) error {
		inside = overfill(tx)
		return nil
	})
	if inside == nil {
		r.Skip("the medium takes transactions of any size")
	}
	require.ErrorIs(r, inside, driver.ErrTxnTooBig)
	require.ErrorIs(r, err, driver.ErrTxnTooBig)
	assert.Empty(r, r.rows("", ""))
}

// fillWithDead leaves every 100th of n rows alive, and the others written and
// deleted.
func (r *indexRun) fillWithDead(n int) (alive []string) {
	r.Helper()
	r.update(func(tx driver.Txn) error {
		for i := range n {
			if err := setAll(tx, fmt.Sprintf("%06d", i), "v"); err != nil {
				return err
			}
		}
		return nil
	})
	r.update(func(tx driver.Txn) error {
		alive = nil
		for i := range n {
			key := fmt.Sprintf("%06d", i)
			if i%100 == 99 {
				alive = append(alive, key)
				continue
			}
			if err := deleteAll(tx, key); err != nil {
				return err
			}
		}
		return nil
	})
	return alive
}

// patientKeys scans in steps that each give up after maxSkip dead rows.
func patientKeys(rd driver.Reader, maxSkip int) (keys []string, err error) {
	var start []byte
	for range 1_000_000 {
		c := rd.Scan(start, nil, driver.ScanOptions{MaxSkip: maxSkip, KeysOnly: true})
		part, err := keysOf(c)
		keys = append(keys, part...)
		var limit *driver.ScanLimitError
		if !errors.As(err, &limit) {
			return keys, err
		}
		if bytes.Compare(limit.Resume, start) < 0 {
			return nil, fmt.Errorf("resume at %q after a scan from %q", limit.Resume, start)
		}
		start = append(slices.Clone(limit.Resume), 0)
	}
	return nil, errors.New("the scan never ends")
}

func checkMaxSkip(r *indexRun) {
	alive := r.fillWithDead(1000)
	for _, maxSkip := range []int{1, 7, 98, 99, 100, 5000} {
		r.view(func(rd driver.Reader) error {
			keys, err := patientKeys(rd, maxSkip)
			assert.Equal(r, alive, keys, "MaxSkip %d", maxSkip)
			return err
		})
	}
	r.view(func(rd driver.Reader) error {
		keys, err := keysOf(rd.Scan(nil, nil, driver.ScanOptions{}))
		assert.Equal(r, alive, keys, "0 is no bound")
		return err
	})
}

func checkMaxSkipPending(r *indexRun) {
	alive := r.fillWithDead(300)
	want := append(slices.Clone(alive), "000000", "000050", "000150", "000298x", "zzz")
	slices.Sort(want)
	want = slices.DeleteFunc(want, func(k string) bool { return k == "000099" })
	var got []string
	for _, maxSkip := range []int{1, 10, 100, 1000} {
		sentinel := &errTest{maxSkip}
		err := r.Update(r.Context(), func(tx driver.Txn) (err error) {
			err = errors.Join(setAll(tx, "000000", "", "000050", "", "000150", "", "000298x", "", "zzz", ""), deleteAll(tx, "000099"))
			if err != nil {
				return err
			}
			if got, err = patientKeys(tx, maxSkip); err != nil {
				return err
			}
			return sentinel
		})
		require.Same(r, sentinel, err)
		assert.Equal(r, want, got, "MaxSkip %d", maxSkip)
	}
}
