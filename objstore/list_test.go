package objstore

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// listAll walks a list of objects on r page by page. An entry is a key, or a
// common prefix in brackets.
func listAll(t *testing.T, r *deadReader, ref [16]byte, q ListQuery) (all []string, pages int) {
	t.Helper()
	for {
		l := lister{ctx: t.Context(), scan: r.Scan, base: refRow(kindCurrent, ref, ""), q: q}
		require.NoError(t, l.run())
		var page []string
		for _, o := range l.page.Objects {
			page = append(page, o.Key)
		}
		for _, p := range l.page.Prefixes {
			page = append(page, "["+p+"]")
		}
		slices.SortFunc(page, func(a, b string) int {
			return cmp.Compare(strings.Trim(a, "[]"), strings.Trim(b, "[]"))
		})
		require.LessOrEqual(t, len(page), q.Limit)
		all = append(all, page...)
		if pages++; !l.page.Truncated {
			return all, pages
		}
		if commonPrefix(q.After, q.Prefix, q.Delimiter) != l.page.Next || q.After == l.page.Next {
			require.Greater(t, l.page.Next, q.After, "a page makes progress")
		} // else it shows the group within which it began
		require.True(t, strings.HasPrefix(l.page.Next, q.Prefix) || l.page.Next > q.Prefix, "%q", l.page.Next)
		q.After = l.page.Next
	}
}

