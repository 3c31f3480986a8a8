package drivertest

import (
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
)

// modelChecks run random transactions beside a model that is too simple to be wrong.
func modelChecks() []indexCheck {
	return []indexCheck{
		{"model/serial", "random operations one after another agree with a plain map", checkModelSerial},
		{"model/concurrent", "what random concurrent transactions read is what a serial run in commit order gives", checkModelConcurrent},
	}
}

// model is the state of an index as a map.
type model struct {
	rows     map[string]string
	counters map[string]int64
}

func newModel() *model { return &model{rows: map[string]string{}, counters: map[string]int64{}} }

func (m *model) clone() *model { return &model{maps.Clone(m.rows), maps.Clone(m.counters)} }

// scan returns the rows of a range as collect does.
func (m *model) scan(start, end string) []string {
	pairs := []string{}
	for _, k := range slices.Sorted(maps.Keys(m.rows)) {
		if k >= start && (end == "" || k < end) {
			pairs = append(pairs, k, m.rows[k])
		}
	}
	return pairs
}

// seek returns the first key of a range that is >= key, or "-".
func (m *model) seek(start, end, key string) string {
	if rest := m.scan(max(start, key), end); len(rest) > 0 {
		return rest[0]
	}
	return "-"
}

// modelOp is one random operation. It is fixed before the transaction starts,
// since the function may run more than once.
type modelOp struct {
	kind       byte // s set, d delete, a add, g get, c counter, r range, k seek
	key, value string
	delta      int64
	end        string
}

func randomOps(rnd *rand.Rand, n int) []modelOp {
	ops := make([]modelOp, n)
	for i := range ops {
		ops[i] = modelOp{
			kind:  "sssddaagcrrk"[rnd.IntN(12)],
			key:   randomKey(rnd),
			value: strconv.Itoa(rnd.IntN(1000)),
			delta: rnd.Int64N(21) - 10,
			end:   randomKey(rnd),
		}
	}
	return ops
}

// randomKey returns one of some hundred keys, many a prefix of another. Half of
// them begin like the rows of one bucket.
func randomKey(rnd *rand.Rand) string {
	const letters = "ab\x00\xff"
	key := []byte(folderBase[:rnd.IntN(2)*len(folderBase)])
	for range 1 + rnd.IntN(3) {
		key = append(key, letters[rnd.IntN(len(letters))])
	}
	return string(key)
}

// apply runs op on the model and returns what a reader must see.
func (m *model) apply(op modelOp) string {
	switch op.kind {
	case 's':
		m.rows[op.key] = op.value
	case 'd':
		delete(m.rows, op.key)
	case 'a':
		m.counters[op.key] += op.delta
	case 'g':
		v, found := m.rows[op.key]
		return fmt.Sprintf("%q %v", v, found)
	case 'c':
		return fmt.Sprint(m.counters[op.key])
	case 'r':
		return digest(m.scan(op.key, op.end))
	case 'k':
		return m.seek("a", "", op.key) + m.seek("a", "", max(op.key, op.end))
	}
	return ""
}

// applyOp runs op on a transaction and returns what it saw.
func applyOp(tx driver.Txn, op modelOp) (string, error) {
	switch op.kind {
	case 's':
		return "", setAll(tx, op.key, op.value)
	case 'd':
		return "", deleteAll(tx, op.key)
	case 'a':
		return "", tx.Add([]byte(op.key), op.delta)
	}
	return readOp(tx, op)
}

// readOp is applyOp for an operation that changes nothing.
func readOp(rd driver.Reader, op modelOp) (string, error) {
	switch op.kind {
	case 'g':
		v, found, err := lookup(rd, op.key)
		return fmt.Sprintf("%q %v", v, found), err
	case 'c':
		sum, err := rd.Counter([]byte(op.key))
		return fmt.Sprint(sum), err
	case 'r':
		pairs, err := collect(rd, op.key, op.end)
		return digest(pairs), err
	case 'k':
		c := rd.Scan([]byte("a"), nil, driver.ScanOptions{KeysOnly: true})
		first := moves(c, []string{op.key})
		if first[0] == "-" {
			return "--", c.Close()
		}
		return first[0] + moves(c, []string{max(op.key, op.end)})[0], c.Close()
	}
	return "", fmt.Errorf("no operation %q", op.kind)
}

