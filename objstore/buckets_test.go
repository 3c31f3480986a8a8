package objstore

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
)

func TestBucketNames(t *testing.T) {
	tests := []struct {
		name string
		ok   bool
		why  string
	}{
		{"abc", true, "3 characters"},
		{strings.Repeat("a", 63), true, "63 characters"},
		{"1.a-b--c.9", true, "letters, digits, dots, hyphens"},
		{"a.-b", true, "only dots may not be adjacent"},
		{"amzn-s3-demo-bucket", true, "the name in Amazon's examples"},
		{"ab", false, "too short"},
		{strings.Repeat("a", 64), false, "too long"},
		{"", false, "empty"},
		{"Abc", false, "upper case"},
		{"a_b", false, "underscore"},
		{"a b", false, "space"},
		{"a/b", false, "slash"},
		{"a\x00b", false, "control character"},
		{"süß", false, "not ASCII"},
		{"-abc", false, "begins with a hyphen"},
		{"abc-", false, "ends with a hyphen"},
		{".abc", false, "begins with a dot"},
		{"abc.", false, "ends with a dot"},
		{"a..b", false, "adjacent dots"},
		{"192.168.5.4", false, "an IP address"},
		{"999.1.1.1", false, "formatted as an IP address"},
		{"1.2.3.4a", true, "no IP address"},
		{"xn--abc", false, "reserved prefix"},
		{"sthree-x", false, "reserved prefix"},
		{"abc-s3alias", false, "reserved suffix"},
		{"abc--ol-s3", false, "reserved suffix"},
		{"abc.mrap", false, "reserved suffix"},
	}
	f := newFixture(t, nil)
	for _, tt := range tests {
		_, err := f.CreateBucket(t.Context(), BucketID{Name: tt.name}, nil)
		if tt.ok {
			require.NoError(t, err, "%q: %s", tt.name, tt.why)
		} else {
			require.ErrorIs(t, err, ErrInvalidBucketName, "%q: %s", tt.name, tt.why)
		}
	}
	_, err := f.CreateBucket(t.Context(), BucketID{Tenant: strings.Repeat("t", 256), Name: "abc"}, nil)
	require.ErrorIs(t, err, ErrInvalidArgument)
	_, err = f.CreateBucket(t.Context(), BucketID{Name: "abcd"}, &CreateBucketOptions{Owner: strings.Repeat("o", 2000)})
	require.ErrorIs(t, err, ErrInvalidArgument)
}

func TestCreateBucket(t *testing.T) {
	f := newFixture(t, nil)
	id := BucketID{"acme", "photos"}
	made, err := f.CreateBucket(t.Context(), id, &CreateBucketOptions{Owner: "acme$alice", Location: "eu", ObjectLock: true})
	require.NoError(t, err)
	b, err := f.Bucket(t.Context(), id)
	require.NoError(t, err)
	assert.Equal(t, made.Info(), b.Info())
	assert.Equal(t, BucketInfo{BucketID: id, Ref: b.Info().Ref, Owner: "acme$alice", Created: f.clock.Now(),
		Versioning: VersioningEnabled, ObjectLock: true, Location: "eu"}, b.Info(), "object lock implies versioning")
	require.ErrorIs(t, b.SetVersioning(t.Context(), VersioningSuspended), ErrInvalidBucketState)
	require.ErrorIs(t, b.SetVersioning(t.Context(), VersioningOff), ErrInvalidArgument)
	require.ErrorIs(t, b.SetVersioning(t.Context(), "Sometimes"), ErrInvalidArgument)

	for owner, owned := range map[string]bool{"acme$alice": true, "bob": false} {
		_, err = f.CreateBucket(t.Context(), id, &CreateBucketOptions{Owner: owner})
		require.ErrorIs(t, err, ErrBucketExists)
		assert.Equal(t, owned, err.(*Error).Owned, owner)
		assert.Equal(t, id, err.(*Error).Bucket)
	}
	_, err = f.CreateBucket(t.Context(), BucketID{"", "photos"}, nil)
	require.NoError(t, err, "tenants have name spaces of their own")
	_, err = f.Bucket(t.Context(), BucketID{"other", "photos"})
	require.ErrorIs(t, err, ErrNoSuchBucket)
}

