package storetest

import (
	"crypto/md5"
	"encoding/hex"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore"
)

func objectCases() []testCase {
	return []testCase{
		{
			name: "sizes",
			why:  "bodies are stored in different ways by size; none may show",
			run: func(e *env) {
				for i, n := range []int{0, 1, 4095, 4096, 4097, 65536, 256 << 10, 256<<10 + 1, 1 << 20, 3<<20 + 5} {
					body := bodyOf(n, byte(i))
					info := e.put("o", string(body))
					sum := md5.Sum(body)
					assert.Equal(e.t, hex.EncodeToString(sum[:]), info.ETag, "%d bytes", n)
					got, data, err := e.Objects.Get(e.ctx, e.bucket, "o", Read{})
					require.NoError(e.t, err)
					assert.True(e.t, string(body) == string(data), "%d bytes", n)
					assert.Equal(e.t, int64(n), got.Size)
					assert.Equal(e.t, info.ETag, got.ETag)
				}
			},
		}, {
			name: "ranges",
			why:  "clients read large objects in pieces and put them together",
			run: func(e *env) {
				for i, n := range []int{10, 5000, 300_000} {
					body := bodyOf(n, byte(i))
					e.put("o", string(body))
					for _, r := range [][2]int{{0, n}, {0, 1}, {n - 1, 1}, {3, n / 2}, {n / 2, n - n/2}} {
						_, data, err := e.Objects.Get(e.ctx, e.bucket, "o", Read{Ranged: true, Off: int64(r[0]), N: int64(r[1])})
						require.NoError(e.t, err)
						assert.True(e.t, string(body[r[0]:r[0]+r[1]]) == string(data), "%d bytes from %d of %d", r[1], r[0], n)
					}
				}
			},
		}, {
			name: "overwrite",
			why:  "the last writer wins and the totals count one object",
			run: func(e *env) {
				e.put("o", "first")
				e.put("o", string(bodyOf(10_000, 1)))
				e.put("o", "3")
				assert.Equal(e.t, "3", e.get("o", ""))
				assert.Equal(e.t, []string{"o"}, e.keys())
			},
		}, {
			name: "delete missing",
			why:  "a delete is idempotent: its answer may get lost and be asked again",
			run: func(e *env) {
				e.delete("never", "")
				e.put("o", "x")
				e.delete("o", "")
				e.delete("o", "")
				e.gone("o")
			},
		}, {
			name: "missing bucket",
			why:  "a client must be able to tell a missing bucket from a missing key",
			run: func(e *env) {
				_, err := e.Objects.Put(e.ctx, e.bucket+"-none", "o", nil, objstore.Conditions{})
				e.fails(err, objstore.ErrNoSuchBucket)
				_, _, err = e.Objects.Get(e.ctx, e.bucket+"-none", "o", Read{})
				e.fails(err, objstore.ErrNoSuchBucket)
				_, err = e.Lists.Objects(e.ctx, e.bucket+"-none", objstore.ListQuery{Limit: 1})
				e.fails(err, objstore.ErrNoSuchBucket)
			},
		}, {
			name: "bucket with objects",
			why:  "deleting a bucket never deletes objects",
			run: func(e *env) {
				e.put("o", "x")
				e.fails(e.Buckets.Delete(e.ctx, e.bucket), objstore.ErrBucketNotEmpty)
				e.delete("o", "")
				require.NoError(e.t, e.Buckets.Delete(e.ctx, e.bucket))
				_, _, err := e.Objects.Get(e.ctx, e.bucket, "o", Read{})
				e.fails(err, objstore.ErrNoSuchBucket)
				require.NoError(e.t, e.Buckets.Create(e.ctx, e.bucket), "the name is free again")
				assert.Empty(e.t, e.keys(), "and the bucket of that name is another one")
			},
		},
	}
}

