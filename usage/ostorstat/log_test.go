package ostorstat

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/usage"
)

// noon is the start of the guide's sample object.
var noon = time.Unix(1485966714, 0)

func openLog(t testing.TB, ix driver.Index, c *clock, change func(*LogOptions)) *Log {
	t.Helper()
	o := LogOptions{Collect: true, FlushEvery: -1, ServiceID: "8000000000000065", Now: c.Now}
	if change != nil {
		change(&o)
	}
	l, err := OpenLog(t.Context(), ix, &o)
	require.NoError(t, err)
	return l
}

// get is a GET of 100 bytes from alice's bucket by bob.
func get(change func(*usage.Entry)) *usage.Entry {
	e := &usage.Entry{Protocol: "s3", Class: "get", Status: 200, Bucket: "photos", Owner: "alice", User: "bob", ObjectSent: 100}
	if change != nil {
		change(e)
	}
	return e
}

func names(t testing.TB, l *Log) []string {
	t.Helper()
	page, err := l.List(t.Context(), "", 0)
	require.NoError(t, err)
	return page.Names
}

func object(t testing.TB, l *Log, name string) *Object {
	t.Helper()
	o, err := l.Object(t.Context(), name)
	require.NoError(t, err)
	return o
}

func TestWhatIsCounted(t *testing.T) {
	one := func(k Key, ops Ops, up, down int64) []Item {
		return []Item{{Key: k, Counters: Counters{Ops: ops, NetIO: NetIO{up, down}}}}
	}
	photos := Key{Bucket: "photos", UserID: "bob"}
	for _, c := range []struct {
		explanation string
		change      func(*usage.Entry)
		want        []Item
	}{
		{"a read and what was sent", nil, one(photos, Ops{Get: 1}, 0, 100)},
		{"a write and what was received", func(e *usage.Entry) { e.Class, e.ObjectSent, e.ObjectReceived = "put", 0, 7 }, one(photos, Ops{Put: 1}, 7, 0)},
		{"listings have no data", func(e *usage.Entry) { e.Class, e.ObjectSent, e.BytesSent = "list", 0, 999 }, one(photos, Ops{List: 1}, 0, 0)},
		{"deletes have no counter of their own", func(e *usage.Entry) { e.Class, e.ObjectSent = "delete", 0 }, one(photos, Ops{Other: 1}, 0, 0)},
		{"what is in no class", func(e *usage.Entry) { e.Class, e.ObjectSent = "other", 0 }, one(photos, Ops{Other: 1}, 0, 0)},
		{"not modified is an answer", func(e *usage.Entry) { e.Status, e.ObjectSent = 304, 0 }, one(photos, Ops{Get: 1}, 0, 0)},
		{"a refusal is no operation", func(e *usage.Entry) { e.Status, e.ObjectSent = 403, 0 }, nil},
		{"but its data was sent over the wire", func(e *usage.Entry) { e.Status, e.ObjectSent, e.ObjectReceived = 400, 0, 7 }, one(photos, Ops{}, 7, 0)},
		{"a bucket that nobody has is no item, whatever was sent to it", func(e *usage.Entry) { e.Status, e.Owner, e.ObjectReceived = 404, "", 7 }, nil},
		{"a later bucket of the name is another", func(e *usage.Entry) { e.Incarnation = 98309 }, one(Key{"photos", 98309, "bob"}, Ops{Get: 1}, 0, 100)},
		{"anonymous", func(e *usage.Entry) { e.User = "" }, one(Key{Bucket: "photos"}, Ops{Get: 1}, 0, 100)},
		{"the list of buckets is of no bucket", func(e *usage.Entry) { e.Bucket, e.Owner, e.ObjectSent = "", "", 0 }, one(Key{UserID: "bob"}, Ops{Get: 1}, 0, 0)},
		{"Swift requests too", func(e *usage.Entry) { e.Protocol = "swift" }, one(photos, Ops{Get: 1}, 0, 100)},
		{"statistics are not of statistics", func(e *usage.Entry) { e.Protocol = "ostor" }, nil},
		{"nor of administration", func(e *usage.Entry) { e.Protocol = "admin" }, nil},
		{"nor of what no front end knows", func(e *usage.Entry) { e.Protocol = "" }, nil},
		{"names are bounded", func(e *usage.Entry) { e.User = string(make([]byte, maxNames)) }, nil},
		{"names are bytes", func(e *usage.Entry) { e.Bucket, e.User = "a\x00\x01:b", "\x00" }, one(Key{Bucket: "a\x00\x01:b", UserID: "\x00"}, Ops{Get: 1}, 0, 100)},
	} {
		t.Run(c.explanation, func(t *testing.T) {
			l := openLog(t, memengine.NewIndex(), &clock{now: noon}, nil)
			l.Record(get(c.change))
			list := names(t, l)
			if c.want == nil {
				assert.Empty(t, list, "no request, no object")
				return
			}
			require.Len(t, list, 1)
			assert.Equal(t, c.want, object(t, l, list[0]).Items)
		})
	}
}

