package storetest

import (
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore"
)

// step is one step of a history of one key.
type step struct {
	do   string // "put", "delete", "enable", "suspend", "remove"
	arg  string // the body, or what to remove: the body of a version, "marker" (the newest one) or "null"
	want string // versions afterwards, newest first: bodies, "-" = a marker, a trailing "*" = null
}

// histories are tables of S3's versioning rules (Amazon S3 User Guide, "Using
// versioning in S3 buckets").
var histories = []struct {
	name, why string
	steps     []step
}{
	{"enabled", "every put keeps what was there, and a delete only hides it", []step{
		{"enable", "", ""}, {"put", "a", "a"}, {"put", "b", "b a"}, {"delete", "", "- b a"},
		{"delete", "", "- - b a"}, {"put", "c", "c - - b a"},
	}},
	{"before versioning", "an object from before versioning is the null version", []step{
		{"put", "a", "a*"}, {"enable", "", "a*"}, {"put", "b", "b a*"}, {"delete", "", "- b a*"},
		{"remove", "null", "- b"}, {"remove", "b", "-"}, {"remove", "marker", ""},
	}},
	{"suspended put", "a put replaces the null version wherever it is and keeps the others", []step{
		{"put", "a", "a*"}, {"enable", "", "a*"}, {"put", "b", "b a*"}, {"suspend", "", "b a*"},
		{"put", "c", "c* b"}, {"put", "d", "d* b"}, {"enable", "", "d* b"}, {"put", "e", "e d* b"},
	}},
	{"suspended delete", "a delete makes a null marker, in place of the null version", []step{
		{"put", "a", "a*"}, {"suspend", "", "a*"}, {"delete", "", "-*"}, {"delete", "", "-*"},
		{"put", "b", "b*"}, {"enable", "", "b*"}, {"put", "c", "c b*"}, {"suspend", "", "c b*"},
		{"delete", "", "-* c"}, {"put", "d", "d* c"},
	}},
	{"undelete", "removing the marker brings the object back", []step{
		{"enable", "", ""}, {"put", "a", "a"}, {"put", "b", "b a"}, {"delete", "", "- b a"},
		{"remove", "marker", "b a"}, {"remove", "b", "a"}, {"remove", "a", ""},
	}},
	{"remove in the middle", "removing one version leaves the others and the current one", []step{
		{"enable", "", ""}, {"put", "a", "a"}, {"put", "b", "b a"}, {"put", "c", "c b a"},
		{"remove", "b", "c a"}, {"remove", "c", "a"}, {"put", "d", "d a"},
	}},
	{"null comes back", "a null version that becomes the latest is the current object", []step{
		{"put", "a", "a*"}, {"enable", "", "a*"}, {"put", "b", "b a*"}, {"remove", "b", "a*"},
		{"suspend", "", "a*"}, {"put", "c", "c*"},
	}},
	{"markers uncover markers", "removing a marker above another keeps the key deleted", []step{
		{"enable", "", ""}, {"put", "a", "a"}, {"delete", "", "- a"}, {"delete", "", "- - a"},
		{"remove", "marker", "- a"}, {"remove", "marker", "a"},
	}},
	{"delete of nothing", "S3 makes a marker also for a key that never was", []step{
		{"enable", "", ""}, {"delete", "", "-"}, {"put", "a", "a -"},
	}},
}

func versionCases() []testCase {
	var cases []testCase
	for _, h := range histories {
		cases = append(cases, testCase{name: h.name, why: h.why, run: func(e *env) {
			e.put("before", "neighbour")
			for i, s := range h.steps {
				e.step(s)
				assert.Equal(e.t, s.want, e.history("o"), "after step %d: %+v", i, s)
				e.checkCurrent("o")
				e.checkTotals()
				if e.t.Failed() {
					return
				}
			}
			assert.Equal(e.t, "neighbour", e.get("before", ""))
		}})
	}
	return append(cases, versionListCases()...)
}

func (e *env) step(s step) {
	e.t.Helper()
	switch s.do {
	case "put":
		e.put("o", s.arg)
	case "delete":
		assert.True(e.t, e.delete("o", "").DeleteMarker)
	case "enable":
		require.NoError(e.t, e.Versions.Set(e.ctx, e.bucket, objstore.VersioningEnabled))
	case "suspend":
		require.NoError(e.t, e.Versions.Set(e.ctx, e.bucket, objstore.VersioningSuspended))
	case "remove":
		v := e.version("o", s.arg)
		res := e.delete("o", v.VersionID)
		assert.Equal(e.t, objstore.DeleteResult{Version: v.VersionID, DeleteMarker: v.DeleteMarker}, res)
	}
}

// version finds a version as a step names it.
func (e *env) version(key, name string) objstore.ObjectInfo {
	e.t.Helper()
	for _, v := range e.allVersions() {
		switch {
		case v.Key != key:
		case name == "marker" && v.DeleteMarker, name == "null" && v.VersionID == objstore.NullVersion:
			return v
		case !v.DeleteMarker && e.get(key, v.VersionID) == name:
			return v
		}
	}
	require.Fail(e.t, "no such version: "+name)
	return objstore.ObjectInfo{}
}

