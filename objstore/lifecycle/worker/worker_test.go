package worker_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/lifecycle"
	"github.com/cofferstore/coffer/objstore/lifecycle/worker"
	"github.com/cofferstore/coffer/objstore/memengine"
)

const day = 24 * time.Hour

// fixture is a store whose clock moves only when it is told to.
type fixture struct {
	*objstore.Store
	t     *testing.T
	index driver.Index
	now   time.Time
}

func newFixture(t *testing.T) *fixture {
	f := &fixture{t: t, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	e := memengine.New()
	f.index = e.Index
	var err error
	f.Store, err = objstore.Open(e, &objstore.Options{Now: f.clock, SweepEvery: -1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.Store.Close()) })
	return f
}

func (f *fixture) clock() time.Time { return f.now }

func (f *fixture) worker(o worker.Options) *worker.Worker {
	o.Now = f.clock
	if o.Wait == nil {
		o.Wait = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	}
	return worker.New(f.Store, f.index, &o)
}

// bucket makes a bucket with rules.
func (f *fixture) bucket(name string, lock bool, v objstore.Versioning, rules string) *objstore.Bucket {
	f.t.Helper()
	b, err := f.CreateBucket(f.t.Context(), objstore.BucketID{Name: name}, &objstore.CreateBucketOptions{Owner: "alice", ObjectLock: lock})
	require.NoError(f.t, err)
	if v != objstore.VersioningOff {
		require.NoError(f.t, b.SetVersioning(f.t.Context(), v))
	}
	f.rules(b, rules)
	return b
}

func (f *fixture) rules(b *objstore.Bucket, rules string) {
	f.t.Helper()
	c, err := lifecycle.Parse([]byte("<LifecycleConfiguration>" + rules + "</LifecycleConfiguration>"))
	require.NoError(f.t, err)
	data, err := c.XML()
	require.NoError(f.t, err)
	require.NoError(f.t, b.SetDocument(f.t.Context(), lifecycle.Document, data))
}

func rule(id, filter, actions string) string {
	return "<Rule><ID>" + id + "</ID><Status>Enabled</Status><Filter>" + filter + "</Filter>" + actions + "</Rule>"
}

const (
	expire = "<Expiration><Days>1</Days></Expiration>"
	old    = "<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays><NewerNoncurrentVersions>1</NewerNoncurrentVersions></NoncurrentVersionExpiration>"
	marker = "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>"
	abort  = "<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>"
)

func (f *fixture) put(b *objstore.Bucket, key string, o *objstore.PutOptions) objstore.ObjectInfo {
	f.t.Helper()
	info, err := b.Put(f.t.Context(), key, strings.NewReader(key), o)
	require.NoError(f.t, err)
	f.now = f.now.Add(time.Second)
	return info
}

func (f *fixture) remove(b *objstore.Bucket, key string) {
	f.t.Helper()
	_, err := b.Delete(f.t.Context(), objstore.DeleteRequest{Key: key})
	require.NoError(f.t, err)
	f.now = f.now.Add(time.Second)
}

// left lists what is in a bucket: keys, with '*' at the latest versions and
// '-' at delete markers.
func (f *fixture) left(b *objstore.Bucket) string {
	f.t.Helper()
	page, err := b.ListVersions(f.t.Context(), objstore.VersionsQuery{Limit: 1000})
	require.NoError(f.t, err)
	var all []string
	for _, v := range page.Versions {
		s := v.Key
		if v.IsLatest {
			s += "*"
		}
		if v.DeleteMarker {
			s += "-"
		}
		all = append(all, s)
	}
	return strings.Join(all, " ")
}

func (f *fixture) run(w *worker.Worker) worker.Report {
	f.t.Helper()
	r, err := w.Run(f.t.Context())
	require.NoError(f.t, err)
	return r
}

