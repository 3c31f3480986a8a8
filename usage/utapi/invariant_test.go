package utapi_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/usage"
	"github.com/cofferstore/coffer/usage/utapi"
)

// client does what comes to its mind to a bucket.
type client struct {
	rand *rand.Rand
	b    *objstore.Bucket
}

func (c *client) key() string { return fmt.Sprint("k", c.rand.IntN(5)) }

func (c *client) body() *strings.Reader {
	return strings.NewReader(strings.Repeat("x", 1+c.rand.IntN(40)))
}

// step does one operation; it may find that there is nothing to do it to.
func (c *client) step(ctx context.Context) error {
	as := func(counter string) context.Context {
		return usage.WithEntry(ctx, &usage.Entry{Counter: counter, User: "alice", Subuser: "reader"})
	}
	var err error
	switch c.rand.IntN(8) {
	case 0, 1:
		_, err = c.b.Put(as("PutObject"), c.key(), c.body(), nil)
	case 2:
		_, err = c.b.Delete(as("DeleteObject"), objstore.DeleteRequest{Key: c.key()})
	case 3:
		_, err = c.b.DeleteMany(as("MultiObjectDelete"), []objstore.DeleteRequest{{Key: c.key()}, {Key: c.key()}})
	case 4:
		state := []objstore.Versioning{objstore.VersioningEnabled, objstore.VersioningSuspended}[c.rand.IntN(2)]
		err = c.b.SetVersioning(ctx, state)
	case 5:
		var page objstore.VersionsPage
		if page, err = c.b.ListVersions(ctx, objstore.VersionsQuery{Limit: 3}); err == nil && len(page.Versions) > 0 {
			v := page.Versions[c.rand.IntN(len(page.Versions))]
			_, err = c.b.Delete(as("DeleteObject"), objstore.DeleteRequest{Key: v.Key, Version: v.VersionID})
		}
	default:
		err = c.upload(as)
	}
	return ignoreConflicts(err)
}

func (c *client) upload(as func(string) context.Context) error {
	u, err := c.b.CreateUpload(as("InitiateMultipartUpload"), c.key(), nil)
	if err != nil {
		return err
	}
	var parts []objstore.CompletePart
	for i := range c.rand.IntN(3) {
		p, err := u.PutPart(as("UploadPart"), i+1, c.body(), nil)
		if err != nil {
			return err
		}
		parts = append(parts, objstore.CompletePart{Number: i + 1, ETag: p.ETag})
	}
	switch {
	case len(parts) == 0:
		return nil // stays open
	case c.rand.IntN(2) == 0:
		return u.Abort(as("AbortMultipartUpload"))
	}
	_, err = u.Complete(as("CompleteMultipartUpload"), parts[:1+c.rand.IntN(len(parts))], nil)
	return err
}

func ignoreConflicts(err error) error {
	if errors.Is(err, objstore.ErrNoSuchKey) || errors.Is(err, objstore.ErrNoSuchVersion) {
		return nil
	}
	return err
}

// TestRecount lets clients work in parallel and recounts: no operation, and no
// order of them, makes metrics drift from what is there.
func TestRecount(t *testing.T) {
	engine := memengine.New()
	m := utapi.Open(engine.Index, &utapi.Options{FlushEvery: -1})
	st, err := objstore.Open(engine, &objstore.Options{Hooks: []objstore.Hook{m}, SweepEvery: -1, MinPartSize: 1})
	require.NoError(t, err)
	defer st.Close()
	var buckets []*objstore.Bucket
	for i, owner := range []string{"alice", "alice", "bob"} {
		b, err := st.CreateBucket(t.Context(), objstore.BucketID{Name: fmt.Sprint("bucket", i)}, &objstore.CreateBucketOptions{Owner: owner})
		require.NoError(t, err)
		buckets = append(buckets, b)
	}
	var clients sync.WaitGroup
	for i := range 6 {
		clients.Go(func() {
			c := &client{rand: rand.New(rand.NewPCG(1, uint64(i))), b: buckets[i%len(buckets)]}
			for range 200 {
				if !assert.NoError(t, c.step(t.Context())) {
					return
				}
			}
		})
	}
	clients.Wait()
	report, err := m.Reindex(t.Context(), st, &utapi.ReindexOptions{DryRun: true})
	require.NoError(t, err)
	assert.Equal(t, &utapi.Report{Buckets: 3}, report)
	sum := [2]int64{}
	for _, name := range []string{"alice", "bob"} {
		metric, err := m.List(t.Context(), utapi.Accounts, name, ever())
		require.NoError(t, err)
		sum[0] += metric.Storage[1]
		sum[1] += metric.Objects[1]
	}
	service, err := m.List(t.Context(), utapi.Service, utapi.ServiceName, ever())
	require.NoError(t, err)
	assert.Equal(t, sum, [2]int64{service.Storage[1], service.Objects[1]}, "the service is the sum of the accounts")
	assert.Positive(t, sum[0])
}

