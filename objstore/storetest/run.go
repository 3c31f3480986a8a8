package storetest

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore"
)

// Test runs all cases that the target has the operations for. Each case gets a
// Target from open, and makes buckets of its own in it, so that open may return
// the same one again.
func Test(t *testing.T, open func(t *testing.T) Target) {
	n := 0
	for _, group := range []struct {
		name  string
		cases []testCase
		needs func(Target) bool
	}{
		{"keys", keyCases(), everything},
		{"objects", objectCases(), everything},
		{"conditions", conditionCases(), everything},
		{"copies", copyCases(), everything},
		{"lists", listCases(), everything},
		{"versions", versionCases(), func(tg Target) bool { return tg.Versions != nil }},
		{"uploads", uploadCases(), func(tg Target) bool { return tg.Uploads != nil }},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, c := range group.cases {
				n++
				bucket := "kit-" + strconv.Itoa(n)
				t.Run(c.name, func(t *testing.T) {
					target := open(t)
					if !group.needs(target) {
						t.Skip("the target does not have these operations")
					}
					run(t, target, bucket, c)
				})
			}
		})
	}
}

func everything(Target) bool { return true }

// testCase is one rule and why it exists.
type testCase struct {
	name string
	why  string
	run  func(*env)
}

func run(t *testing.T, target Target, bucket string, c testCase) {
	defer func() {
		if t.Failed() {
			t.Log("why this case exists: " + c.why)
		}
	}()
	if target.MinPartSize == 0 {
		target.MinPartSize = objstore.MinPartSize
	}
	e := &env{t: t, ctx: t.Context(), Target: target, bucket: bucket}
	require.NoError(t, target.Buckets.Create(e.ctx, bucket))
	c.run(e)
	e.checkTotals()
}

// env is what a case runs in: a target and a bucket of its own.
type env struct {
	Target
	t      *testing.T
	ctx    context.Context
	bucket string
}

func (e *env) put(key, body string) objstore.ObjectInfo {
	e.t.Helper()
	info, err := e.Objects.Put(e.ctx, e.bucket, key, []byte(body), objstore.Conditions{})
	require.NoError(e.t, err, "put %q", key)
	return info
}

func (e *env) get(key, version string) string {
	e.t.Helper()
	_, body, err := e.Objects.Get(e.ctx, e.bucket, key, Read{Version: version})
	require.NoError(e.t, err, "get %q %s", key, version)
	return string(body)
}

func (e *env) delete(key, version string) objstore.DeleteResult {
	e.t.Helper()
	res, err := e.Objects.Delete(e.ctx, e.bucket, objstore.DeleteRequest{Key: key, Version: version})
	require.NoError(e.t, err, "delete %q %s", key, version)
	return res
}

// fails checks that an operation was refused with a code.
func (e *env) fails(err error, want objstore.Code, msg ...any) {
	e.t.Helper()
	if assert.Error(e.t, err, msg...) {
		assert.Equal(e.t, want, objstore.CodeOf(err), msg...)
	}
}

func (e *env) gone(key string) {
	e.t.Helper()
	_, _, err := e.Objects.Get(e.ctx, e.bucket, key, Read{})
	e.fails(err, objstore.ErrNoSuchKey, fmt.Sprintf("get %q", key))
}

// keys returns all current keys, page by page.
func (e *env) keys() []string {
	e.t.Helper()
	var keys []string
	for q := (objstore.ListQuery{Limit: 7}); ; {
		page, err := e.Lists.Objects(e.ctx, e.bucket, q)
		require.NoError(e.t, err)
		for _, o := range page.Objects {
			keys = append(keys, o.Key)
		}
		if !page.Truncated {
			return keys
		}
		require.Greater(e.t, page.Next, q.After, "a page that makes no progress")
		q.After = page.Next
	}
}

// allVersions returns all versions, page by page.
func (e *env) allVersions() []objstore.ObjectInfo {
	e.t.Helper()
	var all []objstore.ObjectInfo
	for q := (objstore.VersionsQuery{Limit: 3}); ; {
		page, err := e.Versions.List(e.ctx, e.bucket, q)
		require.NoError(e.t, err)
		all = append(all, page.Versions...)
		if !page.Truncated {
			return all
		}
		require.NotEqual(e.t, [2]string{q.AfterKey, q.AfterVersion}, [2]string{page.NextKey, page.NextVersion}, "a page that makes no progress")
		q.AfterKey, q.AfterVersion = page.NextKey, page.NextVersion
	}
}

// checkTotals compares the totals of the bucket with what its lists show.
func (e *env) checkTotals() {
	e.t.Helper()
	if e.Totals == nil || e.Versions == nil || e.t.Failed() {
		return
	}
	var want objstore.Totals
	for _, v := range e.allVersions() {
		switch {
		case v.DeleteMarker:
			want.DeleteMarkers++
		case v.IsLatest:
			want.Objects++
			want.Bytes += v.Size
			want.RoundedBytes += round(v.Size)
		default:
			want.Noncurrent++
			want.NoncurrentBytes += v.Size
			want.RoundedBytes += round(v.Size)
		}
	}
	e.countUploads(&want)
	got, err := e.Totals(e.ctx, e.bucket)
	require.NoError(e.t, err)
	assert.Equal(e.t, want, got, "totals are what the lists show")
}

func round(n int64) int64 { return (n + 4095) / 4096 * 4096 }

func (e *env) countUploads(want *objstore.Totals) {
	e.t.Helper()
	if e.Uploads == nil {
		return
	}
	page, err := e.Uploads.List(e.ctx, e.bucket, objstore.UploadsQuery{Limit: 1000})
	require.NoError(e.t, err)
	for _, u := range page.Uploads {
		want.Uploads++
		parts, err := e.Uploads.Parts(e.ctx, UploadName{e.bucket, u.Key, u.ID}, 0, 1000)
		require.NoError(e.t, err)
		for _, p := range parts.Parts {
			want.Parts++
			want.PartBytes += p.Size
			want.RoundedBytes += round(p.Size)
		}
	}
}

// bodyOf returns n bytes that depend on seed.
func bodyOf(n int, seed byte) []byte {
	line := []byte{seed, seed ^ 0x55, 0, '\n', seed + 1, 0xFF, 0x80}
	return bytes.Repeat(line, n/len(line)+1)[:n]
}