// TestShape is the sample of the guide, in every byte.
func TestShape(t *testing.T) {
	c := &clock{now: noon}
	l := openLog(t, memengine.NewIndex(), c, nil)
	client := func(class string, up, down int64) *usage.Entry {
		return &usage.Entry{Protocol: "s3", Class: class, Status: 200, Bucket: "client", Owner: "x", Incarnation: 98309, User: "b81d6c5f895a8c86", ObjectReceived: up, ObjectSent: down}
	}
	for _, e := range []*usage.Entry{client("put", 41258, 0), client("get", 0, 45511310), client("get", 0, 1), client("get", 0, 0)} {
		l.Record(e)
	}
	c.Advance(1390 * time.Second)
	const name = "s3-usage-8000000000000065-2017-02-01T16:31:54.000Z-1800"
	got, err := json.Marshal(object(t, l, name))
	require.NoError(t, err)
	assert.Equal(t, `{"fmt_version":1,"service_id":8000000000000065,"start_ts":1485966714,"period":1390,"nr_items":1,`+
		`"items":[{"key":{"bucket":"client","epoch":98309,"user_id":"b81d6c5f895a8c86","tag":""},`+
		`"counters":{"ops":{"put":1,"get":3,"list":0,"other":0},"net_io":{"uploaded":41258,"downloaded":45511311}}}]}`, string(got))

	page, err := l.List(t.Context(), "", 0)
	require.NoError(t, err)
	got, err = json.Marshal(page)
	require.NoError(t, err)
	assert.Equal(t, `{"nr_items":1,"truncated":false,"items":["`+name+`"]}`, string(got))
	got, err = json.Marshal(List{})
	require.NoError(t, err)
	assert.Equal(t, `{"nr_items":0,"truncated":false,"items":[]}`, string(got), "a list is never null")
	got, err = json.Marshal(&Object{ServiceID: "1", Start: noon})
	require.NoError(t, err)
	assert.Contains(t, string(got), `"items":[]`)
}

func TestServiceJSON(t *testing.T) {
	for _, c := range []struct{ id, want, explanation string }{
		{"8000000000000001", `8000000000000001`, "a number, not quoted"},
		{"80000000000000ab", `"80000000000000ab"`, "with letters it would be no JSON"},
		{"0100000000000002", `100000000000002`, "a number cannot begin with 0"},
		{"0000000000000000", `0`, "but it can be 0"},
	} {
		got, err := json.Marshal(&Object{ServiceID: c.id})
		require.NoError(t, err, c.explanation)
		assert.Contains(t, string(got), `"service_id":`+c.want+`,`, c.explanation)
	}
}

