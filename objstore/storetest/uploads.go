package storetest

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore"
)

// upload is a multipart upload in a case.
type upload struct {
	*env
	name  UploadName
	parts []objstore.CompletePart
}

func (e *env) upload(key string) *upload {
	e.t.Helper()
	id, err := e.Uploads.Create(e.ctx, e.bucket, key)
	require.NoError(e.t, err)
	return &upload{env: e, name: UploadName{e.bucket, key, id}}
}

// part uploads a part and adds it to those to complete with.
func (u *upload) part(number int, body []byte) objstore.PartInfo {
	u.t.Helper()
	p, err := u.Uploads.PutPart(u.ctx, u.name, number, body)
	require.NoError(u.t, err)
	assert.Equal(u.t, etagOf(body), p.ETag)
	u.parts = append(u.parts, objstore.CompletePart{Number: number, ETag: p.ETag})
	return p
}

// etagOf returns the ETag of a body that was written at once.
func etagOf(body []byte) string {
	sum := md5.Sum(body)
	return hex.EncodeToString(sum[:])
}

func (u *upload) complete() (objstore.ObjectInfo, error) {
	return u.Uploads.Finish(u.ctx, u.name, Finish{Parts: u.parts})
}

func uploadCases() []testCase {
	return slices.Concat(completeCases(), completeAgainCases(), refusedCases(), refusedPartCases(), finishedCases(), uploadListCases())
}

func completeCases() []testCase {
	return []testCase{
		{
			name: "complete", why: "the object is the parts in order of their numbers, with S3's ETag of MD5s",
			run: func(e *env) {
				u := e.upload("o")
				first, second, third := bodyOf(e.MinPartSize, 1), bodyOf(e.MinPartSize+100, 2), bodyOf(10, 3)
				u.part(1, first)
				u.part(5, second)
				u.part(9999, third)
				e.checkTotals()
				e.gone("o")
				info, err := u.complete()
				require.NoError(e.t, err)
				var sums []byte
				for _, b := range [][]byte{first, second, third} {
					sum := md5.Sum(b)
					sums = append(sums, sum[:]...)
				}
				whole := md5.Sum(sums)
				assert.Equal(e.t, hex.EncodeToString(whole[:])+"-3", info.ETag)
				assert.True(e.t, string(first)+string(second)+string(third) == e.get("o", ""))
			},
		}, {
			name: "fewer parts than uploaded", why: "parts that are not listed are dropped",
			run: func(e *env) {
				u := e.upload("o")
				u.part(1, bodyOf(e.MinPartSize, 1))
				u.part(2, bodyOf(e.MinPartSize, 2))
				u.part(3, bodyOf(e.MinPartSize, 3))
				u.parts = u.parts[1:2]
				_, err := u.complete()
				require.NoError(e.t, err)
				assert.True(e.t, string(bodyOf(e.MinPartSize, 2)) == e.get("o", ""))
			},
		}, {
			name: "part again", why: "a client repeats a part whose answer it did not get; the later one counts",
			run: func(e *env) {
				u := e.upload("o")
				u.part(1, bodyOf(100, 1))
				u.parts = nil
				u.part(1, bodyOf(200, 2))
				e.checkTotals()
				_, err := u.complete()
				require.NoError(e.t, err)
				assert.True(e.t, string(bodyOf(200, 2)) == e.get("o", ""))
			},
		},
	}
}

