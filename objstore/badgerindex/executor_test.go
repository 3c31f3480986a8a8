package badgerindex

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
)

// openFailing opens an index whose commits call fault first; an error from it
// is the result of the commit, which then never reaches Badger.
func openFailing(t *testing.T, fault func(*batch) error) *Index {
	t.Helper()
	opts := (*Options)(nil).withDefaults()
	ix, err := prepare(t.TempDir(), opts)
	require.NoError(t, err)
	ix.start(opts, func(b *batch) error {
		if err := fault(b); err != nil {
			return err
		}
		return ix.committer.commit(b)
	})
	t.Cleanup(func() { _ = ix.Close() })
	return ix
}

func set(key string) func(driver.Txn) error {
	return func(tx driver.Txn) error { return tx.Set([]byte(key), []byte("v")) }
}

func has(t *testing.T, ix *Index, key string) (found bool) {
	t.Helper()
	require.NoError(t, ix.View(t.Context(), func(r driver.Reader) error {
		_, err := r.Get([]byte(key))
		if errors.Is(err, driver.ErrNotFound) {
			return nil
		}
		found = err == nil
		return err
	}))
	return found
}

func TestFailedCommit(t *testing.T) {
	tests := []struct {
		cause            error
		unknown, noSpace bool
		explanation      string
	}{
		{errors.New("input/output error"), true, false, "nobody knows how far a failed sync came"},
		{fmt.Errorf("while sync: %v", syscall.ENOSPC), true, true, "Badger flattens errors: the text tells of a full disk"},
		{syscall.ENOSPC, true, true, "a full disk may have taken a part"},
		{badger.ErrBlockedWrites, true, false, "it is in the log, from which it comes back"},
		{refused{errors.New("no")}, false, false, "refused before a byte was written"},
		{refused{syscall.ENOSPC}, false, true, "the log had no room for it"},
	}
	for _, tt := range tests {
		fail := false
		ix := openFailing(t, func(*batch) error {
			if fail {
				return tt.cause
			}
			return nil
		})
		require.NoError(t, ix.Update(t.Context(), set("before")))
		fail = true
		err := ix.Update(t.Context(), set("during"))
		require.Error(t, err, tt.explanation)
		assert.Equal(t, tt.unknown, errors.Is(err, driver.ErrOutcomeUnknown), tt.explanation)
		assert.Equal(t, tt.noSpace, errors.Is(err, driver.ErrNoSpace), tt.explanation)
		fail = false

		err = ix.Update(t.Context(), set("after"))
		if errors.As(tt.cause, &refused{}) {
			assert.NoError(t, err, "nothing was stored, so nothing is unknown")
		} else {
			assert.ErrorIs(t, err, ErrFailed, "later Updates are refused")
			assert.NotErrorIs(t, err, driver.ErrOutcomeUnknown, "and that is certain")
		}
		assert.True(t, has(t, ix, "before"), "reads go on")
		assert.False(t, has(t, ix, "during"), "a View sees acknowledged batches only")
		require.NoError(t, ix.Close())
	}
}

// A batch that was run on top of one that fails must fail with it, and with a
// certain outcome.
func TestFailureOfTheBatchBelow(t *testing.T) {
	inCommit, goOn := make(chan struct{}), make(chan struct{})
	ix := openFailing(t, func(b *batch) error {
		close(inCommit)
		<-goOn
		return errors.New("sync failed")
	})
	first := make(chan error, 1)
	go func() { first <- ix.Update(context.Background(), set("a")) }()
	<-inCommit
	ran := make(chan bool, 1)
	second := make(chan error, 1)
	go func() {
		second <- ix.Update(context.Background(), func(tx driver.Txn) error {
			_, err := tx.Get([]byte("a"))
			ran <- err == nil
			return tx.Set([]byte("b"), nil)
		})
	}()
	assert.True(t, <-ran, "the second function sees the row of the batch in flight")
	close(goOn)
	assert.ErrorIs(t, <-first, driver.ErrOutcomeUnknown)
	err := <-second
	assert.ErrorIs(t, err, ErrFailed)
	assert.NotErrorIs(t, err, driver.ErrOutcomeUnknown)
}