func TestItemsAreSorted(t *testing.T) {
	l := openLog(t, memengine.NewIndex(), &clock{now: noon}, nil)
	want := []Key{{"", 0, "z"}, {"a", 0, ""}, {"a", 1, "u"}, {"a", 2, "u"}, {"a", 1, "v"}, {"a-b", 0, "a"}, {"b", 0, "a"}}
	for i := range want {
		k := want[len(want)-1-i]
		l.Record(get(func(e *usage.Entry) { e.Bucket, e.Incarnation, e.User = k.Bucket, k.Epoch, k.UserID }))
	}
	var got []Key
	for _, it := range object(t, l, names(t, l)[0]).Items {
		got = append(got, it.Key)
	}
	assert.Equal(t, want, got, "by bucket, then user, then epoch")
}

func TestLifeCycle(t *testing.T) {
	ctx := t.Context()
	ix := memengine.NewIndex()
	c := &clock{now: noon.Add(-time.Hour)}
	l := openLog(t, ix, c, nil)
	assert.Empty(t, names(t, l), "no request, no object")
	c.Set(noon.Add(900 * time.Millisecond))
	l.Record(get(nil))
	list := names(t, l)
	require.Equal(t, []string{"s3-usage-8000000000000065-2017-02-01T16:31:54.000Z-1800"}, list, "the open object is listed; it starts with the second of the request")
	o := object(t, l, list[0])
	assert.Equal(t, int64(0), o.Period)
	assert.Equal(t, noon.UTC(), o.Start)

	c.Set(noon.Add(1799 * time.Second))
	l.Record(get(nil))
	o = object(t, l, list[0])
	assert.Equal(t, int64(1799), o.Period, "the open object has the period so far")
	assert.Equal(t, int64(2), o.Items[0].Counters.Ops.Get)

	c.Set(noon.Add(1800 * time.Second))
	l.Record(get(nil))
	assert.Equal(t, int64(2), object(t, l, list[0]).Items[0].Counters.Ops.Get, "what comes at the end of the period is of the next")
	assert.Equal(t, int64(1800), object(t, l, list[0]).Period)
	require.Len(t, names(t, l), 2)

	c.Advance(10 * time.Second)
	require.NoError(t, l.Close(ctx))
	l.Record(get(nil)) // nobody hears
	require.ErrorIs(t, l.Close(ctx), ErrClosed)
	again := openLog(t, ix, c, func(o *LogOptions) { o.Period = time.Minute })
	assert.Equal(t, int64(10), object(t, again, names(t, again)[1]).Period, "the service has stopped")
	again.Record(get(nil))
	c.Advance(time.Hour)
	list = names(t, again)
	require.Len(t, list, 3, "after a restart there is always a new one")
	assert.Equal(t, "s3-usage-8000000000000065-2017-02-01T17:02:04.000Z-60", list[2], "with the period of today's settings")
	assert.Equal(t, int64(60), object(t, again, list[2]).Period, "closed by time alone")
	assert.Equal(t, Ops{Get: 1}, object(t, again, list[2]).Items[0].Counters.Ops)
}

// TestSameSecond: names differ though all happens in one second.
func TestSameSecond(t *testing.T) {
	ix := memengine.NewIndex()
	c := &clock{now: noon}
	var ends int64
	for range 3 {
		l := openLog(t, ix, c, nil)
		l.Record(get(nil))
		require.NoError(t, l.Close(t.Context()))
	}
	l := openLog(t, ix, c, nil)
	list := names(t, l)
	require.Len(t, list, 3)
	for _, name := range list {
		o := object(t, l, name)
		assert.GreaterOrEqual(t, o.Start.Unix(), ends, "periods do not overlap")
		ends = o.Start.Unix() + o.Period
		assert.Equal(t, int64(1), o.Items[0].Counters.Ops.Get)
		assert.Contains(t, name, o.Start.Format(nameTime), "start_ts is the instant in the name")
	}
}