// someKeys returns n different keys over a small alphabet.
func someKeys(rnd *rand.Rand, n int) []string {
	keys := map[string]bool{}
	for len(keys) < n {
		k := make([]byte, 1+rnd.IntN(5))
		for i := range k {
			k[i] = "ab/\x00\xff"[rnd.IntN(5)]
		}
		keys[string(k)] = true
	}
	all := make([]string, 0, n)
	for k := range keys {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

// TestListPassesDeadRows checks that pages that are cut short because of
// deleted rows add up to the whole list, wherever the deleted rows are.
func TestListPassesDeadRows(t *testing.T) {
	for seed := range uint64(40) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		f := newFixture(t, nil)
		b := f.bucket("bucket", VersioningOff)
		var dead [][]byte
		for _, key := range someKeys(rnd, 60) {
			if rnd.IntN(3) == 0 {
				f.put(b, key, "x")
			} else {
				dead = append(dead, currentRow(b.info.Ref, key))
			}
		}
		for _, q := range []ListQuery{
			{}, {Delimiter: "/"}, {Delimiter: "a"}, {Delimiter: "/a"}, {Prefix: "a"}, {Prefix: "a/", Delimiter: "/"},
			{Prefix: "/", Delimiter: "\x00"}, {Delimiter: "\xff"}, {After: "a/", Delimiter: "/"}, {After: "b"},
		} {
			for _, limit := range []int{1, 3, 100} {
				q.Limit = limit
				want, _ := listAll(t, readDead(t, f.Store, 1000), b.info.Ref, q)
				for _, skip := range []int{1, 2, 5} {
					got, _ := listAll(t, readDead(t, f.Store, skip, dead...), b.info.Ref, q)
					require.Equal(t, want, got, "seed %d, skip %d, %+v", seed, skip, q)
				}
			}
		}
	}
}

func TestListDeadRowAtCommonPrefix(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("bucket", VersioningOff)
	f.put(b, "d/live", "x")
	dead := [][]byte{currentRow(b.info.Ref, "a"), currentRow(b.info.Ref, "d/")}
	got, _ := listAll(t, readDead(t, f.Store, 1, dead...), b.info.Ref, ListQuery{Delimiter: "/", Limit: 10})
	assert.Equal(t, []string{"[d/]"}, got, "a deleted folder marker at which a scan stops must not hide the folder")
}

// TestListIsBounded checks that a page costs its entries, not the rows beside
// them.
func TestListIsBounded(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("bucket", VersioningOff)
	var dead [][]byte
	for i := range 100 {
		dead = append(dead, currentRow(b.info.Ref, fmt.Sprintf("dead%03d", i)))
	}
	f.put(b, "live", "x")
	got, pages := listAll(t, readDead(t, f.Store, 10, dead...), b.info.Ref, ListQuery{Limit: 5})
	assert.Equal(t, []string{"live"}, got)
	assert.InDelta(t, 10, pages, 1, "one page for each ten deleted rows")
}

func TestListRefuses(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("bucket", VersioningOff)
	f.put(b, "a", "x")
	_, err := b.List(t.Context(), ListQuery{Limit: -1})
	assert.ErrorIs(t, err, ErrInvalidArgument)
	_, err = b.ListVersions(t.Context(), VersionsQuery{Limit: -1})
	assert.ErrorIs(t, err, ErrInvalidArgument)
	_, err = b.ListVersions(t.Context(), VersionsQuery{Limit: 1, AfterVersion: "null"})
	assert.ErrorIs(t, err, ErrInvalidArgument, "a version marker without a key")
	_, err = b.ListVersions(t.Context(), VersionsQuery{Limit: 1, AfterKey: "a", AfterVersion: "no id"})
	assert.ErrorIs(t, err, ErrInvalidArgument)
	_, err = b.ListUploads(t.Context(), UploadsQuery{Limit: 1, AfterKey: "a", AfterID: "no id"})
	assert.ErrorIs(t, err, ErrInvalidArgument)
	long := strings.Repeat("k", 100_000)
	page, err := b.List(t.Context(), ListQuery{Limit: 1, Prefix: long, After: long, Delimiter: long})
	require.NoError(t, err, "no key is so long, so nothing is found")
	assert.Empty(t, page.Objects)
	page, err = b.List(t.Context(), ListQuery{Limit: 1, After: strings.Repeat("A", 100_000), Delimiter: "A"})
	require.NoError(t, err)
	assert.Len(t, page.Objects, 1)
}

func TestListCancelled(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("bucket", VersioningOff)
	for i := range 2 * ctxStride {
		f.put(b, fmt.Sprintf("%06d", i), "")
	}
	r := readDead(t, f.Store, 10)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l := lister{ctx: ctx, scan: r.Scan, base: refRow(kindCurrent, b.info.Ref, ""), q: ListQuery{Limit: 10_000}}
	assert.ErrorIs(t, l.run(), context.Canceled)
}

// listAllVersions walks a list of versions on r page by page.
func listAllVersions(t *testing.T, r *deadReader, ref [16]byte, q VersionsQuery) (all []string) {
	t.Helper()
	for {
		l := versionLister{ctx: t.Context(), ref: ref, q: q, like: new(ObjectInfo)}
		require.NoError(t, l.run(r))
		l.close()
		var page []string
		for _, v := range l.page.Versions {
			page = append(page, fmt.Sprintf("%s %s %v %v", v.Key, v.VersionID, v.IsLatest, v.DeleteMarker))
		}
		for _, p := range l.page.Prefixes {
			page = append(page, p+" []")
		}
		require.LessOrEqual(t, len(page), q.Limit)
		all = append(all, page...)
		if !l.page.Truncated {
			return all
		}
		require.NotEqual(t, [2]string{q.AfterKey, q.AfterVersion}, [2]string{l.page.NextKey, l.page.NextVersion}, "a page makes progress")
		q.AfterKey, q.AfterVersion = l.page.NextKey, l.page.NextVersion
	}
}

// TestListVersionsPassesDeadRows is TestListPassesDeadRows for versions: both
// ranges have dead rows, between keys and among the versions of one.
func TestListVersionsPassesDeadRows(t *testing.T) {
	for seed := range uint64(40) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		f := newFixture(t, nil)
		b := f.bucket("bucket", VersioningEnabled)
		var dead [][]byte
		for _, key := range someKeys(rnd, 30) {
			for range rnd.IntN(4) {
				f.clock.Advance(1000)
				if rnd.IntN(3) == 0 {
					_, err := b.Delete(t.Context(), DeleteRequest{Key: key})
					require.NoError(t, err)
				} else {
					f.put(b, key, "x")
				}
			}
			for range rnd.IntN(4) {
				order := uint64(f.clock.Now().UnixNano()) - uint64(rnd.IntN(2500))
				dead = append(dead, currentRow(b.info.Ref, key), versionRow(b.info.Ref, key, order))
			}
		}
		for _, q := range []VersionsQuery{
			{}, {Delimiter: "/"}, {Delimiter: "a"}, {Prefix: "a"}, {Prefix: "a/", Delimiter: "/"},
			{Delimiter: "\xff"}, {Delimiter: "\x00"}, {AfterKey: "a/", Delimiter: "/"}, {AfterKey: "b"},
		} {
			for _, limit := range []int{1, 3, 100} {
				q.Limit = limit
				want := listAllVersions(t, readDead(t, f.Store, 1000), b.info.Ref, q)
				slices.Sort(want)
				for _, skip := range []int{1, 2, 5} {
					got := listAllVersions(t, readDead(t, f.Store, skip, dead...), b.info.Ref, q)
					slices.Sort(got)
					require.Equal(t, want, got, "seed %d, skip %d, %+v", seed, skip, q)
				}
			}
		}
	}
}

// TestListUploadsPassesDeadRows is TestListPassesDeadRows for uploads.
func TestListUploadsPassesDeadRows(t *testing.T) {
	for seed := range uint64(40) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		f := newFixture(t, nil)
		b := f.bucket("bucket", VersioningOff)
		var dead [][]byte
		for _, key := range someKeys(rnd, 30) {
			for range rnd.IntN(3) {
				f.uploadOf(b, key, nil)
			}
			for range rnd.IntN(3) {
				f.clock.Advance(1000)
				dead = append(dead, uploadRow(b.info.Ref, key, newUploadID(f.clock.Now())))
			}
		}
		for _, q := range []UploadsQuery{
			{}, {Delimiter: "/"}, {Delimiter: "a"}, {Prefix: "a"}, {Prefix: "a/", Delimiter: "/"}, {Delimiter: "\xff"},
			{AfterKey: "a/", Delimiter: "/"}, {AfterKey: "b"},
		} {
			for _, limit := range []int{1, 3, 100} {
				q.Limit = limit
				want := listAllUploads(t, readDead(t, f.Store, 1000), b.info.Ref, q)
				for _, skip := range []int{1, 2, 5} {
					got := listAllUploads(t, readDead(t, f.Store, skip, dead...), b.info.Ref, q)
					require.Equal(t, want, got, "seed %d, skip %d, %+v", seed, skip, q)
				}
			}
		}
	}
}