// TestRules carries out one set of rules in steps of several sizes: the
// outcome must not depend on where a page ends.
func TestRules(t *testing.T) {
	for _, page := range []int{1, 2, 3, 1000} {
		t.Run(fmt.Sprint(page), func(t *testing.T) {
			f := newFixture(t)
			plain := f.bucket("a-plain", false, "", rule("r", "<Tag><Key>k</Key><Value>v</Value></Tag>", expire)+rule("u", "", abort))
			f.bucket("b-none", false, "", rule("r", "", expire))
			versions := f.bucket("c-versions", false, "Enabled", rule("n", "", old)+rule("m", "", marker)+rule("e", "<Prefix>tmp/</Prefix>", expire))

			f.put(plain, "kept", nil)
			f.put(plain, "tagged", &objstore.PutOptions{Tags: []objstore.Tag{{Key: "k", Value: "v"}}})
			_, err := plain.CreateUpload(t.Context(), "up", nil)
			require.NoError(t, err)
			for range 4 {
				f.put(versions, "many", nil)
			}
			f.put(versions, "tmp/x", nil)
			f.remove(versions, "gone")
			f.put(versions, "hidden", nil)
			f.remove(versions, "hidden")

			w := f.worker(worker.Options{Page: page})
			r := f.run(w)
			assert.Equal(t, "kept* tagged*", f.left(plain), "it is too early")
			assert.Equal(t, int64(1), r.Markers, "but for the marker that hides nothing")

			f.now = f.now.Add(2 * day)
			f.put(plain, "new", &objstore.PutOptions{Tags: []objstore.Tag{{Key: "k", Value: "v"}}})
			started := f.now
			r = f.run(w)
			assert.Equal(t, "kept* new*", f.left(plain))
			uploads, err := plain.ListUploads(t.Context(), objstore.UploadsQuery{Limit: 10})
			require.NoError(t, err)
			assert.Empty(t, uploads.Uploads)
			assert.Equal(t, "hidden*- hidden many* many tmp/x*- tmp/x", f.left(versions), "one noncurrent version of each is kept")
			last, err := w.LastRun(t.Context())
			require.NoError(t, err)
			assert.Equal(t, r, last)
			r.Changed = 0 // a marker at the end of a page may be tried in vain
			assert.Equal(t, worker.Report{
				Started: started, Finished: f.now, Buckets: 3, Versions: 3 + 7, Uploads: 1,
				Expired: 2, Deleted: 2, Aborted: 1,
			}, r)

			f.now = f.now.Add(2 * day)
			r = f.run(w)
			assert.Equal(t, int64(1), r.Expired, "what is hidden does not expire again")
			checked, err := f.Check(t.Context(), nil)
			require.NoError(t, err)
			assert.Empty(t, checked.Problems)
		})
	}
}

func TestLockedVersionsStay(t *testing.T) {
	f := newFixture(t)
	b := f.bucket("bkt", true, "", rule("n", "", strings.Replace(old, "<NewerNoncurrentVersions>1</NewerNoncurrentVersions>", "", 1))+rule("e", "", expire))
	f.put(b, "k", &objstore.PutOptions{Lock: objstore.Lock{LegalHold: objstore.HoldOn}})
	f.put(b, "k", &objstore.PutOptions{Lock: objstore.Lock{Retention: objstore.Retention{Mode: objstore.LockCompliance, Until: f.now.Add(10 * day)}}})
	f.put(b, "k", &objstore.PutOptions{Lock: objstore.Lock{Retention: objstore.Retention{Mode: objstore.LockGovernance, Until: f.now.Add(10 * day)}}})
	f.put(b, "k", nil)
	w := f.worker(worker.Options{})
	f.now = f.now.Add(3 * day)
	r := f.run(w)
	assert.Equal(t, []int64{1, 0, 3, 0}, []int64{r.Expired, r.Deleted, r.Locked, r.Failed})
	f.now = f.now.Add(2 * day)
	r = f.run(w)
	assert.Equal(t, []int64{1, 3}, []int64{r.Deleted, r.Locked}, "the version that had no lock went")
	assert.Equal(t, "k*- k k k", f.left(b))
	f.now = f.now.Add(10 * day)
	r = f.run(w)
	assert.Equal(t, []int64{2, 1}, []int64{r.Deleted, r.Locked}, "a hold has no end")
}

func TestBrokenPassGoesOn(t *testing.T) {
	f := newFixture(t)
	const n = 10
	for _, name := range []string{"one", "two"} {
		b := f.bucket(name, false, "", rule("e", "", expire))
		for i := range n {
			f.put(b, fmt.Sprintf("key\xff-%d", i), nil)
		}
	}
	f.now = f.now.Add(3 * day)
	stopped := errors.New("stopped")
	for broken, steps := 0, 0; ; broken++ {
		left := 3
		w := f.worker(worker.Options{Page: 2, Wait: func(context.Context, time.Duration) error {
			steps++
			if left--; left == 0 {
				return stopped
			}
			return nil
		}})
		r, err := w.Run(t.Context())
		if err == nil {
			assert.Equal(t, int64(2*n), r.Expired, "nothing was done twice or left out")
			assert.Equal(t, int64(2*n), r.Versions)
			assert.Equal(t, int64(2), r.Buckets)
			assert.Greater(t, broken, 2)
			break
		}
		require.ErrorIs(t, err, stopped)
		require.Less(t, broken, 100)
		f.now = f.now.Add(time.Second)
	}
}