// A clock that is set back, as time servers do, makes no periods that overlap.
func TestClockSetBack(t *testing.T) {
	c := &clock{now: noon}
	l := openLog(t, memengine.NewIndex(), c, func(o *LogOptions) { o.Period = time.Minute })
	l.Record(get(nil))
	c.Advance(time.Minute)
	require.NoError(t, l.Flush(t.Context()))
	c.Set(noon.Add(50 * time.Second))
	l.Record(get(nil))
	list := names(t, l)
	require.Len(t, list, 2)
	assert.Equal(t, noon.Unix()+60, object(t, l, list[1]).Start.Unix())
	c.Advance(time.Minute + 10*time.Second)
	l.Record(get(nil))
	assert.Equal(t, noon.Unix()+120, object(t, l, names(t, l)[2]).Start.Unix(), "and goes on without a gap")
}

func TestDelete(t *testing.T) {
	ctx := t.Context()
	ix := memengine.NewIndex()
	c := &clock{now: noon}
	l := openLog(t, ix, c, nil)
	l.Record(get(nil))
	first := names(t, l)[0]
	l.Record(get(nil))
	require.NoError(t, l.Delete(ctx, first))
	require.ErrorIs(t, l.Delete(ctx, first), ErrNoSuchObject)
	assert.Empty(t, names(t, l), "it does not come back")
	l.Record(get(nil))
	list := names(t, l)
	require.Len(t, list, 1, "the next request opens a new one")
	assert.NotEqual(t, first, list[0], "a delete that is repeated must not find it")
	assert.Equal(t, int64(1), object(t, l, list[0]).Items[0].Counters.Ops.Get, "the counts of the deleted one are forgotten")

	c.Advance(time.Hour)
	l.Record(get(nil))
	require.NoError(t, l.Delete(ctx, list[0]))
	assert.Len(t, names(t, l), 1, "the closed one is gone, the open one is there")
	for _, name := range []string{"", "nonsense", list[0], list[0] + "\x00", string(make([]byte, 10_000))} {
		_, err := l.Object(ctx, name)
		require.ErrorIs(t, err, ErrNoSuchObject, "%.80q", name)
		require.ErrorIs(t, l.Delete(ctx, name), ErrNoSuchObject, "%.80q", name)
	}

	// Another gateway on the same index deletes the open object of this one.
	other := openLog(t, ix, c, func(o *LogOptions) { o.ServiceID = "8000000000000067" })
	require.NoError(t, other.Delete(ctx, names(t, other)[0]))
	l.Record(get(nil))
	assert.Empty(t, names(t, l), "what was read and deleted must not come back, nor a part of it")
	l.Record(get(nil))
	assert.Len(t, names(t, l), 1)
}

// TestNamesAreNotUsedAgain by one Log, also where a name was taken.
func TestNamesAreNotUsedAgain(t *testing.T) {
	ix := memengine.NewIndex()
	c := &clock{now: noon}
	before := openLog(t, ix, c, nil)
	before.Record(get(nil))
	require.NoError(t, before.Close(t.Context()))
	l := openLog(t, ix, c, nil)
	l.Record(get(nil))
	second := names(t, l)[1]
	require.NoError(t, l.Delete(t.Context(), second))
	l.Record(get(nil))
	assert.NotContains(t, names(t, l), second, "a delete that is repeated must not find the next object")
}

func TestPages(t *testing.T) {
	ctx := t.Context()
	c := &clock{now: noon}
	l := openLog(t, memengine.NewIndex(), c, nil)
	for range 5 {
		l.Record(get(nil))
		c.Advance(2 * time.Hour)
		require.NoError(t, l.Flush(ctx))
	}
	all := names(t, l)
	require.Len(t, all, 5)
	for _, q := range []struct {
		explanation string
		after       string
		limit       int
		want        List
	}{
		{"no limit", "", 0, List{all, false}},
		{"the last page is not truncated", "", 5, List{all, false}},
		{"a page", "", 2, List{all[:2], true}},
		{"strictly after", all[1], 2, List{all[2:4], true}},
		{"after a name that is not there", all[1] + "x", 9, List{all[2:], false}},
		{"after a name longer than any", all[1] + string(bytes.Repeat([]byte("x"), 10_000)), 9, List{all[2:], false}},
		{"after the last", all[4], 9, List{}},
		{"before the first", "a", 1, List{all[:1], true}},
		{"more than the greatest limit", "", 1001, List{all, false}},
	} {
		page, err := l.List(ctx, q.after, q.limit)
		require.NoError(t, err)
		assert.Equal(t, q.want, page, q.explanation)
	}
}

