package storetest

import (
	"slices"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore"
)

// entry is one entry of a list: a key or a common prefix.
type entry struct {
	name  string
	group bool
}

// expect is what a list of sorted keys shows behind after, which is exclusive
// and, where it is a common prefix, hides all keys below it.
func expect(keys []string, prefix, delimiter, after string) []entry {
	var all []entry
	for _, key := range keys {
		if !strings.HasPrefix(key, prefix) || key <= after {
			continue
		}
		if group := groupOf(key, prefix, delimiter); group == "" {
			all = append(all, entry{key, false})
		} else if group != after && (len(all) == 0 || all[len(all)-1].name != group) {
			all = append(all, entry{group, true})
		}
	}
	return all
}

func groupOf(key, prefix, delimiter string) string {
	if delimiter == "" {
		return ""
	}
	head, _, found := strings.Cut(key[len(prefix):], delimiter)
	if !found {
		return ""
	}
	return prefix + head + delimiter
}

// entries merges a page's objects and prefixes in byte order.
func entries(names, prefixes []string) []entry {
	var all []entry
	for _, n := range names {
		all = append(all, entry{n, false})
	}
	for _, p := range prefixes {
		all = append(all, entry{p, true})
	}
	slices.SortFunc(all, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	return all
}

// listSets are sets of keys with the queries that are interesting on them.
var listSets = []struct {
	name, why  string
	keys       []string
	prefixes   []string
	delimiters []string
	afters     []string
}{
	{
		name: "folders", why: "what a file browser shows",
		keys:       []string{"a", "a/", "a/1", "a/2", "a/b/c", "a/b/d", "a0", "b/1", "c", "d/e/f/g"},
		prefixes:   []string{"", "a", "a/", "a/b", "a/b/", "b", "zz", "d/e/f/g"},
		delimiters: []string{"", "/", "b", "//"},
		afters:     []string{"", "a", "a/", "a/1", "a/b/", "a/b/c", "a/zzz", "b/", "c", "zz"},
	}, {
		name: "bytes", why: "keys are bytes: zero and 0xFF have neighbours too",
		keys:       []string{"\x00", "\x00\x00", "\x00\x01", "\x01", "a\x00", "a\x00b", "a\x01", "a\xff", "a\xff\xff", "b", "\xff", "\xff\xff", "\xff\xff\xffz"},
		prefixes:   []string{"", "\x00", "a", "a\x00", "a\xff", "\xff", "\xff\xff"},
		delimiters: []string{"", "\x00", "\xff", "\x00b", "\xff\xff"},
		afters:     []string{"", "\x00", "a\x00", "a\xff", "a\xff\xff", "\xff", "\xff\xff"},
	}, {
		name: "long delimiters", why: "S3 takes any string as delimiter",
		keys:       []string{"a--b--c", "a--d", "a-", "a--", "b-", "b---", "b----x", "c", "--", "-- --"},
		prefixes:   []string{"", "a", "a-", "a--", "b-", "--"},
		delimiters: []string{"--", "-", "---", " ", "--d"},
		afters:     []string{"", "a--", "a--b--", "b--", "b---", "--"},
	}, {
		name: "unicode", why: "order is that of bytes, not of any language",
		keys:       []string{"Z", "a", "z", "\u00e4", "\u00e9/x", "e\u0301", "\u4e16/\u754c", "\U0001F600"},
		prefixes:   []string{"", "\u00e9", "\u4e16"},
		delimiters: []string{"", "/", "\u0301", "\u754c"},
		afters:     []string{"", "a", "\u00e4", "\u4e16/"},
	},
}

func listCases() []testCase {
	var cases []testCase
	for _, set := range listSets {
		cases = append(cases, testCase{name: set.name, why: set.why, run: func(e *env) {
			var keys []string
			for _, k := range set.keys {
				if e.carries(k) {
					e.put(k, k)
					keys = append(keys, k)
				}
			}
			slices.Sort(keys)
			for _, prefix := range set.prefixes {
				for _, delimiter := range set.delimiters {
					for _, after := range set.afters {
						for _, limit := range []int{1, 2, 1000} {
							e.checkList(keys, objstore.ListQuery{Prefix: prefix, Delimiter: delimiter, After: after, Limit: limit})
						}
					}
				}
			}
		}})
	}
	return append(cases, testCase{
		name: "limit zero",
		why:  "max-keys=0 is an empty page that claims to be complete (as on S3)",
		run: func(e *env) {
			e.put("o", "x")
			page, err := e.Lists.Objects(e.ctx, e.bucket, objstore.ListQuery{})
			require.NoError(e.t, err)
			assert.Equal(e.t, objstore.ListPage{}, page)
		},
	}, testCase{
		name: "large groups",
		why:  "a common prefix counts once however many keys it has, and its neighbours are not lost in passing it",
		run: func(e *env) {
			var keys []string
			for _, n := range []int{1, 2, 3, 4, 5, 6, 20, 20, 20, 20, 20, 20, 1, 1, 20, 3} {
				dir := "d" + string(rune('a'+len(keys)%26)) + string(bodyOf(1, byte('a'+len(keys)/26))) + "/"
				for i := range n {
					keys = append(keys, dir+string(rune('a'+i)))
				}
				keys = append(keys, dir[:3]+"0")
			}
			slices.Sort(keys)
			keys = slices.Compact(keys)
			for _, k := range keys {
				e.put(k, "")
			}
			for _, limit := range []int{1, 3, 1000} {
				e.checkList(keys, objstore.ListQuery{Delimiter: "/", Limit: limit})
			}
		},
	}, testCase{
		name: "overwritten and deleted",
		why:  "a list shows what is there now",
		run: func(e *env) {
			for _, k := range []string{"a", "b", "c", "d"} {
				e.put(k, "1")
			}
			e.delete("b", "")
			e.put("c", "longer")
			page, err := e.Lists.Objects(e.ctx, e.bucket, objstore.ListQuery{Limit: 10})
			require.NoError(e.t, err)
			require.Len(e.t, page.Objects, 3)
			assert.Equal(e.t, "c", page.Objects[1].Key)
			assert.Equal(e.t, int64(6), page.Objects[1].Size)
		},
	})
}

// checkList walks a list page by page and compares each with what is expected.
func (e *env) checkList(keys []string, q objstore.ListQuery) {
	e.t.Helper()
	want := expect(keys, q.Prefix, q.Delimiter, q.After)
	for first := q; ; {
		page, err := e.Lists.Objects(e.ctx, e.bucket, q)
		require.NoError(e.t, err, "%+v", q)
		var names []string
		for _, o := range page.Objects {
			names = append(names, o.Key)
		}
		n := min(q.Limit, len(want))
		require.Equal(e.t, append([]entry(nil), want[:n]...), entries(names, page.Prefixes), "%+v, page of %+v", first, q)
		want = want[n:]
		require.Equal(e.t, len(want) > 0, page.Truncated, "truncated: %+v, page of %+v", first, q)
		if !page.Truncated {
			return
		}
		q.After = page.Next
	}
}
