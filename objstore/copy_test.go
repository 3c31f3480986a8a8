package objstore

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/checksum"
)

func (f *fixture) source(b *Bucket, key string, o *GetOptions) *Object {
	f.t.Helper()
	src, err := b.Object(f.t.Context(), key, o)
	require.NoError(f.t, err)
	f.t.Cleanup(func() { src.Close() })
	return src
}

func TestCopySharesBlobs(t *testing.T) {
	f := newFixture(t, nil)
	a, b := f.bucket("source", VersioningOff), f.bucket("target", VersioningOff)
	data := noise(10_000)
	_, err := a.Put(t.Context(), "k", bytes.NewReader(data), &PutOptions{
		Checksum: checksum.CRC32, Tags: []Tag{{"a", "b"}}, Meta: Metadata{ContentType: "x/y"}, Owner: "alice", ACL: []byte("mine"),
	})
	require.NoError(t, err)
	src := f.source(a, "k", nil)
	info, err := b.Copy(t.Context(), "copy", src, &CopyOptions{Owner: "bob"})
	require.NoError(t, err)
	assert.Equal(t, 1, f.blobs(), "no bytes are moved")
	assert.Equal(t, src.Info().ETag, info.ETag)
	assert.Equal(t, src.Info().Checksum, info.Checksum, "kept")
	assert.Equal(t, src.Info().Tags, info.Tags, "copied with the object")
	assert.Equal(t, "x/y", info.Meta.ContentType, "copied with the object")
	assert.Equal(t, "bob", info.Owner)
	assert.Empty(t, info.ACL, "S3: an ACL is not copied")
	f.audit()

	require.NoError(t, src.Close())
	f.drop(a, "k")
	f.clock.Advance(time.Hour)
	_, err = f.Sweep(t.Context())
	require.NoError(t, err)
	body, err := f.get(b, "copy", "")
	require.NoError(t, err, "the copy outlives its source")
	assert.Equal(t, string(data), body)
	f.drop(b, "copy")
	f.clock.Advance(time.Hour)
	_, err = f.Sweep(t.Context())
	require.NoError(t, err)
	assert.Zero(t, f.blobs())
	f.audit()
}

func TestCopyOntoItself(t *testing.T) {
	for _, n := range []int{0, 10, 10_000} {
		f := newFixture(t, nil)
		b := f.bucket("photos", VersioningOff)
		_, err := b.Put(t.Context(), "k", bytes.NewReader(noise(n)), nil)
		require.NoError(t, err)
		_, err = b.Copy(t.Context(), "k", f.source(b, "k", nil), &CopyOptions{
			Meta: &Metadata{ContentType: "new/type"}, Tags: &[]Tag{{"new", ""}},
		})
		require.NoError(t, err)
		body, err := f.get(b, "k", "")
		require.NoError(t, err)
		assert.Equal(t, string(noise(n)), body)
		got := f.source(b, "k", nil).Info()
		assert.Equal(t, "new/type", got.Meta.ContentType)
		assert.Equal(t, []Tag{{"new", ""}}, got.Tags)
		f.audit()
	}
}

func TestCopyDigests(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("photos", VersioningOff)
	data := f.extentsObject(b, "multi", 1000, 2000, 3)
	sum := md5.Sum(data)
	h := checksum.SHA1.New()
	h.Write(data)
	src := f.source(b, "multi", &GetOptions{NoBody: true})
	info, err := b.Copy(t.Context(), "copy", src, &CopyOptions{Checksum: checksum.SHA1})
	require.NoError(t, err)
	assert.Equal(t, hex.EncodeToString(sum[:]), info.ETag, "S3: the copy of a multipart object has a plain ETag")
	assert.Equal(t, wholeChecksum(checksum.SHA1, h.Sum(nil)), info.Checksum)
	assert.Nil(t, info.Parts)
	body, err := f.get(b, "copy", "")
	require.NoError(t, err)
	assert.Equal(t, string(data), body)
	assert.Equal(t, 3, f.blobs())
	f.audit()

	again, err := b.Copy(t.Context(), "again", f.source(b, "copy", nil), nil)
	require.NoError(t, err)
	assert.Equal(t, info.Checksum, again.Checksum, "the source's algorithm is kept")
}