func completeAgainCases() []testCase {
	return []testCase{
		{
			name: "complete again", why: "the answer to a slow Complete is often lost, and the client asks again",
			run: func(e *env) {
				u := e.upload("o")
				u.part(1, bodyOf(100, 1))
				first, err := u.complete()
				require.NoError(e.t, err)
				again, err := u.complete()
				require.NoError(e.t, err)
				assert.Equal(e.t, first.ETag, again.ETag)
				assert.Equal(e.t, first.VersionID, again.VersionID)
				u.parts = append(u.parts, objstore.CompletePart{Number: 2, ETag: "x"})
				_, err = u.complete()
				e.fails(err, objstore.ErrNoSuchUpload, "another list is another request")
			},
		}, {
			name: "empty part", why: "an object of one part of no bytes is legal: that is how clients stream nothing",
			run: func(e *env) {
				u := e.upload("o")
				u.part(1, nil)
				_, err := u.complete()
				require.NoError(e.t, err)
				assert.Equal(e.t, "", e.get("o", ""))
			},
		}, {
			name: "over an object", why: "Complete replaces what is there, as a put does",
			run: func(e *env) {
				e.put("o", "old")
				u := e.upload("o")
				u.part(1, bodyOf(e.MinPartSize, 1))
				assert.Equal(e.t, "old", e.get("o", ""))
				_, err := u.complete()
				require.NoError(e.t, err)
				assert.True(e.t, string(bodyOf(e.MinPartSize, 1)) == e.get("o", ""))
				assert.Equal(e.t, []string{"o"}, e.keys())
			},
		}, {
			name: "copied parts", why: "parts may be slices of objects, small and large ones, and outlive them",
			run: func(e *env) {
				large := bodyOf(3*e.MinPartSize, 4)
				e.put("large", string(large))
				e.put("small", "0123456789")
				u := e.upload("o")
				for i, c := range []struct {
					key    string
					off, n int64
					want   []byte
				}{
					{"large", 0, -1, large},
					{"large", 3, int64(e.MinPartSize), large[3 : 3+e.MinPartSize]},
					{"small", 2, 3, []byte("234")},
				} {
					p, err := e.Uploads.CopyPart(e.ctx, u.name, i+1, Source{Bucket: e.bucket, Key: c.key}, c.off, c.n)
					require.NoError(e.t, err)
					assert.Equal(e.t, etagOf(c.want), p.ETag, "the ETag of a part is the MD5 of its bytes")
					u.parts = append(u.parts, objstore.CompletePart{Number: i + 1, ETag: p.ETag})
				}
				e.delete("large", "")
				e.delete("small", "")
				_, err := u.complete()
				require.NoError(e.t, err)
				assert.True(e.t, string(large)+string(large[3:3+e.MinPartSize])+"234" == e.get("o", ""))
			},
		},
	}
}

func refusedCases() []testCase {
	cases := []testCase{}
	for _, c := range []struct {
		name, why string
		change    func(u *upload)
		want      objstore.Code
	}{
		{"no parts", "an object is not made of nothing", func(u *upload) { u.parts = nil }, objstore.ErrInvalidRequest},
		{"wrong order", "S3 wants ascending numbers", func(u *upload) { u.parts[0], u.parts[1] = u.parts[1], u.parts[0] }, objstore.ErrInvalidPartOrder},
		{"twice", "and each once", func(u *upload) { u.parts[1] = u.parts[0] }, objstore.ErrInvalidPartOrder},
		{"missing part", "a part that was never uploaded is not left out silently", func(u *upload) { u.parts[1].Number = 7 }, objstore.ErrInvalidPart},
		{"other ETag", "the client knows other bytes by that number", func(u *upload) { u.parts[0].ETag = u.parts[1].ETag }, objstore.ErrInvalidPart},
		{"too small", "all parts but the last have a least size", func(u *upload) { u.part(3, bodyOf(1, 1)); u.part(4, bodyOf(1, 2)) }, objstore.ErrEntityTooSmall},
	} {
		cases = append(cases, testCase{name: "refused: " + c.name, why: c.why, run: func(e *env) {
			u := e.upload("o")
			u.part(1, bodyOf(e.MinPartSize, 1))
			u.part(2, bodyOf(e.MinPartSize, 2))
			good := append([]objstore.CompletePart(nil), u.parts...)
			c.change(u)
			_, err := u.complete()
			e.fails(err, c.want)
			e.gone("o")
			u.parts = good
			_, err = u.complete()
			require.NoError(e.t, err, "a refused Complete leaves the upload as it was")
		}})
	}
	return cases
}