// TestCrash ends a process that has not flushed.
func TestCrash(t *testing.T) {
	engine := memengine.New()
	entry := &usage.Entry{Counter: "PutObject", Status: 200, Bucket: "photos", User: "alice", Owner: "alice"}
	get := &usage.Entry{Counter: "GetObject", Status: 200, Bucket: "photos", User: "alice", Owner: "alice", ObjectSent: 9}
	first := utapi.Open(engine.Index, &utapi.Options{FlushEvery: -1})
	st, err := objstore.Open(engine, &objstore.Options{Hooks: []objstore.Hook{first}, SweepEvery: -1})
	require.NoError(t, err)
	defer st.Close()
	b, err := st.CreateBucket(t.Context(), objstore.BucketID{Name: "photos"}, &objstore.CreateBucketOptions{Owner: "alice"})
	require.NoError(t, err)
	_, err = b.Put(usage.WithEntry(t.Context(), entry), "a", strings.NewReader("123"), nil)
	require.NoError(t, err)
	first.Record(entry)
	first.Record(get)
	require.NoError(t, first.Flush(t.Context()))
	first.Record(get) // is lost

	second := utapi.Open(engine.Index, &utapi.Options{FlushEvery: -1})
	m, err := second.List(t.Context(), utapi.Buckets, "photos", ever())
	require.NoError(t, err)
	assert.Equal(t, []int64{3, 9, 1, 1}, []int64{m.Incoming, m.Outgoing, operation(m, "PutObject"), operation(m, "GetObject")})
	report, err := second.Reindex(t.Context(), st, nil)
	require.NoError(t, err)
	assert.Empty(t, report.Differences, "a crash needs no reindex")
}

// brokenIndex fails updates as it is told to.
type brokenIndex struct {
	driver.Index
	fail    error
	applies bool // nevertheless
}

func (b *brokenIndex) Update(ctx context.Context, fn func(driver.Txn) error) error {
	if b.fail == nil || b.applies {
		if err := b.Index.Update(ctx, fn); err != nil {
			return err
		}
	}
	return b.fail
}

func TestFlushFails(t *testing.T) {
	for _, tt := range []struct {
		explanation string
		fail        error
		applies     bool
		want        int64
	}{
		{"what was not applied is tried again", driver.ErrNoSpace, false, 2},
		{"what may have been applied is not counted twice", driver.ErrOutcomeUnknown, true, 2},
		{"be it that it is lost", driver.ErrOutcomeUnknown, false, 1},
	} {
		t.Run(tt.explanation, func(t *testing.T) {
			ix := &brokenIndex{Index: memengine.New().Index}
			m := utapi.Open(ix, &utapi.Options{FlushEvery: -1})
			get := &usage.Entry{Counter: "GetObject", Status: 200, Bucket: "photos", User: "alice"}
			m.Record(get)
			ix.fail, ix.applies = tt.fail, tt.applies
			require.ErrorIs(t, m.Flush(t.Context()), tt.fail)
			ix.fail = nil
			m.Record(get)
			require.NoError(t, m.Close(t.Context()))
			require.ErrorIs(t, m.Close(t.Context()), utapi.ErrClosed)
			metric, err := m.List(t.Context(), utapi.Buckets, "photos", ever())
			require.NoError(t, err)
			assert.Equal(t, tt.want, operation(metric, "GetObject"))
		})
	}
}

