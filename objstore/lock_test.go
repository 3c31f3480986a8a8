package objstore

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// lockBucket makes a bucket with object lock.
func (f *fixture) lockBucket(name string, d DefaultRetention) *Bucket {
	f.t.Helper()
	b, err := f.CreateBucket(f.t.Context(), BucketID{Name: name}, &CreateBucketOptions{Owner: "alice", ObjectLock: true})
	require.NoError(f.t, err)
	require.NoError(f.t, b.SetObjectLock(f.t.Context(), d))
	return b
}

func (f *fixture) putLocked(b *Bucket, key string, l Lock) ObjectInfo {
	f.t.Helper()
	info, err := b.Put(f.t.Context(), key, strings.NewReader("locked"), &PutOptions{Lock: l})
	require.NoError(f.t, err)
	return info
}

func TestLockHolds(t *testing.T) {
	f := newFixture(t, nil)
	b := f.lockBucket("bkt", DefaultRetention{})
	until := f.clock.Now().Add(time.Hour)
	for _, tt := range []struct {
		why     string
		lock    Lock
		bypass  bool
		after   time.Duration
		removed bool
	}{
		{why: "no lock", removed: true},
		{why: "a hold that is off", lock: Lock{LegalHold: HoldOff}, removed: true},
		{why: "a hold", lock: Lock{LegalHold: HoldOn}},
		{why: "nobody bypasses a hold", lock: Lock{LegalHold: HoldOn}, bypass: true},
		{why: "a hold outlasts retention", lock: Lock{Retention{LockGovernance, until}, HoldOn}, after: 2 * time.Hour, bypass: true},
		{why: "governance", lock: Lock{Retention: Retention{LockGovernance, until}}},
		{why: "governance may be bypassed", lock: Lock{Retention: Retention{LockGovernance, until}}, bypass: true, removed: true},
		{why: "governance ends", lock: Lock{Retention: Retention{LockGovernance, until}}, after: time.Hour, removed: true},
		{why: "compliance", lock: Lock{Retention: Retention{LockCompliance, until}}},
		{why: "nobody bypasses compliance", lock: Lock{Retention: Retention{LockCompliance, until}}, bypass: true},
		{why: "a millisecond before the end it still holds", lock: Lock{Retention: Retention{LockCompliance, until}}, after: time.Hour - time.Millisecond, bypass: true},
		{why: "compliance ends", lock: Lock{Retention: Retention{LockCompliance, until}}, after: time.Hour, removed: true},
	} {
		begin := f.clock.Now()
		v := f.putLocked(b, "k", tt.lock)
		f.clock.Advance(tt.after)
		r := DeleteRequest{Key: "k", Version: v.VersionID, BypassGovernance: tt.bypass}
		results, err := b.DeleteMany(t.Context(), []DeleteRequest{r, {Key: "other"}})
		require.NoError(t, err, tt.why)
		assert.NoError(t, results[1].Err, "%s: the others of a list are deleted", tt.why)
		_, alone := b.Delete(t.Context(), r)
		if tt.removed {
			assert.NoError(t, results[0].Err, tt.why)
			assert.NoError(t, alone, tt.why)
		} else {
			assert.ErrorIs(t, results[0].Err, ErrObjectLocked, tt.why)
			assert.ErrorIs(t, alone, ErrObjectLocked, tt.why)
		}
		_, err = f.get(b, "k", v.VersionID)
		assert.Equal(t, tt.removed, err != nil, tt.why)
		f.clock.Advance(begin.Sub(f.clock.Now()))
	}
	f.audit()
}

