package utapi_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/usage"
	"github.com/cofferstore/coffer/usage/utapi"
)

// stand is a store with metrics and a clock that stands still.
type stand struct {
	t       *testing.T
	now     time.Time
	metrics *utapi.Metrics
	store   *objstore.Store
}

func newStand(t *testing.T, now string, o *utapi.Options) *stand {
	s := &stand{t: t}
	s.at(now)
	engine := memengine.New()
	if o == nil {
		o = &utapi.Options{}
	}
	o.FlushEvery, o.Now = -1, func() time.Time { return s.now }
	s.metrics = utapi.Open(engine.Index, o)
	var err error
	s.store, err = objstore.Open(engine, &objstore.Options{
		Hooks: []objstore.Hook{s.metrics}, Now: o.Now, SweepEvery: -1,
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.store.Close() })
	return s
}

// at sets the clock.
func (s *stand) at(when string) { s.now = moment(s.t, when) }

func moment(t *testing.T, when string) time.Time {
	t.Helper()
	m, err := time.Parse("2006-01-02T15:04:05.999", when)
	require.NoError(t, err)
	return m
}

// as is the context of a request of alice's.
func (s *stand) as(counter string) context.Context {
	return usage.WithEntry(s.t.Context(), &usage.Entry{Counter: counter, User: "alice"})
}

func (s *stand) create(name, owner string) *objstore.Bucket {
	s.t.Helper()
	b, err := s.store.CreateBucket(s.as("CreateBucket"), objstore.BucketID{Name: name}, &objstore.CreateBucketOptions{Owner: owner})
	require.NoError(s.t, err)
	return b
}

func (s *stand) put(b *objstore.Bucket, key string, size int) {
	s.t.Helper()
	_, err := b.Put(s.as("PutObject"), key, strings.NewReader(strings.Repeat("x", size)), nil)
	require.NoError(s.t, err)
}

// get counts a download as the middleware does.
func (s *stand) get(bytes int64) {
	s.metrics.Record(&usage.Entry{Counter: "GetObject", Status: 200, Bucket: "photos", Owner: "alice", User: "alice", ObjectSent: bytes})
}

func (s *stand) list(l utapi.Level, name, start, end string) utapi.Metric {
	s.t.Helper()
	r := utapi.Range{Start: moment(s.t, start), End: moment(s.t, end).Add(999 * time.Millisecond)}
	require.True(s.t, r.Valid(), "%s to %s", start, end)
	require.NoError(s.t, s.metrics.Flush(s.t.Context()))
	m, err := s.metrics.List(s.t.Context(), l, name, r)
	require.NoError(s.t, err)
	return m
}

func operation(m utapi.Metric, name string) int64 {
	for i, n := range utapi.Operations() {
		if n == name {
			return m.Operations[i]
		}
	}
	return -1
}