// While a commit is in flight, Views read the state before it, without
// waiting, and functions read the state after it.
func TestReadsDuringCommit(t *testing.T) {
	turnstile := make(chan struct{}, 1)
	turnstile <- struct{}{}
	inCommit := make(chan struct{}, 8)
	ix := openFailing(t, func(*batch) error {
		inCommit <- struct{}{}
		<-turnstile
		turnstile <- struct{}{}
		return nil
	})
	buffer := []byte("1")
	require.NoError(t, ix.Update(t.Context(), func(tx driver.Txn) error {
		return errors.Join(tx.Set([]byte("deleted"), nil), tx.Set([]byte("kept"), nil))
	}))
	<-inCommit

	<-turnstile
	first := make(chan error, 1)
	go func() {
		first <- ix.Update(context.Background(), func(tx driver.Txn) error {
			return errors.Join(tx.Set([]byte("row"), buffer), tx.Delete([]byte("deleted")), tx.Add([]byte("n"), 1))
		})
	}()
	<-inCommit
	assert.False(t, has(t, ix, "row"), "not yet acknowledged")
	assert.True(t, has(t, ix, "deleted"))

	seen := make(chan []string, 1)
	var held []byte
	second := make(chan error, 1)
	go func() {
		second <- ix.Update(context.Background(), func(tx driver.Txn) error {
			var keys []string
			defer func() { seen <- keys }()
			v, err := tx.Get([]byte("row"))
			if err != nil {
				return err
			}
			held = v
			c := tx.Scan(nil, nil, driver.ScanOptions{})
			for c.Next() {
				keys = append(keys, string(c.Key()))
			}
			n, err := tx.Counter([]byte("n"))
			keys = append(keys, fmt.Sprint(n))
			return errors.Join(err, c.Close(), tx.Set([]byte("copy"), v), tx.Add([]byte("n"), 1))
		})
	}()
	assert.Equal(t, []string{"kept", "row", "1"}, <-seen)
	turnstile <- struct{}{}
	require.NoError(t, <-first)
	buffer[0] = 'X' // its owner has it back
	require.NoError(t, <-second)
	assert.Equal(t, "1", string(held))
	require.NoError(t, ix.View(t.Context(), func(r driver.Reader) error {
		v, err := r.Get([]byte("copy"))
		assert.Equal(t, "1", string(v), "a value read from the batch in flight is a copy")
		n, err2 := r.Counter([]byte("n"))
		assert.Equal(t, int64(2), n)
		return errors.Join(err, err2)
	}))
}

// Two functions that do not fit into one batch, but each into its own, must
// not notice.
func TestTooBigTogether(t *testing.T) {
	inCommit, goOn := make(chan struct{}, 8), make(chan struct{})
	ix := openFailing(t, func(*batch) error {
		inCommit <- struct{}{}
		<-goOn
		return nil
	})
	answers := make(chan error, 3)
	update := func(fn func(driver.Txn) error) {
		go func() { answers <- ix.Update(context.Background(), fn) }()
	}
	update(set("first"))
	<-inCommit
	var runs [2]atomic.Int32
	ran := make(chan bool, 8)
	for i, n := range []int{900, 3000} { // the first leaves the batch open
		update(func(tx driver.Txn) error {
			defer func() { ran <- true }()
			runs[i].Add(1)
			for j := range n {
				if err := tx.Set(fmt.Appendf(nil, "%d-%04d", i, j), make([]byte, 1<<10)); err != nil {
					return err
				}
			}
			return nil
		})
		<-ran
	}
	close(goOn)
	for range 3 {
		assert.NoError(t, <-answers)
	}
	assert.Equal(t, []int32{1, 2}, []int32{runs[0].Load(), runs[1].Load()}, "the second ran again, alone")
	assert.True(t, has(t, ix, "0-0899"))
	assert.True(t, has(t, ix, "1-2999"))
	assert.Equal(t, uint64(3), ix.Stats().Batches)
}