// TestLockedNullVersion locks a version that is older than the bucket's
// versioning, the only kind that a write could overwrite.
func TestLockedNullVersion(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("bkt", VersioningOff)
	f.put(b, "k", "one")
	require.ErrorIs(t, b.SetObjectLock(t.Context(), DefaultRetention{}), ErrInvalidBucketState, "lock needs versions")
	require.NoError(t, b.SetVersioning(t.Context(), VersioningEnabled))
	require.NoError(t, b.SetObjectLock(t.Context(), DefaultRetention{}))
	_, err := b.SetRetention(t.Context(), "k", NullVersion, Retention{LockCompliance, f.clock.Now().Add(time.Hour)}, false)
	require.NoError(t, err)

	require.ErrorIs(t, b.SetVersioning(t.Context(), VersioningSuspended), ErrInvalidBucketState, "else a write would overwrite it")
	f.put(b, "k", "two")
	_, err = b.Delete(t.Context(), DeleteRequest{Key: "k"})
	require.NoError(t, err, "a marker removes nothing")
	_, err = b.Delete(t.Context(), DeleteRequest{Key: "k", Version: NullVersion, BypassGovernance: true})
	require.ErrorIs(t, err, ErrObjectLocked)
	require.ErrorIs(t, f.DeleteBucket(t.Context(), BucketID{Name: "bkt"}), ErrBucketNotEmpty)
	body, err := f.get(b, "k", NullVersion)
	require.NoError(t, err)
	assert.Equal(t, "one", body)

	// Nothing leads to this state; the engine must hold out nevertheless.
	require.NoError(t, b.updateBucket(t.Context(), func(i *BucketInfo) error { i.Versioning = VersioningSuspended; return nil }))
	_, err = b.Put(t.Context(), "k", strings.NewReader("three"), nil)
	require.ErrorIs(t, err, ErrObjectLocked, "no write replaces what is locked")
	_, err = b.Delete(t.Context(), DeleteRequest{Key: "k"})
	require.ErrorIs(t, err, ErrObjectLocked, "nor does a null marker")
	f.audit()
}

func TestSetRetention(t *testing.T) {
	f := newFixture(t, nil)
	b := f.lockBucket("bkt", DefaultRetention{})
	now := f.clock.Now()
	at := func(m LockMode, hours int) Retention { return Retention{m, now.Add(time.Duration(hours) * time.Hour)} }
	for _, tt := range []struct {
		why       string
		old, next Retention
		bypass    bool
		want      Code
	}{
		{"the first", Retention{}, at(LockGovernance, 1), false, ""},
		{"a longer one", at(LockGovernance, 2), at(LockGovernance, 3), false, ""},
		{"the same again", at(LockCompliance, 2), at(LockCompliance, 2), false, ""},
		{"a shorter one", at(LockGovernance, 2), at(LockGovernance, 1), false, ErrObjectLocked},
		{"a shorter one by who may bypass", at(LockGovernance, 2), at(LockGovernance, 1), true, ""},
		{"none", at(LockGovernance, 2), Retention{}, false, ErrObjectLocked},
		{"none by who may bypass", at(LockGovernance, 2), Retention{}, true, ""},
		{"another mode alters the lock", at(LockGovernance, 2), at(LockCompliance, 2), false, ErrObjectLocked},
		{"another mode by who may bypass", at(LockGovernance, 2), at(LockCompliance, 2), true, ""},
		{"compliance is longer only", at(LockCompliance, 2), at(LockCompliance, 3), false, ""},
		{"compliance is never shortened", at(LockCompliance, 2), at(LockCompliance, 1), true, ErrObjectLocked},
		{"compliance is never weakened", at(LockCompliance, 2), at(LockGovernance, 9), true, ErrObjectLocked},
		{"compliance is never removed", at(LockCompliance, 2), Retention{}, true, ErrObjectLocked},
		{"the past", Retention{}, at(LockGovernance, 0), false, ErrInvalidArgument},
		{"an unknown mode", Retention{}, at("governance", 1), false, ErrInvalidArgument},
		{"a time without a mode", Retention{}, at("", 1), false, ErrInvalidArgument},
		{"a year that no timestamp has", Retention{}, Retention{LockGovernance, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}, false, ErrInvalidArgument},
	} {
		v := f.putLocked(b, "k", Lock{Retention: tt.old})
		got, err := b.SetRetention(t.Context(), "k", v.VersionID, tt.next, tt.bypass)
		if tt.want == "" {
			require.NoError(t, err, tt.why)
			assert.Equal(t, tt.next, got.Lock.Retention, tt.why)
			continue
		}
		assert.ErrorIs(t, err, tt.want, tt.why)
	}
	v := f.putLocked(b, "k", Lock{Retention: at(LockCompliance, 1)})
	f.clock.Advance(time.Hour)
	_, err := b.SetRetention(t.Context(), "k", v.VersionID, Retention{}, false)
	require.NoError(t, err, "what is over binds nobody")
}