// history shows the versions of a key as a step does.
func (e *env) history(key string) string {
	e.t.Helper()
	text, latest := "", 0
	for _, v := range e.allVersions() {
		if v.Key != key {
			continue
		}
		if v.IsLatest {
			latest++
			assert.Empty(e.t, text, "the latest version is listed first")
		}
		if text != "" {
			text += " "
		}
		if v.DeleteMarker {
			text += "-"
		} else {
			text += e.get(key, v.VersionID)
		}
		if v.VersionID == objstore.NullVersion {
			text += "*"
		}
	}
	if text != "" {
		assert.Equal(e.t, 1, latest, "one version is the latest")
	}
	return text
}

// checkCurrent checks that reads without a version and lists agree with the
// history.
func (e *env) checkCurrent(key string) {
	e.t.Helper()
	for _, v := range e.allVersions() {
		if v.Key != key || !v.IsLatest {
			continue
		}
		if v.DeleteMarker {
			break
		}
		assert.Equal(e.t, e.get(key, v.VersionID), e.get(key, ""))
		assert.Contains(e.t, e.keys(), key)
		return
	}
	e.gone(key)
	assert.NotContains(e.t, e.keys(), key)
}

func versionListCases() []testCase {
	return []testCase{
		{
			name: "pages", why: "a client that pages through versions sees each once, wherever the pages end",
			run: func(e *env) {
				e.manyVersions()
				all := e.versionPages(objstore.VersionsQuery{Limit: 1000})
				require.Len(e.t, all, 3*4+1)
				for limit := 1; limit < 6; limit++ {
					assert.Equal(e.t, all, e.versionPages(objstore.VersionsQuery{Limit: limit}), "limit %d", limit)
				}
			},
		}, {
			name: "after any version", why: "markers are positions: any version, the null version too, may be one",
			run: func(e *env) {
				e.manyVersions()
				all := e.versionPages(objstore.VersionsQuery{Limit: 1000})
				for i, v := range all {
					rest := e.versionPages(objstore.VersionsQuery{AfterKey: v.Key, AfterVersion: v.VersionID, Limit: 2})
					assert.Equal(e.t, len(all)-i-1, len(rest), "after %q %s", v.Key, v.VersionID)
					if len(rest) > 0 {
						assert.Equal(e.t, all[i+1:], rest)
					}
				}
			},
		}, {
			name: "delimiter", why: "versions are rolled up as objects are, and a group of markers alone is one too",
			run: func(e *env) {
				e.manyVersions()
				require.NoError(e.t, e.Versions.Set(e.ctx, e.bucket, objstore.VersioningEnabled))
				e.delete("x/only/markers", "")
				for _, limit := range []int{1, 2, 100} {
					var groups []string
					var keys []string
					for q := (objstore.VersionsQuery{Delimiter: "/", Limit: limit}); ; {
						page, err := e.Versions.List(e.ctx, e.bucket, q)
						require.NoError(e.t, err)
						groups = append(groups, page.Prefixes...)
						for _, v := range page.Versions {
							keys = append(keys, v.Key)
						}
						if !page.Truncated {
							break
						}
						q.AfterKey, q.AfterVersion = page.NextKey, page.NextVersion
					}
					assert.Equal(e.t, []string{"d/", "x/"}, groups, "limit %d", limit)
					assert.Equal(e.t, []string{"a", "a", "a", "a", "single"}, keys, "limit %d", limit)
				}
			},
		}, {
			name: "impossible version id", why: "what cannot be a version id is the client's mistake, what might have been is only missing",
			run: func(e *env) {
				require.NoError(e.t, e.Versions.Set(e.ctx, e.bucket, objstore.VersioningEnabled))
				id := e.put("o", "x").VersionID
				e.delete("o", id)
				_, _, err := e.Objects.Get(e.ctx, e.bucket, "o", Read{Version: id})
				e.fails(err, objstore.ErrNoSuchVersion)
				_, _, err = e.Objects.Get(e.ctx, e.bucket, "o", Read{Version: "no version id"})
				e.fails(err, objstore.ErrInvalidArgument)
				e.delete("o", id)
			},
		},
	}
}

// manyVersions makes three keys of four versions each, the third oldest of them
// null, and one key without versions.
func (e *env) manyVersions() {
	e.t.Helper()
	keys := []string{"a", "d/a", "d/b"}
	e.put("single", "s")
	for _, k := range keys {
		require.NoError(e.t, e.Versions.Set(e.ctx, e.bucket, objstore.VersioningEnabled))
		e.put(k, "1")
		require.NoError(e.t, e.Versions.Set(e.ctx, e.bucket, objstore.VersioningSuspended))
		e.put(k, "2")
		require.NoError(e.t, e.Versions.Set(e.ctx, e.bucket, objstore.VersioningEnabled))
		e.put(k, "3")
		e.delete(k, "")
	}
}

// versionPages returns all versions of a query, page by page.
func (e *env) versionPages(q objstore.VersionsQuery) []objstore.ObjectInfo {
	e.t.Helper()
	var all []objstore.ObjectInfo
	for {
		page, err := e.Versions.List(e.ctx, e.bucket, q)
		require.NoError(e.t, err)
		all = append(all, page.Versions...)
		if !page.Truncated {
			return all
		}
		require.Len(e.t, page.Versions, q.Limit, "a page that is truncated is full")
		q.AfterKey, q.AfterVersion = page.NextKey, page.NextVersion
	}
}