func TestIncarnations(t *testing.T) {
	f := newFixture(t, nil)
	create := func(id BucketID) uint64 {
		b, err := f.CreateBucket(t.Context(), id, nil)
		require.NoError(t, err)
		again, err := f.Bucket(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, b.Info(), again.Info())
		return b.Info().Incarnation
	}
	photos, films := BucketID{Name: "photos"}, BucketID{Name: "films"}
	assert.EqualValues(t, 0, create(photos))
	require.NoError(t, f.DeleteBucket(t.Context(), photos))
	assert.EqualValues(t, 1, create(photos), "the name was used before")
	assert.EqualValues(t, 0, create(BucketID{"acme", "photos"}), "names are those of a tenant")
	assert.EqualValues(t, 0, create(films))
	require.NoError(t, f.DeleteBucket(t.Context(), films))
	require.NoError(t, f.MoveBucket(t.Context(), photos, "bob", &MoveBucketOptions{Name: "films"}))
	b, err := f.Bucket(t.Context(), films)
	require.NoError(t, err)
	assert.EqualValues(t, 1, b.Info().Incarnation, "a bucket that is renamed takes its place among those of the new name")
	assert.EqualValues(t, 2, create(photos))
}

func TestMaxBuckets(t *testing.T) {
	f := newFixture(t, nil)
	create := func(owner, name string) error {
		_, err := f.CreateBucket(t.Context(), BucketID{Name: name}, &CreateBucketOptions{Owner: owner, MaxBuckets: 2})
		return err
	}
	require.NoError(t, create("alice", "aaa"))
	require.NoError(t, create("alice", "bbb"))
	require.ErrorIs(t, create("alice", "ccc"), ErrTooManyBuckets)
	require.ErrorIs(t, create("alice", "aaa"), ErrBucketExists, "a name that is taken is told first")
	require.NoError(t, create("alic", "ddd"), "another owner")
	require.NoError(t, f.DeleteBucket(t.Context(), BucketID{Name: "aaa"}))
	require.NoError(t, create("alice", "ccc"))
}

func TestDeleteBucket(t *testing.T) {
	f := newFixture(t, nil)
	id := BucketID{Name: "photos"}
	require.ErrorIs(t, f.DeleteBucket(t.Context(), id), ErrNoSuchBucket)
	b := f.bucket(id.Name, VersioningEnabled)
	version := f.put(b, "k", "body").VersionID
	require.NoError(t, b.SetDocument(t.Context(), "policy", []byte("{}")))
	require.ErrorIs(t, f.DeleteBucket(t.Context(), id), ErrBucketNotEmpty, "an object")
	res, err := b.Delete(t.Context(), DeleteRequest{Key: "k"})
	require.NoError(t, err)
	require.ErrorIs(t, f.DeleteBucket(t.Context(), id), ErrBucketNotEmpty, "a noncurrent version and a marker")
	_, err = b.Delete(t.Context(), DeleteRequest{Key: "k", Version: version})
	require.NoError(t, err)
	require.ErrorIs(t, f.DeleteBucket(t.Context(), id), ErrBucketNotEmpty, "a marker")
	_, err = b.Delete(t.Context(), DeleteRequest{Key: "k", Version: res.Version})
	require.NoError(t, err)

	_, err = b.CreateUpload(t.Context(), "k", nil)
	require.NoError(t, err)
	require.NoError(t, f.DeleteBucket(t.Context(), id), "unfinished uploads go with the bucket")
	_, err = f.Bucket(t.Context(), id)
	require.ErrorIs(t, err, ErrNoSuchBucket)
	_, err = b.Document(t.Context(), "policy")
	require.ErrorIs(t, err, ErrNoSuchBucket)
	_, err = b.Totals(t.Context())
	require.ErrorIs(t, err, ErrNoSuchBucket)
	page, err := f.Buckets(t.Context(), BucketsQuery{Owner: "alice"})
	require.NoError(t, err)
	assert.Empty(t, page.Buckets)

	again := f.bucket(id.Name, VersioningOff)
	assert.NotEqual(t, b.Info().Ref, again.Info().Ref, "a new bucket has nothing of the old one")
	_, err = again.Document(t.Context(), "policy")
	require.ErrorIs(t, err, ErrNoSuchDocument)
	f.audit()
}