func TestAttributionOfTime(t *testing.T) {
	s := newStand(t, "2017-09-15T12:07:00", nil)
	b := s.create("photos", "alice")
	s.put(b, "a", 100)
	s.at("2017-09-15T12:14:59.999")
	s.put(b, "b", 10)
	s.get(1)
	s.at("2017-09-15T12:15:00")
	s.put(b, "c", 1)
	s.at("2017-09-16T00:00:00")
	s.get(2)
	s.at("2017-09-20T08:31:00")
	_, err := b.Delete(s.as("DeleteObject"), objstore.DeleteRequest{Key: "a"})
	require.NoError(t, err)
	for _, tt := range []struct {
		explanation, start, end string
		storage, objects        [2]int64
		in, out, puts           int64
	}{
		{"before everything", "2017-08-01T00:00:00", "2017-09-15T11:59:59", [2]int64{}, [2]int64{}, 0, 0, 0},
		{"from before to now", "2017-08-01T00:00:00", "2017-10-31T23:59:59", [2]int64{0, 11}, [2]int64{0, 2}, 111, 3, 3},
		{"the first interval: its last state is that at its start", "2017-09-15T12:00:00", "2017-09-15T12:14:59", [2]int64{110, 110}, [2]int64{2, 2}, 110, 1, 2},
		{"two intervals", "2017-09-15T12:00:00", "2017-09-15T12:29:59", [2]int64{110, 111}, [2]int64{2, 3}, 111, 1, 3},
		{"the second", "2017-09-15T12:15:00", "2017-09-15T12:29:59", [2]int64{111, 111}, [2]int64{3, 3}, 1, 0, 1},
		{"nothing happens", "2017-09-15T12:30:00", "2017-09-15T23:59:59", [2]int64{111, 111}, [2]int64{3, 3}, 0, 0, 0},
		{"a day with reads alone", "2017-09-16T00:00:00", "2017-09-16T23:59:59", [2]int64{111, 111}, [2]int64{3, 3}, 0, 2, 0},
		{"until before the delete", "2017-09-15T12:15:00", "2017-09-20T08:29:59", [2]int64{111, 111}, [2]int64{3, 3}, 1, 2, 1},
		{"the delete", "2017-09-20T08:15:00", "2017-09-20T08:44:59", [2]int64{111, 11}, [2]int64{3, 2}, 0, 0, 0},
		{"the future", "2017-10-01T00:00:00", "2030-10-01T00:14:59", [2]int64{11, 11}, [2]int64{2, 2}, 0, 0, 0},
		{"all time", "1970-01-01T00:00:00", "2030-10-01T00:14:59", [2]int64{0, 11}, [2]int64{0, 2}, 111, 3, 3},
	} {
		for l, name := range map[utapi.Level]string{utapi.Buckets: "photos", utapi.Accounts: "alice", utapi.Service: "s3"} {
			m := s.list(l, name, tt.start, tt.end)
			what := tt.explanation + " (" + string(l) + ")"
			assert.Equal(t, tt.storage, m.Storage, what)
			assert.Equal(t, tt.objects, m.Objects, what)
			assert.Equal(t, tt.in, m.Incoming, what)
			assert.Equal(t, tt.out, m.Outgoing, what)
			assert.Equal(t, tt.puts, operation(m, "PutObject"), what)
		}
	}
}

func TestLateFlush(t *testing.T) {
	s := newStand(t, "2017-09-15T12:10:00", nil)
	b := s.create("photos", "alice")
	s.put(b, "a", 100)
	s.at("2017-09-15T12:44:59.500")
	s.get(7)
	s.at("2017-09-15T12:45:00") // before the flush, two intervals are over
	s.put(b, "b", 10)
	s.at("2017-09-15T13:00:00")
	s.put(b, "c", 1)
	assert.EqualValues(t, 7, s.list(utapi.Buckets, "photos", "2017-09-15T12:30:00", "2017-09-15T12:44:59").Outgoing, "counted when it was, not when it was flushed")
	assert.EqualValues(t, 0, s.list(utapi.Buckets, "photos", "2017-09-15T12:45:00", "2017-09-15T13:14:59").Outgoing)
	assert.EqualValues(t, 7, s.list(utapi.Buckets, "photos", "2017-09-15T12:00:00", "2017-09-15T13:14:59").Outgoing)
	assert.Equal(t, [2]int64{100, 110}, s.list(utapi.Buckets, "photos", "2017-09-15T12:30:00", "2017-09-15T12:59:59").Storage, "states stay what they were")
}

func TestClockThatGoesBack(t *testing.T) {
	s := newStand(t, "2017-09-15T12:20:00", nil)
	b := s.create("photos", "alice")
	s.at("2017-09-15T12:10:00")
	s.put(b, "a", 100)
	m := s.list(utapi.Buckets, "photos", "2017-09-15T12:15:00", "2017-09-15T12:29:59")
	assert.EqualValues(t, 100, m.Incoming, "what comes later is not before what came earlier")
	assert.EqualValues(t, 1, operation(m, "CreateBucket"))
}

func TestBucketsComeAndGo(t *testing.T) {
	s := newStand(t, "2017-09-15T12:00:00", nil)
	b := s.create("photos", "alice")
	s.put(b, "a", 100)
	s.at("2017-09-15T12:20:00")
	_, err := b.Delete(s.as("DeleteObject"), objstore.DeleteRequest{Key: "a"})
	require.NoError(t, err)
	require.NoError(t, s.store.DeleteBucket(s.as("DeleteBucket"), b.Info().BucketID))
	s.at("2017-09-15T12:40:00")
	m := s.list(utapi.Buckets, "photos", "2017-09-15T12:00:00", "2017-09-15T12:59:59")
	assert.Equal(t, [2]int64{100, 0}, m.Storage, "metrics of a deleted bucket stay")
	assert.EqualValues(t, 1, operation(m, "DeleteBucket"))
	s.put(s.create("photos", "bob"), "a", 5)
	m = s.list(utapi.Buckets, "photos", "2017-09-15T12:00:00", "2017-09-15T12:59:59")
	assert.EqualValues(t, 2, operation(m, "CreateBucket"), "the series goes on by name")
	assert.EqualValues(t, 105, m.Incoming)
	assert.Equal(t, [2]int64{100, 5}, m.Storage)
	assert.Equal(t, [2]int64{0, 0}, s.list(utapi.Accounts, "alice", "2017-09-15T12:15:00", "2017-09-15T12:59:59").Storage)
}

