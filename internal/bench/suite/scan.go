package suite

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"time"

	"github.com/cofferstore/coffer/internal/bench"
	"github.com/cofferstore/coffer/objstore/badgerindex"
	"github.com/cofferstore/coffer/objstore/driver"
)

// bareScan stops the server, opens its index in this process and measures what
// reading 1000 consecutive rows with their values takes: the least that a page
// of a listing can cost.
func (s *suite) bareScan(ctx context.Context, page pageCosts) error {
	if err := s.stopCoffer(); err != nil {
		return err
	}
	s.logf("scan of the bare index")
	ix, err := badgerindex.Open(filepath.Join(s.Dir, "coffer", "index"), nil)
	if err != nil {
		return fmt.Errorf("suite: %w", err)
	}
	cost, err := scanCost(ctx, ix, s.Objects)
	if e := ix.Close(); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("suite: scan of the bare index: %w", err)
	}
	s.report.add("bare scan of 1000 rows with values", float64(cost.Microseconds()), "us CPU", Aim{})
	s.report.add("page of 1000 keys: CPU / bare scan", ratio(page.keys, cost), "", Aim{Max: 3})
	return nil
}

// currentRows is how the engine's rows of current objects begin; a bucket's id
// and the object's key follow.
const currentRows = "ok"

// scanCost returns the CPU time of one scan of 1000 rows from a random place, when
// the index is done with what it does after it was opened.
func scanCost(ctx context.Context, ix driver.Index, objects int64) (time.Duration, error) {
	const rows = 1000
	starts, err := places(ctx, ix, objects)
	if err != nil {
		return 0, err
	}
	own := func() (time.Duration, error) { return bench.CPU(), nil }
	if err := rest(ctx, own); err != nil {
		return 0, err
	}
	before := bench.CPU()
	for range listPages {
		start := starts[rand.IntN(len(starts))]
		if n, err := scan(ctx, ix, start, rows); err != nil {
			return 0, err
		} else if n < rows {
			return 0, fmt.Errorf("only %d rows from a place where %d were expected", n, rows)
		}
	}
	return (bench.CPU() - before) / listPages, nil
}

// places picks row keys all over the largest bucket, none near the end.
func places(ctx context.Context, ix driver.Index, objects int64) ([][]byte, error) {
	var keys [][]byte
	every := max(1, objects/500)
	err := ix.View(ctx, func(r driver.Reader) error {
		keys = nil
		cur := r.Scan([]byte(currentRows), end(currentRows), driver.ScanOptions{KeysOnly: true})
		defer cur.Close()
		for n := int64(0); cur.Next(); n++ {
			if n%every == 0 {
				keys = append(keys, slices.Clone(cur.Key()))
			}
		}
		return cur.Close()
	})
	if err != nil {
		return nil, err
	}
	if len(keys) < 100 {
		return nil, fmt.Errorf("%d places to scan from are too few", len(keys))
	}
	return keys[:len(keys)-int(2000/every)-1], nil
}

// end is the first key behind all that begin with prefix.
func end(prefix string) []byte {
	b := []byte(prefix)
	b[len(b)-1]++
	return b
}

func scan(ctx context.Context, ix driver.Index, start []byte, rows int) (int, error) {
	n := 0
	var sum uint64
	err := ix.View(ctx, func(r driver.Reader) error {
		n = 0
		cur := r.Scan(start, end(currentRows), driver.ScanOptions{})
		defer cur.Close()
		for n < rows && cur.Next() {
			v, err := cur.Value()
			if err != nil {
				return err
			}
			if len(v) >= 8 {
				sum += binary.LittleEndian.Uint64(v)
			}
			n++
		}
		return cur.Close()
	})
	return n, err
}