func conditionCases() []testCase {
	var cases []testCase
	for _, c := range []struct {
		name, why string
		before    string // the body that is there; "" = none
		cond      func(etag string) objstore.Conditions
		want      objstore.Code // "" = the write succeeds
	}{
		{"create only, free", "If-None-Match: * is how clients create without overwriting", "", noneMatch, ""},
		{"create only, taken", "and the loser must learn of it", "old", noneMatch, objstore.ErrPreconditionFailed},
		{"replace the known", "If-Match is compare-and-swap", "old", match, ""},
		{"replace another", "a changed object must not be overwritten unseen", "old",
			func(string) objstore.Conditions {
				return objstore.Conditions{IfMatch: []string{"00000000000000000000000000000000"}}
			},
			objstore.ErrPreconditionFailed},
		{"replace nothing", "S3 answers NoSuchKey where there is nothing to compare with", "",
			func(string) objstore.Conditions {
				return objstore.Conditions{IfMatch: []string{"00000000000000000000000000000000"}}
			},
			objstore.ErrNoSuchKey},
	} {
		cases = append(cases, testCase{name: "put: " + c.name, why: c.why, run: func(e *env) {
			etag := ""
			if c.before != "" {
				etag = e.put("o", c.before).ETag
			}
			_, err := e.Objects.Put(e.ctx, e.bucket, "o", []byte("new"), c.cond(etag))
			if c.want == "" {
				require.NoError(e.t, err)
				assert.Equal(e.t, "new", e.get("o", ""))
				return
			}
			e.fails(err, c.want)
			if c.before != "" {
				assert.Equal(e.t, c.before, e.get("o", ""), "a refused write changes nothing")
			} else {
				e.gone("o")
			}
		}})
	}
	return append(cases, readConditionCases()...)
}

func noneMatch(string) objstore.Conditions  { return objstore.Conditions{IfNoneMatch: []string{"*"}} }
func match(etag string) objstore.Conditions { return objstore.Conditions{IfMatch: []string{etag}} }
func differs(etag string) objstore.Conditions {
	return objstore.Conditions{IfNoneMatch: []string{etag}}
}

func readConditionCases() []testCase {
	return []testCase{{
		name: "get",
		why:  "caches revalidate with If-None-Match, resumed downloads guard with If-Match (RFC 9110, section 13)",
		run: func(e *env) {
			etag := e.put("o", "x").ETag
			for _, c := range []struct {
				cond objstore.Conditions
				want objstore.Code
			}{
				{match(etag), ""},
				{match("other"), objstore.ErrPreconditionFailed},
				{match("*"), ""},
				{differs(etag), objstore.ErrNotModified},
				{differs("other"), ""},
				{differs("*"), objstore.ErrNotModified},
			} {
				_, data, err := e.Objects.Get(e.ctx, e.bucket, "o", Read{If: c.cond})
				if c.want == "" {
					require.NoError(e.t, err, "%+v", c.cond)
					assert.Equal(e.t, "x", string(data))
				} else {
					e.fails(err, c.want)
				}
			}
		},
	}}
}

func copyCases() []testCase {
	return []testCase{
		{
			name: "independent",
			why:  "a copy shares bytes with its source, which must not show when either is gone",
			run: func(e *env) {
				for _, n := range []int{0, 100, 100_000} {
					body := string(bodyOf(n, 7))
					etag := e.put("src", body).ETag
					info, err := e.Objects.Copy(e.ctx, e.bucket, "dst", Source{Bucket: e.bucket, Key: "src"})
					require.NoError(e.t, err)
					assert.Equal(e.t, etag, info.ETag)
					e.put("src", "other")
					assert.True(e.t, body == e.get("dst", ""), "after the source was overwritten")
					e.delete("src", "")
					assert.True(e.t, body == e.get("dst", ""), "after the source was deleted")
				}
			},
		}, {
			name: "onto itself",
			why:  "clients do so to change metadata; the bytes must survive the removal of the old version",
			run: func(e *env) {
				body := string(bodyOf(50_000, 9))
				e.put("o", body)
				for range 3 {
					_, err := e.Objects.Copy(e.ctx, e.bucket, "o", Source{Bucket: e.bucket, Key: "o"})
					require.NoError(e.t, err)
				}
				assert.True(e.t, body == e.get("o", ""))
			},
		}, {
			name: "missing source",
			why:  "nothing is made of nothing",
			run: func(e *env) {
				_, err := e.Objects.Copy(e.ctx, e.bucket, "dst", Source{Bucket: e.bucket, Key: "none"})
				e.fails(err, objstore.ErrNoSuchKey)
				e.gone("dst")
			},
		},
	}
}