func TestMovedBucket(t *testing.T) {
	s := newStand(t, "2017-09-15T12:00:00", nil)
	s.put(s.create("photos", "alice"), "a", 100)
	s.put(s.create("other", "bob"), "a", 7)
	s.at("2017-09-15T12:20:00")
	require.NoError(t, s.store.MoveBucket(t.Context(), objstore.BucketID{Name: "photos"}, "bob", &objstore.MoveBucketOptions{Name: "pictures"}))
	for _, tt := range []struct {
		level utapi.Level
		name  string
		want  [2]int64
	}{
		{utapi.Buckets, "photos", [2]int64{100, 0}}, {utapi.Buckets, "pictures", [2]int64{0, 100}},
		{utapi.Accounts, "alice", [2]int64{100, 0}}, {utapi.Accounts, "bob", [2]int64{7, 107}},
		{utapi.Service, "s3", [2]int64{107, 107}},
	} {
		m := s.list(tt.level, tt.name, "2017-09-15T12:00:00", "2017-09-15T12:29:59")
		assert.Equal(t, tt.want, m.Storage, tt.name)
		assert.Zero(t, operation(m, "CopyObject"))
	}
}

func TestExpiry(t *testing.T) {
	s := newStand(t, "2017-09-15T12:00:00", &utapi.Options{ExpireAfter: time.Hour})
	for _, name := range []string{"gone", "kept", "again"} {
		b := s.create(name, "alice")
		s.put(b, "a", 100)
		s.at("2017-09-15T12:20:00")
		_, err := b.Delete(s.as("DeleteObject"), objstore.DeleteRequest{Key: "a"})
		require.NoError(t, err)
		if name != "kept" {
			require.NoError(t, s.store.DeleteBucket(s.as("DeleteBucket"), b.Info().BucketID))
		}
	}
	s.create("again", "alice")
	incoming := func(name string) int64 {
		return s.list(utapi.Buckets, name, "2017-09-15T12:00:00", "2017-09-15T12:59:59").Incoming
	}
	s.at("2017-09-15T13:19:59")
	n, err := s.metrics.Expire(t.Context())
	require.NoError(t, err)
	assert.Zero(t, n)
	assert.EqualValues(t, 100, incoming("gone"), "not yet")
	s.at("2017-09-15T13:20:00")
	n, err = s.metrics.Expire(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	assert.EqualValues(t, 0, incoming("gone"))
	assert.EqualValues(t, 100, incoming("kept"), "a bucket that is there keeps its metrics")
	assert.EqualValues(t, 100, incoming("again"), "and so does one that is there again")
	s.put(s.create("gone", "alice"), "a", 3)
	assert.EqualValues(t, 3, s.list(utapi.Buckets, "gone", "2017-09-15T12:00:00", "2017-09-15T13:59:59").Incoming, "a new series")
}

func TestRange(t *testing.T) {
	const start, end = 1501545600000, 1509494399999
	for _, tt := range []struct {
		explanation string
		start, end  int64
		want        bool
	}{
		{"that of the integration note", start, end, true},
		{"all time", 0, end, true},
		{"one interval", start, start + 899_999, true},
		{"no start of an interval", start + 1, end, false},
		{"no end of an interval", start, end + 1, false},
		{"ends before it starts", start, start - 1, false},
		{"before 1970", -900_000, end, false},
	} {
		assert.Equal(t, tt.want, utapi.Range{Start: time.UnixMilli(tt.start), End: time.UnixMilli(tt.end)}.Valid(), tt.explanation)
	}
	now := moment(t, "2017-09-15T06:31:00")
	_, ok := utapi.RangeFrom(now.Add(-time.Minute), now)
	assert.True(t, ok)
	_, ok = utapi.RangeFrom(now.Add(14*time.Minute), now)
	assert.False(t, ok, "in the future")
	assert.Equal(t, moment(t, "2017-09-15T06:15:00"), utapi.Recent(now).Start, "the interval before")
}