// What is compiled from documents is kept by their count, so an open of the
// bucket after a change must see another one.
func TestDocumentsVersion(t *testing.T) {
	f := newFixture(t, nil)
	id := BucketID{Name: "abc"}
	b, err := f.CreateBucket(t.Context(), id, &CreateBucketOptions{Documents: map[string][]byte{"acl": []byte("a")}})
	require.NoError(t, err)
	require.NotZero(t, b.Info().Documents, "made with the bucket")
	seen := b.Info().Documents
	for _, data := range [][]byte{[]byte("p"), []byte("q"), nil} {
		require.NoError(t, b.SetDocument(t.Context(), "policy", data))
		again, err := f.Bucket(t.Context(), id)
		require.NoError(t, err)
		require.Greater(t, again.Info().Documents, seen, "%q", data)
		seen = again.Info().Documents
	}
	require.NoError(t, b.SetDocument(t.Context(), "policy", []byte("p")))
	docs, version, err := b.Documents(t.Context(), "acl", "policy", "cors")
	require.NoError(t, err)
	assert.Equal(t, map[string][]byte{"acl": []byte("a"), "policy": []byte("p")}, docs, "only those that are there")
	assert.Equal(t, seen+1, version, "an open bucket reads what is there now")
	_, _, err = b.Documents(t.Context(), "")
	require.ErrorIs(t, err, ErrInvalidArgument)
	_, err = f.CreateBucket(t.Context(), BucketID{Name: "abd"}, &CreateBucketOptions{Documents: map[string][]byte{"": nil}})
	require.ErrorIs(t, err, ErrInvalidArgument)

	plain, err := f.CreateBucket(t.Context(), BucketID{Name: "none"}, nil)
	require.NoError(t, err)
	assert.Zero(t, plain.Info().Documents)
	require.NoError(t, f.DeleteBucket(t.Context(), id))
	_, _, err = b.Documents(t.Context(), "acl")
	require.ErrorIs(t, err, ErrNoSuchBucket)
}

func TestSetACL(t *testing.T) {
	f := newFixture(t, nil)
	b, err := f.CreateBucket(t.Context(), BucketID{Name: "abc"}, nil)
	require.NoError(t, err)
	_, err = b.SetACL(t.Context(), "k", "", []byte("a"))
	require.ErrorIs(t, err, ErrNoSuchKey)
	_, err = b.Put(t.Context(), "k", strings.NewReader("x"), &PutOptions{Tags: []Tag{{"a", "b"}}})
	require.NoError(t, err)
	_, err = b.SetACL(t.Context(), "k", "", []byte("list"))
	require.NoError(t, err)
	obj, err := b.Object(t.Context(), "k", nil)
	require.NoError(t, err)
	defer obj.Close()
	assert.Equal(t, "list", string(obj.Info().ACL))
	assert.Equal(t, []Tag{{"a", "b"}}, obj.Info().Tags, "the rest stays")
}

func TestDocuments(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("photos", VersioningOff)
	_, err := b.Document(t.Context(), "policy")
	require.ErrorIs(t, err, ErrNoSuchDocument)
	require.NoError(t, b.SetDocument(t.Context(), "policy", []byte("one")))
	require.NoError(t, b.SetDocument(t.Context(), "policy", []byte("two")))
	require.NoError(t, b.SetDocument(t.Context(), "cors", []byte{}))
	doc, err := b.Document(t.Context(), "policy")
	require.NoError(t, err)
	assert.Equal(t, "two", string(doc))
	doc, err = b.Document(t.Context(), "cors")
	require.NoError(t, err, "an empty document is one")
	assert.Empty(t, doc)
	require.NoError(t, b.SetDocument(t.Context(), "policy", nil))
	require.NoError(t, b.SetDocument(t.Context(), "policy", nil), "removing a missing one is no error")
	_, err = b.Document(t.Context(), "policy")
	require.ErrorIs(t, err, ErrNoSuchDocument)
	for _, kind := range []string{"", strings.Repeat("k", 256)} {
		require.ErrorIs(t, b.SetDocument(t.Context(), kind, nil), ErrInvalidArgument)
		_, err := b.Document(t.Context(), kind)
		require.ErrorIs(t, err, ErrInvalidArgument)
	}
	require.ErrorIs(t, b.SetDocument(t.Context(), "policy", make([]byte, driver.MaxValueLen+1)), ErrEntityTooLarge)
}

func TestUpdateDocument(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("photos", VersioningOff)
	refused := errors.New("refused")
	for _, tt := range []struct {
		explanation string
		old, next   []byte
		err         error
		left        []byte // nil = no document
	}{
		{"a missing document is nil", nil, []byte("one"), nil, []byte("one")},
		{"what is there is given", []byte("one"), []byte{}, nil, []byte{}},
		{"an empty document is one", []byte{}, []byte("two"), nil, []byte("two")},
		{"an error changes nothing", []byte("two"), []byte("three"), refused, []byte("two")},
		{"the bound is that of SetDocument", []byte("two"), make([]byte, driver.MaxValueLen+1), ErrEntityTooLarge, []byte("two")},
		{"nil removes", []byte("two"), nil, nil, nil},
	} {
		err := b.UpdateDocument(t.Context(), "tagging", func(old []byte) ([]byte, error) {
			assert.Equal(t, tt.old, old, tt.explanation)
			if errors.Is(tt.err, refused) {
				return tt.next, refused
			}
			return tt.next, nil
		})
		require.ErrorIs(t, err, tt.err, tt.explanation)
		docs, _, err := b.Documents(t.Context(), "tagging")
		require.NoError(t, err)
		assert.Equal(t, tt.left, docs["tagging"], tt.explanation)
	}
	unasked := func([]byte) ([]byte, error) { t.Error("asked in vain"); return nil, nil }
	require.ErrorIs(t, b.UpdateDocument(t.Context(), "", unasked), ErrInvalidArgument)
	require.NoError(t, f.DeleteBucket(t.Context(), b.Info().BucketID))
	require.ErrorIs(t, b.UpdateDocument(t.Context(), "tagging", unasked), ErrNoSuchBucket)
}