func refusedPartCases() []testCase {
	return []testCase{{
		name: "refused: conditions", why: "Complete is a write with conditions like a put",
		run: func(e *env) {
			e.put("o", "old")
			u := e.upload("o")
			u.part(1, bodyOf(10, 1))
			_, err := e.Uploads.Finish(e.ctx, u.name, Finish{Parts: u.parts, If: noneMatch("")})
			e.fails(err, objstore.ErrPreconditionFailed)
			assert.Equal(e.t, "old", e.get("o", ""))
			e.delete("o", "")
			_, err = e.Uploads.Finish(e.ctx, u.name, Finish{Parts: u.parts, If: noneMatch("")})
			require.NoError(e.t, err)
		},
	}, {
		name: "part numbers", why: "numbers are 1 to 10000",
		run: func(e *env) {
			u := e.upload("o")
			for _, n := range []int{-1, 0, 10001, 65537} {
				_, err := e.Uploads.PutPart(e.ctx, u.name, n, nil)
				e.fails(err, objstore.ErrInvalidArgument, fmt.Sprint(n))
			}
			u.part(10000, nil)
		},
	}, {
		name: "copied ranges", why: "a range outside of the source is not filled up with anything",
		run: func(e *env) {
			e.put("src", "0123456789")
			u := e.upload("o")
			for _, r := range [][2]int64{{10, -1}, {11, -1}, {-1, 5}, {0, 11}, {5, 6}, {0, 0}} {
				_, err := e.Uploads.CopyPart(e.ctx, u.name, 1, Source{Bucket: e.bucket, Key: "src"}, r[0], r[1])
				e.fails(err, objstore.ErrInvalidRange, fmt.Sprint(r))
			}
		},
	}}
}

func finishedCases() []testCase {
	return []testCase{{
		name: "abort", why: "an aborted upload is gone with its parts, and stays gone",
		run: func(e *env) {
			u := e.upload("o")
			u.part(1, bodyOf(e.MinPartSize, 1))
			_, err := e.Uploads.Finish(e.ctx, u.name, Finish{Abort: true})
			require.NoError(e.t, err)
			e.checkTotals()
			_, err = e.Uploads.Finish(e.ctx, u.name, Finish{Abort: true})
			e.fails(err, objstore.ErrNoSuchUpload)
			_, err = u.complete()
			e.fails(err, objstore.ErrNoSuchUpload)
			_, err = e.Uploads.PutPart(e.ctx, u.name, 1, nil)
			e.fails(err, objstore.ErrNoSuchUpload)
			_, err = e.Uploads.Parts(e.ctx, u.name, 0, 10)
			e.fails(err, objstore.ErrNoSuchUpload)
		},
	}, {
		name: "finished", why: "a completed upload takes no parts and cannot be aborted: the object is there",
		run: func(e *env) {
			u := e.upload("o")
			u.part(1, bodyOf(10, 1))
			_, err := u.complete()
			require.NoError(e.t, err)
			_, err = e.Uploads.Finish(e.ctx, u.name, Finish{Abort: true})
			e.fails(err, objstore.ErrNoSuchUpload)
			_, err = e.Uploads.PutPart(e.ctx, u.name, 2, nil)
			e.fails(err, objstore.ErrNoSuchUpload)
			assert.Equal(e.t, string(bodyOf(10, 1)), e.get("o", ""))
		},
	}, {
		name: "of another key", why: "an upload id is good for its own key only",
		run: func(e *env) {
			u := e.upload("o")
			u.name.Key = "p"
			_, err := e.Uploads.PutPart(e.ctx, u.name, 1, nil)
			e.fails(err, objstore.ErrNoSuchUpload)
			for _, id := range []string{"", "x", "../..", u.name.ID + "0"} {
				_, err = e.Uploads.PutPart(e.ctx, UploadName{e.bucket, "o", id}, 1, nil)
				e.fails(err, objstore.ErrNoSuchUpload, id)
			}
		},
	}, {
		name: "bucket with uploads", why: "unfinished uploads do not keep a bucket from being deleted, and go with it",
		run: func(e *env) {
			u := e.upload("o")
			u.part(1, bodyOf(e.MinPartSize, 1))
			require.NoError(e.t, e.Buckets.Delete(e.ctx, e.bucket))
			_, err := u.complete()
			e.fails(err, objstore.ErrNoSuchBucket)
			require.NoError(e.t, e.Buckets.Create(e.ctx, e.bucket))
			_, err = u.complete()
			e.fails(err, objstore.ErrNoSuchUpload, "a new bucket of that name knows nothing of it")
		},
	}}
}