// t.FailNow in an Update function ends the goroutine it runs on: the test's
// must end, and the executor must not.
func TestGoexit(t *testing.T) {
	ix := openFailing(t, func(*batch) error { return nil })
	for range 3 {
		ended := make(chan bool)
		go func() {
			returned := false
			defer func() { ended <- !returned }()
			_ = ix.Update(context.Background(), func(tx driver.Txn) error {
				_ = tx.Set([]byte("exited"), nil)
				tx.Scan(nil, nil, driver.ScanOptions{}).Next()
				runtime.Goexit()
				return nil
			})
			returned = true
		}()
		assert.True(t, <-ended, "the caller's goroutine ends")
		require.NoError(t, ix.Update(t.Context(), set("after")))
		assert.False(t, has(t, ix, "exited"))
	}
}

// TestHalvesMeet: callers who come back at once share a batch, also when one came
// while the other's was in flight.
func TestHalvesMeet(t *testing.T) {
	const rounds = 50
	opts := (*Options)(nil).withDefaults()
	ix, err := prepare(t.TempDir(), opts)
	require.NoError(t, err)
	var clock atomic.Int64
	over := make(chan time.Time) // closed when a caller has left, whom the other would wait for
	ix.executor.wait = &patience{
		now:   func() time.Time { return time.Unix(0, clock.Add(1)) },
		after: func(time.Duration) <-chan time.Time { return over },
	}
	inFirst, second := make(chan bool), make(chan bool)
	first := true
	ix.start(opts, func(b *batch) error {
		if first {
			first = false
			inFirst <- true
			<-second
		}
		return ix.committer.commit(b)
	})
	t.Cleanup(func() { _ = ix.Close() })
	var callers sync.WaitGroup
	var left sync.Once
	call := func(key string) {
		for range rounds {
			assert.NoError(t, ix.Update(t.Context(), set(key)))
		}
		left.Do(func() { close(over) })
	}
	callers.Go(func() { call("a") })
	<-inFirst
	callers.Go(func() { call("b") })
	for ix.Stats().Updates < 2 {
		runtime.Gosched() // until b waits behind the batch in flight
	}
	close(second)
	callers.Wait()
	assert.LessOrEqual(t, ix.Stats().Batches, uint64(rounds+3), "of %d calls", 2*rounds)
}

// TestInsertOverPending: of a row that was deleted in the same batch, the tree may
// have a large value, which ceases to count.
func TestInsertOverPending(t *testing.T) {
	b, limit := newBatch(), size{rows: 100, bytes: 1 << 20}
	insert, remove := row{state: written, fresh: true}, row{state: deleted}
	for _, c := range []struct {
		key   string
		steps []row
		fresh bool
		why   string
	}{
		{"a", []row{insert}, true, "the caller knows that the tree has none"},
		{"b", []row{remove, insert}, false, "the tree may have what was deleted"},
		{"c", []row{insert, insert}, true, "the tree has none either"},
		{"d", []row{insert, remove}, false, "a delete knows nothing"},
		{"e", []row{{state: written}, insert}, false, "what was written may have replaced a row"},
	} {
		for _, r := range c.steps {
			require.NoError(t, b.put([]byte(c.key), r, limit))
		}
		assert.Equal(t, c.fresh, b.rows[b.byKey[c.key]].fresh, c.why)
	}
	b.mark()
	require.NoError(t, b.put([]byte("f"), remove, limit))
	b.rollback()
	require.NoError(t, b.put([]byte("f"), insert, limit))
	assert.True(t, b.rows[b.byKey["f"]].fresh, "what was undone is as if it had not been")
}

func TestNoSpace(t *testing.T) {
	ix := openFailing(t, func(*batch) error { return nil })
	require.NoError(t, ix.Update(t.Context(), set("a")))
	full := fmt.Errorf("%w: test", driver.ErrNoSpace)
	ix.executor.space = &spaceWatch{now: time.Now, look: func() error { return full }}
	err := ix.Update(t.Context(), set("b"))
	assert.ErrorIs(t, err, driver.ErrNoSpace)
	assert.NotErrorIs(t, err, driver.ErrOutcomeUnknown)
	assert.NoError(t, ix.Update(t.Context(), func(driver.Txn) error { return nil }), "nothing to write needs no space")
	assert.False(t, has(t, ix, "b"))
	ix.executor.space.look = func() error { return nil }
	assert.NoError(t, ix.Update(t.Context(), set("b")), "there is room again")
}