func TestSetDocuments(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("photos", VersioningOff)
	for _, tt := range []struct {
		explanation string
		docs        map[string][]byte
		err         error
		left        map[string][]byte
	}{
		{"documents that belong together come together", map[string][]byte{"a": []byte("1"), "b": []byte("2")}, nil, map[string][]byte{"a": []byte("1"), "b": []byte("2")}},
		{"one that is too long keeps the other from being changed", map[string][]byte{"a": []byte("x"), "b": make([]byte, driver.MaxValueLen+1)}, ErrEntityTooLarge, map[string][]byte{"a": []byte("1"), "b": []byte("2")}},
		{"so does one without a kind", map[string][]byte{"a": []byte("x"), "": []byte("y")}, ErrInvalidArgument, map[string][]byte{"a": []byte("1"), "b": []byte("2")}},
		{"nil removes, beside another that stays", map[string][]byte{"a": []byte("3"), "b": nil}, nil, map[string][]byte{"a": []byte("3")}},
	} {
		require.ErrorIs(t, b.SetDocuments(t.Context(), tt.docs), tt.err, tt.explanation)
		docs, _, err := b.Documents(t.Context(), "a", "b")
		require.NoError(t, err)
		assert.Equal(t, tt.left, docs, tt.explanation)
	}
	require.NoError(t, f.DeleteBucket(t.Context(), b.Info().BucketID))
	require.ErrorIs(t, b.SetDocuments(t.Context(), map[string][]byte{"a": nil}), ErrNoSuchBucket)
}

// Changes at the same time are all kept.
func TestUpdatesOfADocumentAreInARow(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("photos", VersioningOff)
	const writers = 16
	var all sync.WaitGroup
	for i := range byte(writers) {
		all.Go(func() {
			assert.NoError(t, b.UpdateDocument(t.Context(), "tagging", func(old []byte) ([]byte, error) { return append(old, i), nil }))
		})
	}
	all.Wait()
	data, err := b.Document(t.Context(), "tagging")
	require.NoError(t, err)
	assert.Len(t, data, writers)
}

func TestBuckets(t *testing.T) {
	f := newFixture(t, nil)
	for _, b := range []struct{ tenant, name, owner string }{
		{"", "aaa", "alice"}, {"", "aab", "bob"}, {"", "bbb", "alice"}, {"t", "aaa", "alice"}, {"t", "ccc", "bob"}, {"t2", "aaa", "t2"},
	} {
		_, err := f.CreateBucket(t.Context(), BucketID{b.tenant, b.name}, &CreateBucketOptions{Owner: b.owner})
		require.NoError(t, err)
	}
	tests := []struct {
		q         BucketsQuery
		want      string
		truncated bool
		why       string
	}{
		{BucketsQuery{}, "aaa aab bbb t:aaa t:ccc t2:aaa", false, "all, sorted by tenant and name"},
		{BucketsQuery{Owner: "alice"}, "aaa bbb t:aaa", false, "of an owner"},
		{BucketsQuery{Owner: "ali"}, "", false, "a prefix is another owner"},
		{BucketsQuery{Tenant: ptr("")}, "aaa aab bbb", false, "the default tenant"},
		{BucketsQuery{Tenant: ptr("t")}, "t:aaa t:ccc", false, "of a tenant, not of one whose name goes on"},
		{BucketsQuery{Prefix: "aa"}, "aaa aab t:aaa t2:aaa", false, "by the beginning of the name"},
		{BucketsQuery{Prefix: "aa", Tenant: ptr("")}, "aaa aab", false, "both"},
		{BucketsQuery{Owner: "alice", Tenant: ptr("t"), Prefix: "a"}, "t:aaa", false, "all three"},
		{BucketsQuery{Limit: 2}, "aaa aab", true, "a page"},
		{BucketsQuery{Limit: 6}, "aaa aab bbb t:aaa t:ccc t2:aaa", false, "exactly all"},
		{BucketsQuery{After: BucketID{"", "aab"}, Limit: 2}, "bbb t:aaa", true, "the next page"},
		{BucketsQuery{After: BucketID{"", "aac"}, Limit: 9}, "bbb t:aaa t:ccc t2:aaa", false, "after one that is not there"},
		{BucketsQuery{After: BucketID{"z", ""}}, "", false, "after the end"},
		{BucketsQuery{After: BucketID{"", "aaa"}, Tenant: ptr("t")}, "t:aaa t:ccc", false, "before the tenant"},
		{BucketsQuery{Owner: "alice", After: BucketID{"", "bbb"}}, "t:aaa", false, "of an owner"},
	}
	for _, tt := range tests {
		page, err := f.Buckets(t.Context(), tt.q)
		require.NoError(t, err, tt.why)
		var names []string
		for _, b := range page.Buckets {
			names = append(names, b.BucketID.String())
		}
		assert.Equal(t, tt.want, strings.Join(names, " "), tt.why)
		assert.Equal(t, tt.truncated, page.Truncated, tt.why)
	}
}

