package drivertest

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"sync"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
)

// counterChecks are about Add and Counter.
func counterChecks() []indexCheck {
	return []indexCheck{
		{"counter/sums", "totals are the sum of all Adds; none is 0, and they may go below 0 on the way", checkCounterSums},
		{"counter/own-adds", "a quota is checked against the totals that the transaction itself has made", checkCounterOwnAdds},
		{"counter/own-space", "counters share no key with rows", checkCounterSpace},
		{"counter/concurrent", "writers of one bucket all change its totals, and not one Add is lost", checkCounterConcurrent},
		{"counter/limit", "a decision on a counter is serialized against Adds: a quota is never overrun", checkCounterLimit},
		{"counter/neighbours", "keys that are nearly the same name different counters, also when some are 0 again", checkCounterNeighbours},
		{"counter/persistence", "totals outlive a restart and go on from there", checkCounterPersistence},
	}
}

func checkCounterSums(r *indexRun) {
	tests := []struct {
		key  string
		adds []int64
		want int64
		why  string
	}{
		{"never", nil, 0, "a counter without an Add"},
		{"one", []int64{5}, 5, "one Add"},
		{"zero", []int64{0}, 0, "an Add of nothing"},
		{"down", []int64{3, -10, 2}, -5, "below zero"},
		{"back", []int64{7, -7}, 0, "back to zero"},
		{"large", []int64{math.MaxInt64, math.MinInt64, 1}, 0, "the ends of the range"},
		{"bin\x00\xff", []int64{1, 1}, 2, "keys are any bytes"},
	}
	for _, tt := range tests {
		for _, d := range tt.adds {
			r.update(func(tx driver.Txn) error { return tx.Add([]byte(tt.key), d) })
		}
		assert.Equal(r, tt.want, r.counter(tt.key), tt.why)
	}
}

func checkCounterOwnAdds(r *indexRun) {
	r.update(func(tx driver.Txn) error { return tx.Add([]byte("n"), 10) })
	var seen []int64
	r.update(func(tx driver.Txn) error {
		seen = nil
		for _, d := range []int64{1, 2, -20} {
			if err := tx.Add([]byte("n"), d); err != nil {
				return err
			}
			sum, err := tx.Counter([]byte("n"))
			if err != nil {
				return err
			}
			seen = append(seen, sum)
		}
		return nil
	})
	assert.Equal(r, []int64{11, 13, -7}, seen)
	assert.Equal(r, int64(-7), r.counter("n"))
}

func checkCounterSpace(r *indexRun) {
	r.put("k", "row")
	r.update(func(tx driver.Txn) error {
		return errors.Join(tx.Add([]byte("k"), 4), tx.Add([]byte("only-counter"), 1))
	})
	assert.Equal(r, []string{"k", "row"}, r.rows("", ""), "a scan sees no counter")
	_, found := r.get("only-counter")
	assert.False(r, found, "Get sees no counter")
	r.update(func(tx driver.Txn) error { return deleteAll(tx, "k") })
	assert.Equal(r, int64(4), r.counter("k"), "Delete leaves the counter")
}

func checkCounterConcurrent(r *indexRun) {
	const writers, rounds = 16, 20
	errs := make([]error, writers)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range rounds {
				errs[w] = errors.Join(errs[w], r.Update(r.Context(), func(tx driver.Txn) error {
					return errors.Join(
						setAll(tx, fmt.Sprintf("%02d-%02d", w, i), ""),
						tx.Add([]byte("objects"), 1),
						tx.Add([]byte("bytes"), int64(w*i)),
						tx.Add(fmt.Appendf(nil, "writer-%d", w), 1))
				}))
			}
		})
	}
	wg.Wait()
	require.NoError(r, errors.Join(errs...))
	assert.Equal(r, int64(writers*rounds), r.counter("objects"))
	assert.Len(r, r.rows("", ""), 2*writers*rounds)
	want := 0
	for w := range writers {
		for i := range rounds {
			want += w * i
		}
		assert.Equal(r, int64(rounds), r.counter(fmt.Sprintf("writer-%d", w)))
	}
	assert.Equal(r, int64(want), r.counter("bytes"))
}

func checkCounterLimit(r *indexRun) {
	const writers, limit = 40, 25
	refused := &errTest{1}
	var wg sync.WaitGroup
	errs := make([]error, writers)
	for w := range writers {
		wg.Go(func() {
			errs[w] = r.Update(r.Context(), func(tx driver.Txn) error {
				n, err := tx.Counter([]byte("n"))
				if err != nil {
					return err
				}
				if n >= limit {
					return refused
				}
				return tx.Add([]byte("n"), 1)
			})
		})
	}
	wg.Wait()
	accepted := 0
	for _, err := range errs {
		if err == nil {
			accepted++
			continue
		}
		assert.Same(r, refused, err)
	}
	assert.Equal(r, limit, accepted)
	assert.Equal(r, int64(limit), r.counter("n"))
}

func checkCounterPersistence(r *indexRun) {
	for i := range 3 {
		r.update(func(tx driver.Txn) error {
			return errors.Join(tx.Add([]byte("a"), 2), tx.Add([]byte("b"), -1))
		})
		r.reopen()
		assert.Equal(r, int64(2*(i+1)), r.counter("a"))
		assert.Equal(r, int64(-(i + 1)), r.counter("b"))
	}
}

// checkCounterNeighbours changes counters at random, whose keys differ in their
// last byte or length, and compares them with a map.
func checkCounterNeighbours(r *indexRun) {
	var keys []string
	for _, head := range []string{"", "a", "aa", "b", "\x00", "\xff"} {
		keys = append(keys, head)
		for last := 0; last < 256; last += 5 {
			keys = append(keys, head+string([]byte{byte(last)}))
		}
	}
	want := map[string]int64{}
	rnd := rand.New(rand.NewPCG(1, 2))
	for round := range 30 {
		next := maps.Clone(want)
		for range 20 {
			key := keys[rnd.IntN(len(keys))]
			if next[key] += rnd.Int64N(100) - 30; rnd.IntN(3) == 0 {
				next[key] = 0
			}
		}
		r.update(func(tx driver.Txn) (err error) {
			for key, n := range next {
				err = errors.Join(err, tx.Add([]byte(key), n-want[key]))
			}
			return err
		})
		want = next
		if round%10 == 9 {
			r.reopen()
		}
		for _, key := range keys {
			require.Equal(r, want[key], r.counter(key), "%q in round %d", key, round)
		}
	}
}
