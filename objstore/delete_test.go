package objstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
)

func TestDeleteMissing(t *testing.T) {
	f := newFixture(t, nil)
	off, on := f.bucket("off", VersioningOff), f.bucket("versions", VersioningEnabled)
	id := f.put(on, "other", "body").VersionID
	tests := []struct {
		b    *Bucket
		r    DeleteRequest
		want Code
		why  string
	}{
		{off, DeleteRequest{Key: "absent"}, "", "S3: deleting nothing succeeds"},
		{off, DeleteRequest{Key: "absent", Version: NullVersion}, "", "no such version"},
		{off, DeleteRequest{Key: "absent", Version: id}, "", "no such version"},
		{on, DeleteRequest{Key: "absent", Version: id}, "", "of another key"},
		{on, DeleteRequest{Key: "other", Version: versionID(5, [16]byte{})}, "", "no such version"},
		{on, DeleteRequest{Key: "other", Version: "garbage"}, ErrInvalidArgument, "no version id"},
		{off, DeleteRequest{Key: ""}, ErrInvalidArgument, "no key"},
		{off, DeleteRequest{Key: strings.Repeat("k", 1025)}, ErrKeyTooLong, "a long key"},
		{off, DeleteRequest{Key: "absent", If: Conditions{IfMatch: []string{"*"}}}, ErrNoSuchKey, "S3: If-Match on nothing"},
		{on, DeleteRequest{Key: "other", If: Conditions{IfMatch: []string{"x"}}}, ErrPreconditionFailed, "changed"},
		{on, DeleteRequest{Key: "other", Version: id, If: Conditions{IfMatch: []string{"x"}}}, ErrPreconditionFailed, "the version is judged"},
	}
	for _, tt := range tests {
		res, err := tt.b.Delete(t.Context(), tt.r)
		assert.Empty(t, res, tt.why)
		if tt.want == "" {
			require.NoError(t, err, tt.why)
		} else {
			require.ErrorIs(t, err, tt.want, tt.why)
		}
		many, err := tt.b.DeleteMany(t.Context(), []DeleteRequest{tt.r})
		require.NoError(t, err, "what is wrong with one is in its result")
		if tt.want == "" {
			require.NoError(t, many[0].Err, tt.why)
		} else {
			require.ErrorIs(t, many[0].Err, tt.want, tt.why)
		}
	}
	f.audit()
	_, err := f.get(on, "other", "")
	require.NoError(t, err)
}

func TestDeleteMany(t *testing.T) {
	const n = 2*deleteChunk + 7
	f := newFixture(t, &Options{InlineMax: 2})
	b := f.bucket("photos", VersioningEnabled)
	rs := make([]DeleteRequest, n)
	var ids []string
	for i := range rs {
		ids = append(ids, f.put(b, fmt.Sprint("k", i), fmt.Sprint(i)).VersionID)
		rs[i] = DeleteRequest{Key: fmt.Sprint("k", i)}
	}
	rs[3].Version = ids[3]
	rs[5].If.IfMatch = []string{"other"}
	rs[6] = DeleteRequest{Key: "k4", Version: ids[4]} // in the order of the requests
	results, err := b.DeleteMany(t.Context(), rs)
	require.NoError(t, err)
	require.Len(t, results, n)
	for i, r := range results {
		switch i {
		case 3:
			assert.Equal(t, DeleteResult{Version: ids[3]}, r)
		case 5:
			require.ErrorIs(t, r.Err, ErrPreconditionFailed)
			assert.Equal(t, "If-Match", r.Err.(*Error).Condition)
		case 6:
			assert.Equal(t, DeleteResult{Version: ids[4]}, r)
		default:
			require.NoError(t, r.Err)
			assert.True(t, r.DeleteMarker)
		}
	}
	f.audit()
	totals, err := b.Totals(t.Context())
	require.NoError(t, err)
	assert.Equal(t, int64(2), totals.Objects, "k5, which was refused, and k6, whose request named k4")
	assert.Equal(t, int64(n-3), totals.DeleteMarkers)
}

// refusingHook refuses the deletion of one key after everything is written.
type refusingHook struct {
	key     string
	commits []Mutation
}

var errRefused = errors.New("refused by a hook")

func (h *refusingHook) Check(context.Context, *Mutation) error { return nil }

func (h *refusingHook) Commit(_ context.Context, _ driver.Txn, m *Mutation) error {
	if m.Key == h.key && m.Op == OpDelete {
		return errRefused
	}
	seen := *m
	seen.totals = nil // functions do not compare
	h.commits = append(h.commits, seen)
	return nil
}

func TestDeleteManyHookRefusesOne(t *testing.T) {
	f := newFixture(t, &Options{Hooks: []Hook{&refusingHook{key: "k2"}}})
	b := f.bucket("photos", VersioningOff)
	var rs []DeleteRequest
	for i := range 5 {
		key := fmt.Sprint("k", i)
		f.put(b, key, "body")
		rs = append(rs, DeleteRequest{Key: key})
	}
	results, err := b.DeleteMany(t.Context(), rs)
	require.NoError(t, err)
	for i, r := range results {
		if i == 2 {
			require.ErrorIs(t, r.Err, errRefused)
			continue
		}
		require.NoError(t, r.Err)
	}
	f.audit()
	_, err = f.get(b, "k2", "")
	require.NoError(t, err, "nothing of a refused delete is applied")
	_, err = f.get(b, "k3", "")
	require.ErrorIs(t, err, ErrNoSuchKey)
}