// Flushes with nothing to flush, beside requests: each is counted, and once.
func TestFlushBesideRequests(t *testing.T) {
	m := utapi.Open(memengine.New().Index, &utapi.Options{FlushEvery: -1})
	const clients, requests = 4, 1000
	var working, flushing sync.WaitGroup
	done := make(chan struct{})
	flushing.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				assert.NoError(t, m.Flush(t.Context()))
			}
		}
	})
	for i := range clients {
		working.Go(func() {
			for range requests {
				m.Record(&usage.Entry{Counter: "GetObject", Status: 200, Bucket: fmt.Sprint("bucket", i), User: "alice"})
			}
		})
	}
	working.Wait()
	close(done)
	flushing.Wait()
	require.NoError(t, m.Close(t.Context()))
	service, err := m.List(t.Context(), utapi.Service, utapi.ServiceName, ever())
	require.NoError(t, err)
	assert.EqualValues(t, clients*requests, operation(service, "GetObject"))
}

// TestFloodOfNames records more subjects than are kept in memory.
func TestFloodOfNames(t *testing.T) {
	m := utapi.Open(memengine.New().Index, &utapi.Options{FlushEvery: -1})
	for i := range 110_000 {
		m.Record(&usage.Entry{Counter: "HeadBucket", Status: 200, Bucket: fmt.Sprint("bucket", i)})
	}
	require.NoError(t, m.Flush(t.Context()))
	service, err := m.List(t.Context(), utapi.Service, utapi.ServiceName, ever())
	require.NoError(t, err)
	assert.EqualValues(t, 110_000, operation(service, "HeadBucket"), "who is known already goes on being counted")
	last, err := m.List(t.Context(), utapi.Buckets, "bucket109999", ever())
	require.NoError(t, err)
	assert.Zero(t, operation(last, "HeadBucket"), "memory is bounded")
}

func TestNames(t *testing.T) {
	m := utapi.Open(memengine.New().Index, &utapi.Options{FlushEvery: -1})
	long := strings.Repeat("x", 1<<20)
	m.Record(&usage.Entry{Counter: "HeadBucket", Status: 200, Bucket: long})
	m.Record(&usage.Entry{Counter: "HeadBucket", Status: 200, Bucket: "b", User: long})
	m.Record(&usage.Entry{Counter: "NoSuchOperation", Status: 200, Bucket: "b"})
	require.NoError(t, m.Flush(t.Context()))
	for _, name := range []string{long, "b", "", "\x00", "a\x00\x01b"} {
		metric, err := m.List(t.Context(), utapi.Buckets, name, ever())
		require.NoError(t, err)
		assert.Equal(t, make([]int64, len(utapi.Operations())), metric.Operations)
	}
	_, err := m.List(t.Context(), "locations", "us-east-1", ever())
	assert.ErrorIs(t, err, utapi.ErrInvalidLevel)
}

// TestReindex brings metrics to a store that had none.
func TestReindex(t *testing.T) {
	engine := memengine.New()
	bare, err := objstore.Open(engine, &objstore.Options{SweepEvery: -1})
	require.NoError(t, err)
	defer bare.Close()
	b, err := bare.CreateBucket(t.Context(), objstore.BucketID{Name: "photos"}, &objstore.CreateBucketOptions{Owner: "alice"})
	require.NoError(t, err)
	_, err = b.Put(t.Context(), "a", strings.NewReader("123"), nil)
	require.NoError(t, err)

	m := utapi.Open(engine.Index, &utapi.Options{FlushEvery: -1})
	found := []utapi.Difference{{Level: utapi.Service, Name: "s3", Storage: 3, Objects: 1}}
	for _, tt := range []struct {
		explanation string
		o           *utapi.ReindexOptions
		want        utapi.Report
	}{
		{"a bucket alone", &utapi.ReindexOptions{Buckets: []objstore.BucketID{{Name: "photos"}, {Name: "none"}}}, utapi.Report{Buckets: 1}},
		{"an account alone", &utapi.ReindexOptions{Accounts: []string{"alice", "nobody"}}, utapi.Report{Buckets: 1}},
		{"a dry run", &utapi.ReindexOptions{DryRun: true}, utapi.Report{Buckets: 1, Differences: found}},
		{"the service knew of nothing", nil, utapi.Report{Buckets: 1, Differences: found}},
		{"now it does", nil, utapi.Report{Buckets: 1}},
	} {
		report, err := m.Reindex(t.Context(), bare, tt.o)
		require.NoError(t, err, tt.explanation)
		assert.Equal(t, tt.want, *report, tt.explanation)
	}
}