// listAllUploads walks a list of uploads on r page by page and returns its
// entries, sorted.
func listAllUploads(t *testing.T, r *deadReader, ref [16]byte, q UploadsQuery) (all []string) {
	t.Helper()
	for {
		start, err := uploadsStart(ref, q)
		require.NoError(t, err)
		l := uploadLister{ctx: t.Context(), base: refRow(kindUpload, ref, ""), q: q}
		require.NoError(t, l.run(r, start))
		require.LessOrEqual(t, len(l.page.Uploads)+len(l.page.Prefixes), q.Limit)
		for _, u := range l.page.Uploads {
			all = append(all, u.Key+" "+u.ID)
		}
		for _, p := range l.page.Prefixes {
			all = append(all, p+" []")
		}
		if !l.page.Truncated {
			slices.Sort(all)
			return all
		}
		require.NotEqual(t, [2]string{q.AfterKey, q.AfterID}, [2]string{l.page.NextKey, l.page.NextID}, "a page makes progress")
		q.AfterKey, q.AfterID = l.page.NextKey, l.page.NextID
	}
}

func TestListVersionsAfterOneThatIsGone(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("bucket", VersioningEnabled)
	var ids []string
	for range 4 {
		f.clock.Advance(1)
		ids = append(ids, f.put(b, "k", "x").VersionID)
	}
	remove := func(id string) {
		_, err := b.Delete(t.Context(), DeleteRequest{Key: "k", Version: id})
		require.NoError(t, err)
	}
	after := func(id string) (got []string, latest bool) {
		page, err := b.ListVersions(t.Context(), VersionsQuery{AfterKey: "k", AfterVersion: id, Limit: 10})
		require.NoError(t, err)
		for _, v := range page.Versions {
			got = append(got, v.VersionID)
		}
		return got, len(got) > 0 && page.Versions[0].IsLatest
	}
	remove(ids[2])
	got, latest := after(ids[2])
	assert.Equal(t, []string{ids[1], ids[0]}, got, "the place of a removed version is still known")
	assert.False(t, latest)
	remove(ids[3])
	got, latest = after(ids[3])
	assert.Equal(t, []string{ids[1], ids[0]}, got)
	assert.True(t, latest, "the latest version was removed between two pages, and the next one took its place")
}

func TestGroupSkipperSeeksPastLargeGroups(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("bucket", VersioningOff)
	for d := range 40 {
		for i := range 30 {
			f.put(b, fmt.Sprintf("%02d/%02d", d, i), "")
		}
	}
	r := readDead(t, f.Store, 10)
	c := &countingCursor{deadCursor: r.Scan(refRow(kindCurrent, b.info.Ref, ""), nil, struct {
		KeysOnly bool
		MaxSkip  int
	}{}).(*deadCursor)}
	base := refRow(kindCurrent, b.info.Ref, "")
	var g groupSkipper
	groups := 0
	for ok := c.Next(); ok && strings.HasPrefix(string(c.Key()), string(base)); groups++ {
		ok = g.past(c, c.Key()[:len(base)+3])
	}
	assert.Equal(t, 40, groups)
	assert.Less(t, c.steps, 40, "groups that proved large are not stepped into")
	assert.LessOrEqual(t, c.seeks, 40)
}

type countingCursor struct {
	*deadCursor
	steps, seeks int
}

func (c *countingCursor) Next() bool           { c.steps++; return c.deadCursor.Next() }
func (c *countingCursor) Seek(key []byte) bool { c.seeks++; return c.deadCursor.Seek(key) }

// TestListReuse: of what was in the memory that a page is made in, nothing is left.
func TestListReuse(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("reuse", VersioningOff)
	for i := range 40 {
		f.put(b, fmt.Sprintf("k%02d", i), strings.Repeat("x", i))
	}
	fresh, err := b.List(t.Context(), ListQuery{Limit: 100})
	require.NoError(t, err)
	for _, n := range []int{0, 1, 30, 40, 200} {
		used := make([]ObjectInfo, n)
		for i := range used {
			used[i] = ObjectInfo{
				Key: "other", Size: -1, ETag: "e", VersionID: "v", Owner: "o", StorageClass: "c", DeleteMarker: true,
				Tags: []Tag{{"a", "b"}}, Parts: []PartSize{{}},
			}
		}
		for range 2 {
			page, err := b.List(t.Context(), ListQuery{Limit: 100, Reuse: used[:n/2]})
			require.NoError(t, err)
			require.Equal(t, fresh, page, "%d entries", n)
		}
	}
}