func TestCopyAfterSourceIsGone(t *testing.T) {
	for _, n := range []int{10, 10_000} {
		f := newFixture(t, nil)
		b := f.bucket("photos", VersioningOff)
		_, err := b.Put(t.Context(), "k", bytes.NewReader(noise(n)), nil)
		require.NoError(t, err)
		src := f.source(b, "k", nil)
		f.drop(b, "k")
		info, err := b.Copy(t.Context(), "copy", src, nil)
		require.NoError(t, err, "what was found can be copied")
		assert.Equal(t, src.Info().ETag, info.ETag)
		require.NoError(t, src.Close())
		f.clock.Advance(time.Hour)
		_, err = f.Sweep(t.Context())
		require.NoError(t, err)
		body, err := f.get(b, "copy", "")
		require.NoError(t, err, "the copy has a blob of its own, not one in the trash")
		assert.Equal(t, string(noise(n)), body)
		f.audit()
	}
}

func TestCopyInlineFoundWithoutBody(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("photos", VersioningOff)
	f.put(b, "k", "body")
	src := f.source(b, "k", &GetOptions{NoBody: true})
	_, err := b.Copy(t.Context(), "copy", src, nil)
	require.NoError(t, err)
	body, err := f.get(b, "copy", "")
	require.NoError(t, err)
	assert.Equal(t, "body", body)
	f.drop(b, "k")
	_, err = b.Copy(t.Context(), "copy", src, nil)
	require.ErrorIs(t, err, ErrNoSuchKey, "its bytes went with it")

	f.put(b, "k", "1234")
	src = f.source(b, "k", &GetOptions{NoBody: true})
	f.put(b, "k", "5678")
	_, err = b.Copy(t.Context(), "copy", src, nil)
	require.ErrorIs(t, err, ErrNoSuchKey, "the bytes in its row are another object's, which took its place")
	body, err = f.get(b, "copy", "")
	require.NoError(t, err)
	assert.Equal(t, "body", body)
	f.audit()
}

// An object that takes the place of another one takes over the row of its bytes,
// unless somebody needs that or the bytes are sealed under an id.
func TestRowOfReplacedBytes(t *testing.T) {
	for _, c := range []struct {
		name          string
		versioning    Versioning
		first, second string
		reuses        bool
		why           string
	}{
		{"replaced", VersioningOff, "one", "two", true, "nothing else refers to the row"},
		{"of another size", VersioningOff, "one", "longer", true, "rows have no size"},
		{"by nothing", VersioningOff, "one", "", false, "an empty object has no row"},
		{"versioned", VersioningEnabled, "one", "two", false, "the old version keeps its bytes"},
		{"suspended", VersioningSuspended, "one", "two", true, "the null version is replaced"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t, nil)
			b := f.bucket("photos", c.versioning)
			f.put(b, "k", c.first)
			before := f.source(b, "k", nil)
			f.put(b, "k", c.second)
			after := f.source(b, "k", nil)
			assert.Equal(t, c.reuses, after.rec.inline == before.rec.inline, c.why)
			body, err := f.get(b, "k", "")
			require.NoError(t, err)
			assert.Equal(t, c.second, body)
			assert.Equal(t, c.first, string(before.body), "who has opened it reads on")
			f.audit()
		})
	}
}

func TestCopyRefused(t *testing.T) {
	f, other := newFixture(t, nil), newFixture(t, nil)
	b, foreign := f.bucket("photos", VersioningOff), other.bucket("photos", VersioningOff)
	f.put(b, "k", "body")
	other.put(foreign, "k", "body")
	_, err := b.Put(t.Context(), "blob", zeroes(10_000), nil)
	require.NoError(t, err)
	closed := f.source(b, "blob", nil)
	require.NoError(t, closed.Close())
	huge := f.source(b, "k", nil)
	huge.rec.info.Size = MaxPutSize + 1
	tests := []struct {
		src  *Object
		key  string
		o    *CopyOptions
		want Code
		why  string
	}{
		{other.source(foreign, "k", nil), "c", nil, ErrInvalidArgument, "of another store"},
		{closed, "c", nil, ErrInvalidArgument, "its blobs may be gone"},
		{huge, "c", nil, ErrInvalidRequest, "S3: at most 5 GiB"},
		{f.source(b, "k", nil), "", nil, ErrInvalidArgument, "no key"},
		{f.source(b, "k", nil), "c", &CopyOptions{Checksum: "ROT13"}, ErrInvalidArgument, "no such algorithm"},
		{f.source(b, "k", nil), "k", &CopyOptions{If: Conditions{IfNoneMatch: []string{"*"}}}, ErrPreconditionFailed, "the target exists"},
	}
	for _, tt := range tests {
		_, err := b.Copy(t.Context(), tt.key, tt.src, tt.o)
		require.ErrorIs(t, err, tt.want, tt.why)
	}
	f.audit()
}
