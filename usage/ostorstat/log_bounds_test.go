package ostorstat

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/usage"
)

// TestFull: whoever makes very many pairs of bucket and user fills objects, not
// the memory.
func TestFull(t *testing.T) {
	ctx := t.Context()
	c := &clock{now: noon}
	l := openLog(t, memengine.NewIndex(), c, func(o *LogOptions) { o.MaxItems = 10 })
	for i := range 35 {
		l.Record(get(func(e *usage.Entry) { e.User = fmt.Sprint("user-", i) }))
	}
	list := names(t, l)
	require.Len(t, list, 4)
	total, ends := 0, int64(0)
	for _, name := range list {
		o := object(t, l, name)
		total += len(o.Items)
		assert.GreaterOrEqual(t, o.Start.Unix(), ends, "periods do not overlap")
		ends = o.Start.Unix() + o.Period
	}
	assert.Equal(t, 35, total, "nothing is lost")
	require.NoError(t, l.Close(ctx))
}

// TestNothingIsTaken: an index that takes nothing for long costs requests, of
// new pairs only, and is logged; memory stays bounded.
func TestNothingIsTaken(t *testing.T) {
	ctx := t.Context()
	var logged bytes.Buffer
	ix := &failing{Index: memengine.NewIndex(), on: true, always: true}
	c := &clock{now: noon}
	l := openLog(t, ix, c, func(o *LogOptions) {
		o.MaxItems, o.Logger = 10, slog.New(slog.NewTextHandler(&logged, nil))
	})
	for i := range 1000 {
		l.Record(get(func(e *usage.Entry) { e.User = fmt.Sprint("user-", i) }))
		c.Advance(time.Second)
	}
	require.Error(t, l.Flush(ctx))
	assert.Contains(t, logged.String(), "requests=950")
	_, err := l.List(ctx, "", 0)
	require.Error(t, err, "an answer would not be the truth")

	ix.on = false
	require.NoError(t, l.Flush(ctx))
	l.Record(get(func(e *usage.Entry) { e.User = "user-1000" }))
	items := 0
	for _, name := range names(t, l) {
		items += len(object(t, l, name).Items)
	}
	assert.Equal(t, maxFull*10+1, items)
}

// TestRecordDoesNotWait for an index that hangs.
func TestRecordDoesNotWait(t *testing.T) {
	ix := &hanging{Index: memengine.NewIndex(), entered: make(chan struct{}), leave: make(chan struct{})}
	l := openLog(t, ix, &clock{now: noon}, nil)
	l.Record(get(nil))
	var wg sync.WaitGroup
	wg.Go(func() { assert.NoError(t, l.Flush(context.Background())) })
	<-ix.entered
	l.Record(get(nil)) // would hang, and the test with it
	close(ix.leave)
	wg.Wait()
	assert.Equal(t, int64(2), object(t, l, names(t, l)[0]).Items[0].Counters.Ops.Get)
}

type hanging struct {
	driver.Index
	once           sync.Once
	entered, leave chan struct{}
}

func (h *hanging) Update(ctx context.Context, fn func(driver.Txn) error) error {
	h.once.Do(func() {
		close(h.entered)
		<-h.leave
	})
	return h.Index.Update(ctx, fn)
}

// TestLarge: an object with more items than a transaction takes.
func TestLarge(t *testing.T) {
	ctx := t.Context()
	const items = 3*rowsPerStep + 7
	ix := &failing{Index: memengine.NewIndex()}
	l := openLog(t, ix, &clock{now: noon}, nil)
	record := func() {
		for i := range items {
			l.Record(get(func(e *usage.Entry) { e.User = fmt.Sprintf("%01000d", i) }))
		}
	}
	record()
	name := names(t, l)[0]
	require.Len(t, object(t, l, name).Items, items)
	record()
	ix.on, ix.nth, ix.calls = true, 3, 0
	require.Error(t, l.Flush(ctx), "it fails in the middle")
	ix.on = false
	o := object(t, l, name)
	require.Len(t, o.Items, items)
	for _, it := range o.Items {
		require.Equal(t, int64(2), it.Counters.Ops.Get)
	}

	ix.on, ix.nth, ix.calls = true, 3, 0
	require.NoError(t, l.Delete(ctx, name), "the object is gone; some of its rows are not")
	ix.on = false
	assert.Positive(t, rowsOf(t, ix, itemRows))
	openLog(t, ix, &clock{now: noon}, nil)
	assert.Zero(t, rowsOf(t, ix, itemRows), "the next start removes them")
}

// rowsOf counts the rows of a kind.
func rowsOf(t testing.TB, ix driver.Index, kind string) (n int) {
	require.NoError(t, ix.View(t.Context(), func(r driver.Reader) error {
		c := r.Scan([]byte(kind), after([]byte(kind)), driver.ScanOptions{KeysOnly: true})
		for c.Next() {
			n++
		}
		return c.Close()
	}))
	return n
}