func TestNamesTooLong(t *testing.T) {
	f := newFixture(t, nil)
	long := strings.Repeat("x", driver.MaxKeyLen)
	for _, id := range []BucketID{{"", long}, {long, "photos"}} {
		_, err := f.Bucket(t.Context(), id)
		require.ErrorIs(t, err, ErrNoSuchBucket, "no such row key may reach the index")
		require.ErrorIs(t, f.DeleteBucket(t.Context(), id), ErrNoSuchBucket)
	}
	for _, q := range []BucketsQuery{{Owner: long}, {Prefix: long}, {Tenant: &long}, {After: BucketID{"", long}}} {
		_, err := f.Buckets(t.Context(), q)
		require.ErrorIs(t, err, ErrInvalidArgument)
	}
	totals, err := f.OwnerTotals(t.Context(), long)
	require.NoError(t, err)
	assert.Zero(t, totals)
}

func TestOwnerTotals(t *testing.T) {
	f := newFixture(t, nil)
	for i := range 3 {
		f.put(f.bucket(fmt.Sprint("bucket", i), VersioningOff), "k", "1234")
	}
	totals, err := f.OwnerTotals(t.Context(), "alice")
	require.NoError(t, err)
	assert.Equal(t, Totals{Objects: 3, Bytes: 12, RoundedBytes: 3 * 4096}, totals)
	totals, err = f.OwnerTotals(t.Context(), "alic")
	require.NoError(t, err)
	assert.Zero(t, totals)
}

func TestBucketCache(t *testing.T) {
	for _, exclusive := range []bool{true, false} {
		e := memengine.New()
		e.Exclusive = exclusive
		f := newFixtureOn(t, e, nil)
		b := f.bucket("photos", VersioningOff)
		id := b.Info().BucketID
		_, err := f.Bucket(t.Context(), id)
		require.NoError(t, err)
		require.NoError(t, b.SetVersioning(t.Context(), VersioningEnabled))
		seen, err := f.Bucket(t.Context(), id)
		require.NoError(t, err)
		assert.Equal(t, VersioningEnabled, seen.Info().Versioning, "a change is seen at once")

		// Another process changes the row.
		info := seen.Info()
		info.Versioning = VersioningSuspended
		require.NoError(t, f.mutate(t.Context(), func(txn driver.Txn) error { return txn.Set(bucketRow(id), encodeBucket(&info)) }))
		f.clock.Advance(cacheAge)
		seen, err = f.Bucket(t.Context(), id)
		require.NoError(t, err)
		assert.Equal(t, !exclusive, seen.Info().Versioning == VersioningSuspended, "only a shared index is looked at again")
	}
}

func TestRowCacheRefusesStale(t *testing.T) {
	c := newRowCache[BucketID, cachedBucket](time.Now, true)
	id := BucketID{Name: "photos"}
	_, generation, _ := c.get(id)
	c.drop(id) // the bucket changes while it is being read
	c.put(id, cachedBucket{}, time.Now(), generation)
	_, generation, ok := c.get(id)
	assert.False(t, ok, "what was read before the change must not be kept after it")
	for i := range cachedRows + 10 {
		c.put(BucketID{Name: fmt.Sprint(i)}, cachedBucket{}, time.Now(), generation)
	}
	assert.Len(t, c.entries, cachedRows, "memory is bounded")
}
