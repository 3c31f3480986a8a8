package objstore

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDeleteOfWhatWasJudged deletes what a walk has seen, after something
// happened to it.
func TestDeleteOfWhatWasJudged(t *testing.T) {
	for _, tt := range []struct {
		why        string
		versioning Versioning
		latest     bool // the latest version was judged, else the one before
		byID       bool
		alone      bool
		meanwhile  func(f *fixture, b *Bucket)
		want       Code
	}{
		{why: "nothing happened", versioning: VersioningEnabled, latest: true},
		{why: "nothing happened to a null version", latest: true},
		{why: "an object was overwritten", latest: true, meanwhile: func(f *fixture, b *Bucket) { f.put(b, "k", "x") }, want: ErrPreconditionFailed},
		{why: "a newer version was written", versioning: VersioningEnabled, latest: true, meanwhile: func(f *fixture, b *Bucket) { f.put(b, "k", "x") }, want: ErrPreconditionFailed},
		{why: "the object was deleted", versioning: VersioningEnabled, latest: true, meanwhile: func(f *fixture, b *Bucket) {
			_, err := b.Delete(f.t.Context(), DeleteRequest{Key: "k"})
			require.NoError(f.t, err)
		}, want: ErrPreconditionFailed},
		{why: "an old version, by its id", versioning: VersioningEnabled, byID: true},
		{why: "it is the latest again", versioning: VersioningEnabled, byID: true, meanwhile: func(f *fixture, b *Bucket) {
			_, err := b.Delete(f.t.Context(), DeleteRequest{Key: "k", Version: f.current(b, "k")})
			require.NoError(f.t, err)
		}, want: ErrPreconditionFailed},
		{why: "another version hides behind it", versioning: VersioningEnabled, latest: true, byID: true, alone: true, want: ErrPreconditionFailed},
		{why: "the latest, by its id", versioning: VersioningEnabled, latest: true, byID: true},
	} {
		t.Run(tt.why, func(t *testing.T) {
			f := newFixture(t, nil)
			b := f.bucket("bkt", tt.versioning)
			old := f.put(b, "k", "one")
			f.clock.Advance(time.Second)
			seen := f.put(b, "k", "two")
			f.clock.Advance(time.Second)
			if !tt.latest {
				seen = old
			}
			r := DeleteRequest{Key: "k", Judged: &Judged{VersionID: seen.VersionID, ModTime: seen.ModTime, Latest: tt.latest, Alone: tt.alone}}
			if tt.byID {
				r.Version = seen.VersionID
			}
			if tt.meanwhile != nil {
				tt.meanwhile(f, b)
			}
			results, err := b.DeleteMany(t.Context(), []DeleteRequest{r})
			require.NoError(t, err)
			if tt.want == "" {
				assert.NoError(t, results[0].Err)
			} else {
				assert.ErrorIs(t, results[0].Err, tt.want)
			}
			f.audit()
		})
	}
}

func TestDeleteOfLonelyMarker(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("bkt", VersioningEnabled)
	marker, err := b.Delete(t.Context(), DeleteRequest{Key: "k"})
	require.NoError(t, err)
	r := DeleteRequest{Key: "k", Version: marker.Version, Judged: &Judged{VersionID: marker.Version, ModTime: f.clock.Now(), Latest: true, Alone: true}}
	v := f.put(b, "k", "x")
	_, err = b.Delete(t.Context(), r)
	require.ErrorIs(t, err, ErrPreconditionFailed, "somebody wrote over it")
	_, err = b.Delete(t.Context(), DeleteRequest{Key: "k", Version: v.VersionID})
	require.NoError(t, err)
	_, err = b.Delete(t.Context(), r)
	require.NoError(t, err)
	_, err = b.Delete(t.Context(), r)
	require.NoError(t, err, "what is gone is gone")
	f.audit()
}