func uploadListCases() []testCase {
	return []testCase{{
		name: "list parts", why: "a client resumes an upload from the list of its parts",
		run: func(e *env) {
			u := e.upload("o")
			for _, n := range []int{3, 1, 10000, 256, 2} {
				u.part(n, bodyOf(n%7, 1))
			}
			for _, limit := range []int{1, 2, 5, 100} {
				var numbers []int
				for after := 0; ; {
					page, err := e.Uploads.Parts(e.ctx, u.name, after, limit)
					require.NoError(e.t, err)
					for _, p := range page.Parts {
						numbers = append(numbers, p.Number)
						after = p.Number
						assert.Equal(e.t, int64(p.Number%7), p.Size)
					}
					if !page.Truncated {
						break
					}
				}
				assert.Equal(e.t, []int{1, 2, 3, 256, 10000}, numbers, "limit %d", limit)
			}
		},
	}, {
		name: "list uploads", why: "uploads are listed by key and then by age, so that old ones are found and aborted",
		run: func(e *env) {
			names := []string{"a", "d/a", "d/b", "d/b\x00", "e"}
			byKey := map[string][]string{}
			for range 2 {
				for _, n := range names {
					byKey[n] = append(byKey[n], e.upload(n).name.ID)
				}
			}
			for _, limit := range []int{1, 2, 3, 100} {
				got := map[string][]string{}
				var keys []string
				for q := (objstore.UploadsQuery{Limit: limit}); ; {
					page, err := e.Uploads.List(e.ctx, e.bucket, q)
					require.NoError(e.t, err)
					for _, u := range page.Uploads {
						got[u.Key] = append(got[u.Key], u.ID)
						keys = append(keys, u.Key)
					}
					if !page.Truncated {
						break
					}
					require.Len(e.t, page.Uploads, limit)
					q.AfterKey, q.AfterID = page.NextKey, page.NextID
				}
				assert.Equal(e.t, []string{"a", "a", "d/a", "d/a", "d/b", "d/b", "d/b\x00", "d/b\x00", "e", "e"}, keys, "limit %d", limit)
				assert.Equal(e.t, byKey, got, "limit %d", limit)
			}
			e.checkUploadGroups()
		},
	}}
}

// checkUploadGroups checks the list of the uploads above with a delimiter.
func (e *env) checkUploadGroups() {
	e.t.Helper()
	for _, limit := range []int{1, 2, 100} {
		var got []string
		for q := (objstore.UploadsQuery{Delimiter: "/", Limit: limit}); ; {
			page, err := e.Uploads.List(e.ctx, e.bucket, q)
			require.NoError(e.t, err)
			for _, u := range page.Uploads {
				got = append(got, u.Key)
			}
			got = append(got, page.Prefixes...)
			if !page.Truncated {
				break
			}
			q.AfterKey, q.AfterID = page.NextKey, page.NextID
		}
		if limit == 1 {
			assert.Equal(e.t, []string{"a", "a", "d/", "e", "e"}, got)
		} else {
			assert.ElementsMatch(e.t, []string{"a", "a", "d/", "e", "e"}, got, "limit %d", limit)
		}
	}
	page, err := e.Uploads.List(e.ctx, e.bucket, objstore.UploadsQuery{Prefix: "d/", Limit: 100})
	require.NoError(e.t, err)
	assert.Len(e.t, page.Uploads, 6)
}