func TestDeleteManyFails(t *testing.T) {
	f, e := newFaulty(t, nil)
	b := f.bucket("photos", VersioningOff)
	rs := make([]DeleteRequest, deleteChunk+1)
	for i := range rs {
		rs[i].Key = fmt.Sprint(i)
	}
	broken := errors.New("broken")
	calls := 0
	e.update = func(commit func() error) error {
		if calls++; calls > 1 {
			return broken
		}
		return commit()
	}
	results, err := b.DeleteMany(t.Context(), rs)
	require.NoError(t, err, "some were deleted: the results tell which")
	require.NoError(t, results[0].Err)
	require.ErrorIs(t, results[deleteChunk].Err, broken)
	_, err = b.DeleteMany(t.Context(), rs)
	require.ErrorIs(t, err, broken, "nothing was deleted")
	e.update = nil
	require.NoError(t, f.DeleteBucket(t.Context(), b.Info().BucketID))
	_, err = b.DeleteMany(t.Context(), rs)
	require.ErrorIs(t, err, ErrNoSuchBucket)
	_, err = b.Delete(t.Context(), rs[0])
	require.ErrorIs(t, err, ErrNoSuchBucket)
}

func TestMutations(t *testing.T) {
	h := &refusingHook{}
	f := newFixture(t, &Options{Hooks: []Hook{h}})
	b := f.bucket("photos", VersioningOff)
	last := func() Mutation {
		m := h.commits[len(h.commits)-1]
		h.commits = nil
		return m
	}
	assert.Equal(t, OpCreateBucket, last().Op)

	first := f.put(b, "k", "12345")
	m := last()
	assert.Equal(t, Mutation{Op: OpPut, Bucket: b.Info(), Key: "k", Size: 5, After: &first,
		Delta: Totals{Objects: 1, Bytes: 5, RoundedBytes: 4096}}, m)

	second := f.put(b, "k", "12")
	m = last()
	assert.Equal(t, first, *m.Before, "what is replaced")
	assert.Equal(t, second, *m.After)
	assert.Equal(t, Totals{Bytes: -3}, m.Delta)

	tagged, err := b.SetTags(t.Context(), "k", "", []Tag{{"a", "b"}})
	require.NoError(t, err)
	m = last()
	assert.Equal(t, OpUpdate, m.Op)
	assert.Equal(t, second, *m.Before)
	assert.Equal(t, tagged, *m.After)
	assert.Zero(t, m.Delta)

	require.NoError(t, b.SetVersioning(t.Context(), VersioningEnabled))
	f.clock.Advance(time.Second)
	f.drop(b, "k")
	m = last()
	assert.Equal(t, OpMark, m.Op)
	assert.Equal(t, tagged, *m.Before)
	assert.True(t, m.After.DeleteMarker)
	assert.Equal(t, Totals{Objects: -1, Bytes: -2, Noncurrent: 1, NoncurrentBytes: 2, DeleteMarkers: 1}, m.Delta)

	marker := m.After.VersionID
	_, err = b.Delete(t.Context(), DeleteRequest{Key: "k", Version: marker})
	require.NoError(t, err)
	m = last()
	assert.Equal(t, OpDelete, m.Op)
	assert.Equal(t, marker, m.Before.VersionID)
	assert.True(t, m.Before.IsLatest)
	assert.Equal(t, Totals{Objects: 1, Bytes: 2, Noncurrent: -1, NoncurrentBytes: -2, DeleteMarkers: -1}, m.Delta)

	f.drop(b, "absent")
	last()
	_, err = b.Delete(t.Context(), DeleteRequest{Key: "nothing", Version: NullVersion})
	require.NoError(t, err)
	assert.Empty(t, h.commits, "nothing was changed")
}

// quotaHook refuses in Check what brings bytes.
type quotaHook struct{ checks []Mutation }

func (h *quotaHook) Check(_ context.Context, m *Mutation) error {
	seen := *m
	seen.totals, seen.bound = nil, nil // functions do not compare
	h.checks = append(h.checks, seen)
	if m.Delta.Bytes > 0 {
		return errRefused
	}
	return nil
}

func (h *quotaHook) Commit(_ context.Context, _ driver.Txn, m *Mutation) error {
	if m.Delta.Bytes > 0 {
		return errRefused
	}
	return nil
}

