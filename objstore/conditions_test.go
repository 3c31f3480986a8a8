package objstore

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReadConditions(t *testing.T) {
	f := newFixture(t, nil)
	f.clock.Advance(500 * time.Millisecond)
	b := f.bucket("photos", VersioningOff)
	info := f.put(b, "k", "body")
	same, earlier, later := info.ModTime.Truncate(time.Second), info.ModTime.Add(-time.Minute), info.ModTime.Add(time.Minute)
	good, bad := []string{info.ETag}, []string{"0123"}
	tests := []struct {
		c         Conditions
		want      Code
		condition string
		why       string
	}{
		{Conditions{}, "", "", "no conditions"},
		{Conditions{IfMatch: good}, "", "", "it matches"},
		{Conditions{IfMatch: []string{"x", info.ETag}}, "", "", "one of the list matches"},
		{Conditions{IfMatch: []string{"*"}}, "", "", "the object exists"},
		{Conditions{IfMatch: bad}, ErrPreconditionFailed, "If-Match", "it does not match"},
		{Conditions{IfNoneMatch: good}, ErrNotModified, "If-None-Match", "the client has it"},
		{Conditions{IfNoneMatch: []string{"*"}}, ErrNotModified, "If-None-Match", "any object matches"},
		{Conditions{IfNoneMatch: bad}, "", "", "the client has another one"},
		{Conditions{IfUnmodifiedSince: earlier}, ErrPreconditionFailed, "If-Unmodified-Since", "modified since"},
		{Conditions{IfUnmodifiedSince: same}, "", "", "HTTP dates have seconds: the fraction must not count"},
		{Conditions{IfUnmodifiedSince: later}, "", "", "not modified since"},
		{Conditions{IfModifiedSince: earlier}, "", "", "modified since"},
		{Conditions{IfModifiedSince: same}, ErrNotModified, "If-Modified-Since", "in the same second"},
		{Conditions{IfModifiedSince: later}, ErrNotModified, "If-Modified-Since", "not modified since"},
		{Conditions{IfMatch: good, IfUnmodifiedSince: earlier}, "", "", "S3: If-Match true, If-Unmodified-Since false: 200"},
		{Conditions{IfMatch: bad, IfUnmodifiedSince: later}, ErrPreconditionFailed, "If-Match", "If-Match overrules"},
		{Conditions{IfNoneMatch: good, IfModifiedSince: earlier}, ErrNotModified, "If-None-Match", "S3: If-None-Match false, If-Modified-Since true: 304"},
		{Conditions{IfNoneMatch: bad, IfModifiedSince: later}, "", "", "If-None-Match overrules"},
		{Conditions{IfMatch: bad, IfNoneMatch: good}, ErrPreconditionFailed, "If-Match", "If-Match is judged first"},
		{Conditions{IfUnmodifiedSince: earlier, IfNoneMatch: good}, ErrPreconditionFailed, "If-Unmodified-Since", "judged second"},
	}
	o, err := b.Object(t.Context(), "k", &GetOptions{NoBody: true})
	require.NoError(t, err)
	defer o.Close()
	for _, tt := range tests {
		requireCondition(t, o.Check(tt.c), tt.want, tt.condition, tt.why)
	}
}

func requireCondition(t *testing.T, err error, want Code, condition, why string) {
	t.Helper()
	if want == "" {
		require.NoError(t, err, why)
		return
	}
	require.ErrorIs(t, err, want, why)
	assert.Equal(t, condition, err.(*Error).Condition, why)
}