// digest shortens a list of rows to something that logs can hold.
func digest(pairs []string) string {
	h := fnv.New64a()
	for _, p := range pairs {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return fmt.Sprintf("%d rows %x", len(pairs)/2, h.Sum64())
}

func checkModelSerial(r *indexRun) {
	rnd := rand.New(rand.NewPCG(1, 2)) // fixed: a failure must come back
	m := newModel()
	for round := range 150 {
		ops := randomOps(rnd, 1+rnd.IntN(20))
		fail := rnd.IntN(4) == 0
		next := m.clone()
		var want, got []string
		for _, op := range ops {
			want = append(want, next.apply(op))
		}
		cause := &errTest{round}
		err := r.Update(r.Context(), func(tx driver.Txn) error {
			got = nil
			for _, op := range ops {
				saw, err := applyOp(tx, op)
				if err != nil {
					return err
				}
				got = append(got, saw)
			}
			if fail {
				return cause
			}
			return nil
		})
		require.Equal(r, want, got, "round %d: %q", round, ops)
		if fail {
			require.Same(r, cause, err)
		} else {
			require.NoError(r, err)
			m = next
		}
		if r.harness.Reopen != nil && round%50 == 49 {
			r.reopen()
		}
		if round%10 == 9 {
			r.compare(m)
		}
	}
}

// compare checks that the index holds exactly what m holds.
func (r *indexRun) compare(m *model) {
	r.Helper()
	require.Equal(r, m.scan("", ""), r.rows("", ""))
	for key, want := range m.counters {
		require.Equal(r, want, r.counter(key), "counter %q", key)
	}
}

// record is what one committed transaction did and saw.
type record struct {
	seq int // its place in the order of commits
	ops []modelOp
	saw []string
}

// seqKey is a row outside the random keys: each transaction takes the next
// number from it, which gives the order that the index must agree with.
const seqKey = "!sequence"

func checkModelConcurrent(r *indexRun) {
	const writers, rounds = 8, 30
	records := make([][]record, writers)
	views := make([][]record, writers)
	errs := make([]error, writers)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(3, uint64(w)))
			for range rounds {
				rec, err := r.randomTxn(rnd)
				if err != nil {
					errs[w] = errors.Join(errs[w], err)
				} else if rec.seq > 0 {
					records[w] = append(records[w], rec)
				}
				rec, err = r.randomView(rnd)
				errs[w] = errors.Join(errs[w], err)
				views[w] = append(views[w], rec)
			}
		})
	}
	wg.Wait()
	require.NoError(r, errors.Join(errs...))
	r.replay(slices.Concat(records...), slices.Concat(views...))
}

// randomTxn runs a random transaction; seq is 0 when it was made to fail.
func (r *indexRun) randomTxn(rnd *rand.Rand) (record, error) {
	rec := record{ops: randomOps(rnd, 1+rnd.IntN(8))}
	fail := rnd.IntN(5) == 0
	cause := &errTest{5}
	err := r.Update(r.Context(), func(tx driver.Txn) error {
		rec.saw = nil
		for _, op := range rec.ops {
			saw, err := applyOp(tx, op)
			if err != nil {
				return err
			}
			rec.saw = append(rec.saw, saw)
		}
		if err := increment(tx, seqKey); err != nil {
			return err
		}
		v, _, err := lookup(tx, seqKey)
		if err != nil {
			return err
		}
		if fail {
			return cause
		}
		rec.seq, err = strconv.Atoi(v)
		return err
	})
	if fail && errors.Is(err, cause) {
		return record{}, nil
	}
	return rec, err
}

// randomView takes a snapshot: the number of transactions in it, and the state.
func (r *indexRun) randomView(rnd *rand.Rand) (record, error) {
	key := randomKey(rnd)
	rec := record{ops: []modelOp{{kind: 'r'}, {kind: 'c', key: key}, {kind: 'g', key: key}, {kind: 'k', key: key, end: randomKey(rnd)}}}
	err := r.View(r.Context(), func(rd driver.Reader) error {
		v, _, err := lookup(rd, seqKey)
		if err != nil {
			return err
		}
		rec.seq, _ = strconv.Atoi(v) // absent: 0
		rec.saw = nil
		for _, op := range rec.ops {
			saw, err := readOp(rd, op)
			if err != nil {
				return err
			}
			rec.saw = append(rec.saw, saw)
		}
		return nil
	})
	return rec, err
}

// replay runs the committed transactions on a model in their order and checks
// that each saw, and each snapshot held, what the model has at that point.
func (r *indexRun) replay(records, views []record) {
	r.Helper()
	slices.SortFunc(records, func(a, b record) int { return a.seq - b.seq })
	slices.SortFunc(views, func(a, b record) int { return a.seq - b.seq })
	m := newModel()
	checkViews := func(seq int) {
		for len(views) > 0 && views[0].seq == seq {
			for i, op := range views[0].ops {
				assert.Equal(r, m.apply(op), views[0].saw[i], "a snapshot after transaction %d", seq)
			}
			views = views[1:]
		}
	}
	checkViews(0)
	for i, rec := range records {
		require.Equal(r, i+1, rec.seq, "the sequence has no gap and no number twice")
		for j, op := range rec.ops {
			require.Equal(r, m.apply(op), rec.saw[j], "transaction %d, operation %q", rec.seq, op)
		}
		m.rows[seqKey] = strconv.Itoa(rec.seq)
		checkViews(rec.seq)
	}
	assert.Empty(r, views, "snapshots of transactions that never committed")
	r.compare(m)
}