// TestCrash: a Log that is not closed loses what it has not flushed, and no
// more; nothing counts twice.
func TestCrash(t *testing.T) {
	ctx := t.Context()
	ix := memengine.NewIndex()
	c := &clock{now: noon}
	l := openLog(t, ix, c, nil)
	for range 3 {
		l.Record(get(nil))
		c.Advance(30 * time.Second)
		require.NoError(t, l.Flush(ctx), "a flush replaces what the one before has written")
	}
	l.Record(get(nil)) // is lost

	again := openLog(t, ix, c, nil)
	again.Record(get(nil))
	list := names(t, again)
	require.Len(t, list, 2)
	crashed := object(t, again, list[0])
	assert.Equal(t, int64(90), crashed.Period, "as of the last flush")
	assert.Equal(t, Counters{Ops: Ops{Get: 3}, NetIO: NetIO{Downloaded: 300}}, crashed.Items[0].Counters)
	assert.Equal(t, int64(1), object(t, again, list[1]).Items[0].Counters.Ops.Get)
}

func TestOff(t *testing.T) {
	ctx := t.Context()
	ix := memengine.NewIndex()
	c := &clock{now: noon}
	l := openLog(t, ix, c, nil)
	l.Record(get(nil))
	require.NoError(t, l.Close(ctx))
	off, err := OpenLog(ctx, ix, nil)
	require.NoError(t, err)
	off.Record(get(nil))
	list := names(t, off)
	require.Len(t, list, 1, "statistics are off unless they are switched on; old objects stay")
	assert.Equal(t, int64(1), object(t, off, list[0]).Items[0].Counters.Ops.Get)
	require.NoError(t, off.Delete(ctx, list[0]))
	assert.Empty(t, names(t, off))
	require.NoError(t, off.Close(ctx))
}

// TestFlushLoop: without anybody asking, it is written.
func TestFlushLoop(t *testing.T) {
	seen := make(chan struct{}, 100)
	ix := &watched{Index: memengine.NewIndex(), seen: seen}
	l, err := OpenLog(t.Context(), ix, &LogOptions{Collect: true, FlushEvery: time.Millisecond})
	require.NoError(t, err)
	l.Record(get(nil))
	<-seen
	require.NoError(t, l.Close(t.Context()))
}

type watched struct {
	driver.Index
	seen chan struct{}
}

func (w *watched) Update(ctx context.Context, fn func(driver.Txn) error) error {
	err := w.Index.Update(ctx, fn)
	select {
	case w.seen <- struct{}{}:
	default:
	}
	return err
}

func TestOptions(t *testing.T) {
	for _, c := range []struct {
		explanation string
		o           LogOptions
	}{
		{"the name has whole seconds", LogOptions{Period: 1500 * time.Millisecond}},
		{"time goes forward", LogOptions{Period: -time.Second}},
		{"an object that never closes cannot be collected", LogOptions{Period: 1000 * time.Hour * 24}},
		{"an id has 16 digits", LogOptions{ServiceID: "1"}},
		{"lower case", LogOptions{ServiceID: "800000000000000A"}},
		{"less than none", LogOptions{MaxItems: -1}},
	} {
		_, err := OpenLog(t.Context(), memengine.NewIndex(), &c.o)
		assert.ErrorIs(t, err, ErrInvalid, c.explanation)
	}
	_, err := OpenLog(t.Context(), nil, nil)
	assert.ErrorIs(t, err, ErrInvalid)
}