func TestOnePassAtATime(t *testing.T) {
	f := newFixture(t)
	b := f.bucket("bkt", false, "", rule("e", "", expire))
	for i := range 6 {
		f.put(b, fmt.Sprint(i), nil)
	}
	f.now = f.now.Add(3 * day)
	other := f.worker(worker.Options{Lease: time.Minute})
	steps := 0
	var first *worker.Worker
	first = f.worker(worker.Options{Page: 2, Lease: time.Minute, Wait: func(context.Context, time.Duration) error {
		steps++
		if steps == 1 {
			_, err := other.Run(t.Context())
			assert.ErrorIs(t, err, worker.ErrBusy, "another process")
			_, err = first.Run(t.Context())
			assert.ErrorIs(t, err, worker.ErrBusy, "the same process")
			f.now = f.now.Add(time.Hour)
			r, err := other.Run(t.Context())
			assert.NoError(t, err, "a process that is silent for long counts as dead")
			assert.Equal(t, int64(6), r.Expired, "its pass is gone on with")
		}
		return nil
	}})
	_, err := first.Run(t.Context())
	assert.ErrorIs(t, err, worker.ErrLeaseLost)
	r := f.run(first)
	assert.Zero(t, r.Versions)
}

func TestDryRun(t *testing.T) {
	f := newFixture(t)
	b := f.bucket("bkt", false, "Enabled", rule("the rule", "", expire)+rule("up", "", abort))
	v := f.put(b, "k", nil)
	up, err := b.CreateUpload(t.Context(), "k", nil)
	require.NoError(t, err)
	f.now = f.now.Add(3 * day)
	var deeds []string
	w := f.worker(worker.Options{Observe: func(d worker.Deed) {
		deeds = append(deeds, d.Action.Kind.String()+" "+d.Bucket.String()+"/"+d.Key+" "+d.Version+d.Upload+" by "+d.Action.Rule)
	}})
	r, err := w.DryRun(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{
		"expire bkt/k " + v.VersionID + " by the rule",
		"abort upload bkt/k " + up.Info().ID + " by up",
	}, deeds)
	assert.True(t, r.DryRun)
	assert.Equal(t, []int64{1, 1}, []int64{r.Expired, r.Aborted})
	assert.Equal(t, "k*", f.left(b))
	last, err := w.LastRun(t.Context())
	require.NoError(t, err)
	assert.Zero(t, last, "no trace")
	assert.Equal(t, int64(1), f.run(w).Expired)
}

func TestLoop(t *testing.T) {
	for _, tt := range []struct {
		why  string
		o    worker.Options
		want []string
	}{
		{"at once, then at the start of each day", worker.Options{}, []string{"01 12:00:00", "02 00:00:00", "03 00:00:00"}},
		{"in an interval of its own", worker.Options{Interval: 90 * time.Minute}, []string{"01 12:00:00", "01 13:30:00", "01 15:00:00"}},
		{"a short day", worker.Options{Calendar: lifecycle.Calendar{Day: time.Minute}}, []string{"01 12:00:00", "01 12:01:00", "01 12:02:00"}},
	} {
		t.Run(tt.why, func(t *testing.T) {
			f := newFixture(t)
			ctx, stop := context.WithCancel(t.Context())
			var w *worker.Worker
			var got []string
			tt.o.Wait = func(_ context.Context, d time.Duration) error {
				last, err := w.LastRun(t.Context())
				require.NoError(t, err)
				got = append(got, last.Started.Format("02 15:04:05"))
				if len(got) == len(tt.want) {
					stop()
				}
				f.now = f.now.Add(d)
				return ctx.Err()
			}
			w = f.worker(tt.o)
			w.Loop(ctx)
			assert.Equal(t, tt.want, got)
		})
	}
}

func TestRates(t *testing.T) {
	f := newFixture(t)
	b := f.bucket("bkt", false, "", rule("e", "", expire))
	for i := range 100 {
		f.put(b, fmt.Sprint(i), nil)
	}
	f.now = f.now.Add(3 * day)
	var waited time.Duration
	w := f.worker(worker.Options{DeleteRate: 2, Wait: func(_ context.Context, d time.Duration) error {
		assert.LessOrEqual(t, d, 30*time.Second, "a step is short even at a low rate")
		waited += d
		return nil
	}})
	f.run(w)
	assert.Equal(t, 50*time.Second, waited)
}
