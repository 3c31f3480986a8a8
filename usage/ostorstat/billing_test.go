package ostorstat

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/usage"
)

// collector is a billing system: it lists, reads and deletes objects, and adds
// up what it finds in them.
type collector struct {
	t    *testing.T
	sums map[Key]*Counters
	ends int64
}

// collect takes the objects that are closed; all of them if the service has
// stopped.
func (c *collector) collect(l *Log, all bool) {
	ctx := context.Background()
	var list []string
	for more := true; more; {
		after := ""
		if len(list) > 0 {
			after = list[len(list)-1]
		}
		page, err := l.List(ctx, after, 3)
		require.NoError(c.t, err)
		list, more = append(list, page.Names...), page.Truncated
	}
	for i, name := range list {
		o, err := l.Object(ctx, name)
		require.NoError(c.t, err)
		if i == len(list)-1 && !all {
			continue
		}
		c.add(o)
		require.NoError(c.t, l.Delete(ctx, name))
	}
}

// add reads an object as a client does, from its JSON.
func (c *collector) add(o *Object) {
	text, err := json.Marshal(o)
	require.NoError(c.t, err)
	var doc struct {
		Start  int64 `json:"start_ts"`
		Period int64 `json:"period"`
		Count  int   `json:"nr_items"`
		Items  []Item
	}
	require.NoError(c.t, json.Unmarshal(text, &doc))
	assert.Len(c.t, doc.Items, doc.Count)
	assert.GreaterOrEqual(c.t, doc.Start, c.ends, "periods do not overlap")
	assert.LessOrEqual(c.t, doc.Period, int64(60))
	c.ends = doc.Start + doc.Period
	for _, it := range doc.Items {
		sumOf(c.sums, it.Key).add(&it.Counters)
	}
}

func sumOf(sums map[Key]*Counters, k Key) *Counters {
	if sums[k] == nil {
		sums[k] = new(Counters)
	}
	return sums[k]
}

// randomEntry is a request that counts.
func randomEntry(r *rand.Rand) *usage.Entry {
	e := get(nil)
	e.Class = []string{"put", "get", "list", "delete", "other"}[r.IntN(5)]
	e.Bucket, e.Incarnation, e.User = fmt.Sprint("bucket-", r.IntN(4)), uint64(r.IntN(2)), fmt.Sprint("user-", r.IntN(3))
	e.ObjectReceived, e.ObjectSent = r.Int64N(1000), r.Int64N(1000)
	return e
}

// count writes a request into a ledger.
func count(ledger map[Key]*Counters, e *usage.Entry) {
	k, c, ok := counted(e)
	if ok {
		sumOf(ledger, k).add(&c)
	}
}

// TestBilling: the sums over all objects are the requests that were made, over
// restarts, kills after a flush, an index that fails, and clocks that jump.
func TestBilling(t *testing.T) {
	for seed := range uint64(10) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			ctx := t.Context()
			random := rand.New(rand.NewPCG(seed, 7))
			ix := &failing{Index: memengine.NewIndex(), rand: rand.New(rand.NewPCG(seed, 8))}
			c := &clock{now: noon}
			change := func(o *LogOptions) { o.Period, o.MaxItems = time.Minute, 15 }
			l := openLog(t, ix, c, change)
			ledger := make(map[Key]*Counters)
			bill := &collector{t: t, sums: make(map[Key]*Counters)}
			for range 2000 {
				e := randomEntry(random)
				l.Record(e)
				count(ledger, e)
				c.Advance(time.Duration(random.IntN(3000)) * time.Millisecond)
				switch random.IntN(60) {
				case 0:
					c.Advance(time.Duration(random.IntN(300)) * time.Second)
				case 1, 2, 3, 4:
					ix.on = true
					_ = l.Flush(ctx) // is tried again
					ix.on = false
				case 5:
					require.NoError(t, l.Close(ctx))
					l = openLog(t, ix, c, change)
				case 6:
					require.NoError(t, l.Flush(ctx))
					l = openLog(t, ix, c, change) // the other one was killed
				case 7, 8:
					bill.collect(l, false)
				}
			}
			require.NoError(t, l.Close(ctx))
			l = openLog(t, ix, c, change)
			bill.collect(l, true)
			assert.Equal(t, ledger, bill.sums)
			assert.Zero(t, rowsOf(t, ix, itemRows)+rowsOf(t, ix, objectRows), "collected objects leave nothing behind")
		})
	}
}

// TestConcurrently: requests of many goroutines while a billing system collects
// and the service restarts.
func TestConcurrently(t *testing.T) {
	ix := memengine.NewIndex()
	c := &clock{now: noon}
	change := func(o *LogOptions) { o.Period = time.Minute }
	bill := &collector{t: t, sums: make(map[Key]*Counters)}
	var mu sync.Mutex
	ledger := make(map[Key]*Counters)
	for round := range uint64(5) {
		l := openLog(t, ix, c, change)
		var clients, collecting sync.WaitGroup
		for client := range uint64(4) {
			clients.Go(func() {
				random := rand.New(rand.NewPCG(round, client))
				for range 500 {
					e := randomEntry(random)
					l.Record(e)
					mu.Lock()
					count(ledger, e)
					mu.Unlock()
					c.Advance(100 * time.Millisecond)
				}
			})
		}
		stop := make(chan struct{})
		collecting.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					bill.collect(l, false)
				}
			}
		})
		clients.Wait()
		close(stop)
		collecting.Wait()
		require.NoError(t, l.Close(t.Context()))
	}
	bill.collect(openLog(t, ix, c, change), true)
	assert.Equal(t, ledger, bill.sums)
}

// TestUnknownOutcomes lets each transaction of a history have an unknown
// outcome, applied or not.
func TestUnknownOutcomes(t *testing.T) {
	for _, applied := range []bool{false, true} {
		for nth := 1; ; nth++ {
			ix := &unsure{Index: memengine.NewIndex(), nth: nth, applied: applied}
			c := &clock{now: noon}
			l := openLog(t, ix, c, nil)
			for range 5 {
				l.Record(get(nil))
				_ = l.Flush(t.Context())
				c.Advance(20 * time.Minute)
			}
			_ = l.Close(t.Context())
			if ix.seen < nth {
				require.Greater(t, nth, 5)
				break
			}
			l = openLog(t, ix, c, nil)
			var ops int64
			for _, name := range names(t, l) {
				ops += object(t, l, name).Items[0].Counters.Ops.Get
			}
			assert.Equal(t, int64(5), ops, "transaction %d, applied %t", nth, applied)
		}
	}
}

type unsure struct {
	driver.Index
	nth, seen int
	applied   bool
}

func (u *unsure) Update(ctx context.Context, fn func(driver.Txn) error) error {
	if u.seen++; u.seen != u.nth {
		return u.Index.Update(ctx, fn)
	}
	if u.applied {
		if err := u.Index.Update(ctx, fn); err != nil {
			return err
		}
	}
	return driver.ErrOutcomeUnknown
}