func TestWriteConditions(t *testing.T) {
	const present, absent, hidden = "present", "absent", "hidden"
	f := newFixture(t, nil)
	b := f.bucket("photos", VersioningEnabled)
	etag := f.put(b, present, "body").ETag
	f.put(b, hidden, "body")
	_, err := b.Delete(t.Context(), DeleteRequest{Key: hidden})
	require.NoError(t, err)
	at := f.clock.Now()
	tests := []struct {
		key       string
		c         Conditions
		want      Code
		condition string
		why       string
	}{
		{present, Conditions{IfNoneMatch: []string{"*"}}, ErrPreconditionFailed, "If-None-Match", "the key exists"},
		{absent, Conditions{IfNoneMatch: []string{"*"}}, "", "", "the key is free"},
		{hidden, Conditions{IfNoneMatch: []string{"*"}}, "", "", "S3: a delete marker is no object"},
		{present, Conditions{IfMatch: []string{etag}}, "", "", "unchanged"},
		{present, Conditions{IfMatch: []string{"*"}}, "", "", "it exists"},
		{present, Conditions{IfMatch: []string{"0123"}}, ErrPreconditionFailed, "If-Match", "changed"},
		{absent, Conditions{IfMatch: []string{etag}}, ErrNoSuchKey, "If-Match", "S3: 404 for a missing key"},
		{hidden, Conditions{IfMatch: []string{"*"}}, ErrNoSuchKey, "If-Match", "S3: 404 for a delete marker"},
		{present, Conditions{IfUnmodifiedSince: at.Add(-time.Second)}, ErrPreconditionFailed, "If-Unmodified-Since", "modified since"},
		{present, Conditions{IfUnmodifiedSince: at}, "", "", "not modified since"},
		{present, Conditions{IfModifiedSince: at.Add(time.Hour)}, "", "", "RFC 9110, 13.1.3: for reads only"},
	}
	for _, tt := range tests {
		t.Run(tt.key, func(t *testing.T) {
			before, err := b.Totals(t.Context())
			require.NoError(t, err)
			for _, size := range []int{4, 5000} {
				_, err := b.Put(t.Context(), tt.key, zeroes(size), &PutOptions{If: tt.c})
				if tt.want != "" {
					requireCondition(t, err, tt.want, tt.condition, tt.why)
					continue
				}
				require.NoError(t, err, tt.why)
				_, err = b.Delete(t.Context(), DeleteRequest{Key: tt.key, Version: f.current(b, tt.key)})
				require.NoError(t, err)
			}
			u, err := b.CreateUpload(t.Context(), tt.key, &UploadOptions{If: tt.c})
			if tt.want != "" {
				requireCondition(t, err, tt.want, tt.condition, tt.why)
			} else {
				require.NoError(t, err, tt.why)
				require.NoError(t, u.Abort(t.Context()))
			}
			after, err := b.Totals(t.Context())
			require.NoError(t, err)
			assert.Equal(t, before, after)
		})
	}
	f.audit()
}

// What held when an upload began must hold when it is completed: minio-go states
// conditions at the beginning alone.
func TestUploadConditions(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("photos", VersioningOff)
	first := f.put(b, "update", "first")
	free, list := f.uploadOf(b, "create", &UploadOptions{If: Conditions{IfNoneMatch: []string{"*"}}}, "parts")
	same, sameList := f.uploadOf(b, "update", &UploadOptions{If: Conditions{IfMatch: []string{first.ETag}}}, "parts")

	f.put(b, "create", "somebody else's")
	changed := f.put(b, "update", "somebody else's")
	_, err := free.Complete(t.Context(), list, nil)
	requireCondition(t, err, ErrPreconditionFailed, "If-None-Match", "somebody was faster")
	_, err = same.Complete(t.Context(), sameList, nil)
	requireCondition(t, err, ErrPreconditionFailed, "If-Match", "somebody was faster")
	_, err = same.Complete(t.Context(), sameList, &CompleteOptions{If: Conditions{IfMatch: []string{changed.ETag}}})
	requireCondition(t, err, ErrPreconditionFailed, "If-Match", "both conditions count")

	_, err = b.Delete(t.Context(), DeleteRequest{Key: "create"})
	require.NoError(t, err)
	again, err := b.Upload(t.Context(), "create", free.Info().ID)
	require.NoError(t, err)
	_, err = again.Complete(t.Context(), list, nil)
	require.NoError(t, err, "the upload was not lost")
	_, err = again.Complete(t.Context(), list, nil)
	require.NoError(t, err, "a retry is answered, and not judged by the object that it made")
	require.NoError(t, same.Abort(t.Context()))
	f.clean(1)
}