func TestHookRefusesPut(t *testing.T) {
	h := &quotaHook{}
	f := newFixture(t, &Options{Hooks: []Hook{h}})
	b := f.bucket("photos", VersioningOff)
	h.checks = nil
	_, err := b.Put(t.Context(), "k", zeroes(10), &PutOptions{Size: ptr(int64(10))})
	require.ErrorIs(t, err, errRefused)
	assert.Empty(t, h.checks, "a small body is cheaper than a look beforehand")
	unread := readerFunc(func([]byte) (int, error) {
		t.Error("the body was read")
		return 0, errRefused
	})
	_, err = b.Put(t.Context(), "k", unread, &PutOptions{Size: ptr(int64(10_000))})
	require.ErrorIs(t, err, errRefused)
	require.Len(t, h.checks, 1)
	assert.Equal(t, Mutation{Op: OpPut, Bucket: b.Info(), Key: "k", Size: 10_000,
		Delta: Totals{Objects: 1, Bytes: 10_000, RoundedBytes: 12288}}, h.checks[0])
	f.requireNothing(b)
}

func TestEstimate(t *testing.T) {
	null, other := &record{info: ObjectInfo{VersionID: NullVersion, Size: 10}}, &record{info: ObjectInfo{VersionID: "x", Size: 10}}
	replaced := Totals{Bytes: 90}
	kept := Totals{Bytes: 90, Noncurrent: 1, NoncurrentBytes: 10, RoundedBytes: 4096}
	tests := []struct {
		v       Versioning
		current *record
		want    Totals
		why     string
	}{
		{VersioningOff, nil, Totals{Objects: 1, Bytes: 100, RoundedBytes: 4096}, "a new key"},
		{VersioningOff, null, replaced, "the object is replaced"},
		{VersioningSuspended, null, replaced, "the null version is replaced"},
		{VersioningSuspended, other, kept, "another version is kept"},
		{VersioningEnabled, null, kept, "every version is kept"},
	}
	f := newFixture(t, nil)
	require.NoError(t, f.view(t.Context(), func(r driver.Reader) error {
		for _, tt := range tests {
			p := plan{bucket: BucketInfo{Versioning: tt.v}, current: tt.current}
			got, err := p.estimate(r, 100)
			require.NoError(t, err)
			assert.Equal(t, tt.want, got, tt.why)
		}
		got, err := (&plan{}).estimate(r, -1)
		assert.Equal(t, Totals{Objects: 1}, got, "a size that is not known counts nothing")
		return err
	}))
}

// foresight compares what Check is told with what Commit is told.
type foresight struct {
	t      *testing.T
	told   Totals
	before Totals
	limit  int64 // of bodies whose size is not known; 0 = none

	unknown bool // the size was not known in Check
}

func (h *foresight) Check(_ context.Context, m *Mutation) (err error) {
	h.told, h.unknown = m.Delta, m.Size < 0
	if h.limit > 0 {
		m.LimitBody(h.limit+1, errRefused)
		m.LimitBody(h.limit, errRefused)
		m.LimitBody(h.limit+1, errRefused)
	}
	h.before, err = m.OwnerTotals()
	return err
}

func (h *foresight) Commit(_ context.Context, _ driver.Txn, m *Mutation) error {
	if m.Op != OpPut && m.Op != OpPutPart {
		return nil
	}
	if h.unknown {
		return nil
	}
	assert.Equal(h.t, m.Delta, h.told, "%s of %q: the estimate is what is counted when nobody is in between", m.Op, m.Key)
	bucket, err := m.BucketTotals()
	assert.Equal(h.t, h.before, bucket, "totals are those before the change")
	return err
}

func TestCheckForesees(t *testing.T) {
	for _, v := range []Versioning{VersioningOff, VersioningEnabled, VersioningSuspended} {
		h := &foresight{t: t}
		f := newFixture(t, &Options{Hooks: []Hook{h}, InlineMax: -1})
		b := f.bucket("photos", VersioningOff)
		put := func(size int) {
			_, err := b.Put(t.Context(), "k", zeroes(size), &PutOptions{Size: ptr(int64(size))})
			require.NoError(t, err)
		}
		put(10_000)
		if v == VersioningSuspended {
			require.NoError(t, b.SetVersioning(t.Context(), VersioningEnabled))
			put(7000)
		}
		if v != VersioningOff {
			require.NoError(t, b.SetVersioning(t.Context(), v))
		}
		put(5000)
		put(20_000)
		u, err := b.CreateUpload(t.Context(), "u", nil)
		require.NoError(t, err)
		for _, size := range []int64{3000, 9000} {
			_, err := u.PutPart(t.Context(), 1, zeroes(int(size)), &PartOptions{Size: &size})
			require.NoError(t, err)
		}
	}
}

func TestHookLimitsBody(t *testing.T) {
	h := &foresight{t: t, limit: 600_000}
	f := newFixture(t, &Options{Hooks: []Hook{h}})
	b := f.bucket("photos", VersioningOff)
	_, err := b.Put(t.Context(), "k", zeroes(600_001), nil)
	require.ErrorIs(t, err, errRefused, "the smallest limit holds")
	u, err := b.CreateUpload(t.Context(), "u", nil)
	require.NoError(t, err)
	_, err = u.PutPart(t.Context(), 1, zeroes(600_001), nil)
	require.ErrorIs(t, err, errRefused, "parts too")
	require.NoError(t, u.Abort(t.Context()))
	f.requireNothing(b)

	h.limit = 0
	_, err = b.Put(t.Context(), "k", zeroes(600_001), nil)
	require.NoError(t, err, "no limit")
}