func TestLockOfNewVersions(t *testing.T) {
	f := newFixture(t, nil)
	f.clock.Advance(1500 * time.Microsecond)
	b := f.lockBucket("bkt", DefaultRetention{Mode: LockGovernance, Days: 2})
	want := Retention{LockGovernance, f.clock.Now().AddDate(0, 0, 2).Add(500 * time.Microsecond)}
	own := Retention{LockCompliance, f.clock.Now().Add(time.Hour).Truncate(time.Millisecond)}

	assert.Equal(t, want, f.put(b, "k", "x").Lock.Retention, "the default, rounded up")
	assert.Equal(t, Lock{want, HoldOn}, f.putLocked(b, "k", Lock{LegalHold: HoldOn}).Lock, "a hold does not replace the default")
	assert.Equal(t, own, f.putLocked(b, "src", Lock{Retention: own}).Lock.Retention, "the writer's own")

	src, err := b.Object(t.Context(), "src", nil)
	require.NoError(t, err)
	defer src.Close()
	copied, err := b.Copy(t.Context(), "copy", src, nil)
	require.NoError(t, err)
	assert.Equal(t, Lock{Retention: want}, copied.Lock, "a lock is not copied")

	up, err := b.CreateUpload(t.Context(), "up", &UploadOptions{Lock: Lock{own, HoldOn}})
	require.NoError(t, err)
	part, err := up.PutPart(t.Context(), 1, strings.NewReader("x"), nil)
	require.NoError(t, err)
	up, err = b.Upload(t.Context(), "up", up.Info().ID)
	require.NoError(t, err)
	done, err := up.Complete(t.Context(), []CompletePart{{Number: 1, ETag: part.ETag}}, nil)
	require.NoError(t, err)
	assert.Equal(t, Lock{own, HoldOn}, done.Lock, "an upload remembers")

	got, err := b.SetLegalHold(t.Context(), "up", "", HoldOff)
	require.NoError(t, err)
	assert.Equal(t, Lock{own, HoldOff}, got.Lock)
	_, err = b.SetTags(t.Context(), "up", "", []Tag{{"k", "v"}})
	require.NoError(t, err)
	obj, err := b.Object(t.Context(), "up", &GetOptions{NoBody: true})
	require.NoError(t, err)
	defer obj.Close()
	assert.Equal(t, Lock{own, HoldOff}, obj.Info().Lock, "tags do not touch it")

	again, err := f.Bucket(t.Context(), BucketID{Name: "bkt"})
	require.NoError(t, err)
	assert.Equal(t, DefaultRetention{Mode: LockGovernance, Days: 2}, again.Info().DefaultRetention)
	require.NoError(t, again.SetObjectLock(t.Context(), DefaultRetention{}))
	assert.Zero(t, f.put(again, "k", "x").Lock)
}

func TestLockNeedsBucketWithLock(t *testing.T) {
	f := newFixture(t, &Options{InlineMax: 4})
	b := f.bucket("bkt", VersioningEnabled)
	f.put(b, "k", "x")
	l := Lock{Retention: Retention{LockGovernance, f.clock.Now().Add(time.Hour)}}
	for _, body := range []string{"x", "a large body is refused by its plan"} {
		_, err := b.Put(t.Context(), "k", strings.NewReader(body), &PutOptions{Lock: l})
		assert.ErrorIs(t, err, ErrInvalidRequest)
	}
	_, err := b.CreateUpload(t.Context(), "k", &UploadOptions{Lock: l})
	assert.ErrorIs(t, err, ErrInvalidRequest)
	_, err = b.SetRetention(t.Context(), "k", "", l.Retention, false)
	assert.ErrorIs(t, err, ErrInvalidRequest)
	_, err = b.SetLegalHold(t.Context(), "k", "", HoldOn)
	assert.ErrorIs(t, err, ErrInvalidRequest)
	for _, d := range []DefaultRetention{{Mode: LockCompliance}, {Days: 1}, {Mode: LockGovernance, Days: 1, Years: 1}, {Mode: LockGovernance, Days: MaxRetentionDays + 1}} {
		assert.ErrorIs(t, b.SetObjectLock(t.Context(), d), ErrInvalidArgument)
	}
}
