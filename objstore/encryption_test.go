package objstore

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/badgerindex"
	"github.com/cofferstore/coffer/objstore/checksum"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/fileblobs"
	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/objstore/sse"
	"github.com/cofferstore/coffer/objstore/sse/keyring"
)

// plainSealer stands for the server's master key.
type plainSealer struct{ key sse.Key }

func (s plainSealer) Seal(plain, _ []byte) ([]byte, error) {
	return s.key.Stream([16]byte{}).Seal(nil, plain), nil
}

func (s plainSealer) Open(sealed, _ []byte) ([]byte, error) {
	return s.key.Stream([16]byte{}).Open(sealed)
}

func newTestRing(t testing.TB, keys ...string) *keyring.Ring {
	t.Helper()
	r, err := keyring.Open(filepath.Join(t.TempDir(), "ring"), plainSealer{sse.NewKey()}, nil)
	require.NoError(t, err)
	for _, k := range keys {
		require.NoError(t, r.Create(k))
	}
	return r
}

func newSealedFixture(t *testing.T, e driver.Engine) (*fixture, *keyring.Ring) {
	ring := newTestRing(t, "one", "two")
	return newFixtureOn(t, e, &Options{Keys: ring, KMS: ring, MinPartSize: 1}), ring
}

// encryptions are all ways to store an object.
func encryptions() map[string]*Encryption {
	a, b := sse.Key{1}, sse.Key{2}
	return map[string]*Encryption{
		"clear":        nil,
		"customer a":   {Mode: sse.ModeCustomer, CustomerKey: &a},
		"customer b":   {Mode: sse.ModeCustomer, CustomerKey: &b},
		"server":       {Mode: sse.ModeS3},
		"kms default":  {Mode: sse.ModeKMS},
		"kms one":      {Mode: sse.ModeKMS, KeyID: "one", Context: map[string]string{"a": "1", "b": "2"}},
		"kms two":      {Mode: sse.ModeKMS, KeyID: "two", BucketKey: true},
		"kms one else": {Mode: sse.ModeKMS, KeyID: "one", Context: map[string]string{"a": "2"}},
	}
}

func customer(e *Encryption) *sse.Key {
	if e == nil {
		return nil
	}
	return e.CustomerKey
}

func noiseOf(n int) []byte {
	b := make([]byte, n)
	x := uint32(n + 1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

// unlocked finds an object and gives it the key.
func (f *fixture) unlocked(b *Bucket, key string, e *Encryption) *Object {
	f.t.Helper()
	o, err := b.Object(f.t.Context(), key, nil)
	require.NoError(f.t, err)
	f.t.Cleanup(func() { _ = o.Close() })
	require.NoError(f.t, o.Unlock(customer(e)))
	return o
}

// requireBytes reads an object in every way.
func (f *fixture) requireBytes(o *Object, want []byte, why string) {
	f.t.Helper()
	r, err := o.Open(f.t.Context())
	require.NoError(f.t, err, why)
	defer r.Close()
	require.EqualValues(f.t, len(want), r.Size(), why)
	n := int64(len(want))
	for _, span := range [][2]int64{{0, n}, {n / 3, n / 2}, {n / 2, n - n/2}, {0, min(n, 1)}, {max(n-1, 0), min(n, 1)}} {
		var out bytes.Buffer
		_, err := r.CopyRange(&out, span[0], span[1])
		require.NoError(f.t, err, why)
		require.True(f.t, bytes.Equal(want[span[0]:span[0]+span[1]], out.Bytes()), "%s: %v", why, span)
		p := make([]byte, span[1])
		m, err := r.ReadAt(p, span[0])
		if err != io.EOF {
			require.NoError(f.t, err, why)
		}
		require.True(f.t, bytes.Equal(want[span[0]:span[0]+span[1]], p[:m]), "%s: ReadAt %v", why, span)
	}
}

func (f *fixture) requireSound() {
	f.t.Helper()
	report, err := f.Check(f.t.Context(), &CheckOptions{Data: true})
	require.NoError(f.t, err)
	require.Empty(f.t, report.Problems)
}

func md5Hex(p []byte) string {
	sum := md5.Sum(p)
	return hex.EncodeToString(sum[:])
}

func TestEncryptedPut(t *testing.T) {
	f, _ := newSealedFixture(t, memengine.New())
	b := f.bucket("bucket", VersioningEnabled)
	for name, e := range encryptions() {
		for _, n := range []int{0, 1, 100, 4096, 5000, sse.PackageSize, 256 << 10, 600_001} {
			body := noiseOf(n)
			info, err := b.Put(t.Context(), name, bytes.NewReader(body), &PutOptions{Encryption: e, Checksum: checksum.CRC32C})
			require.NoError(t, err)
			assert.EqualValues(t, n, info.Size, name)
			assert.Len(t, info.ETag, 32)
			assert.Equal(t, e == nil || e.Mode == sse.ModeS3, info.ETag == md5Hex(body), "%s: whether the ETag is the MD5", name)
			o := f.unlocked(b, name, e)
			f.requireBytes(o, body, name)
			if e == nil {
				assert.Nil(t, o.Info().Encryption)
				continue
			}
			got := o.Info().Encryption
			assert.Equal(t, e.Mode, got.Mode)
			assert.Equal(t, e.Context, got.Context)
			assert.Equal(t, e.BucketKey, got.BucketKey)
			if e.Mode == sse.ModeKMS && e.KeyID == "" {
				assert.Equal(t, keyring.DefaultKey, got.KeyID, "the default has a name")
			}
		}
	}
	f.requireSound()
}

// TestEncryptedReplaced replaces a small object of each mode by one of each: the
// bytes of the first may leave their row to those of the second.
func TestEncryptedReplaced(t *testing.T) {
	f, _ := newSealedFixture(t, memengine.New())
	b := f.bucket("bucket", VersioningOff)
	for before, eb := range encryptions() {
		for after, ea := range encryptions() {
			for i, e := range []*Encryption{eb, ea} {
				_, err := b.Put(t.Context(), "k", bytes.NewReader(noiseOf(100+i)), &PutOptions{Encryption: e})
				require.NoError(t, err)
			}
			f.requireBytes(f.unlocked(b, "k", ea), noiseOf(101), before+", then "+after)
			f.requireSound()
		}
	}
}

// TestEncryptedCopies copies from each mode to each.
func TestEncryptedCopies(t *testing.T) {
	f, _ := newSealedFixture(t, memengine.New())
	b := f.bucket("bucket", VersioningOff)
	for _, n := range []int{10, 300_000} {
		body := noiseOf(n)
		for from, ef := range encryptions() {
			_, err := b.Put(t.Context(), from, bytes.NewReader(body), &PutOptions{Encryption: ef, Checksum: checksum.CRC64NVME})
			require.NoError(t, err)
			for to, et := range encryptions() {
				src := f.unlocked(b, from, ef)
				info, err := b.Copy(t.Context(), "copy", src, &CopyOptions{Encryption: et, Checksum: checksum.SHA256})
				require.NoError(t, err)
				why := from + " to " + to
				assert.Equal(t, et == nil || et.Mode == sse.ModeS3, info.ETag == md5Hex(body), "%s: whether the ETag is the MD5", why)
				o := f.unlocked(b, "copy", et)
				f.requireBytes(o, body, why)
				same := len(o.rec.extents) > 0 && o.rec.extents[0] == src.rec.extents[0]
				assert.Equal(t, n > 4096 && from == to && from != "kms default", same, "%s: bytes are shared where the key is the same", why)
			}
		}
	}
	f.requireSound()
}

func TestEncryptedMultipart(t *testing.T) {
	f, _ := newSealedFixture(t, memengine.New())
	b := f.bucket("bucket", VersioningOff)
	source := noiseOf(500_000)
	for from, ef := range encryptions() {
		_, err := b.Put(t.Context(), "source "+from, bytes.NewReader(source), &PutOptions{Encryption: ef})
		require.NoError(t, err)
	}
	for to, et := range encryptions() {
		up, err := b.CreateUpload(t.Context(), to, &UploadOptions{Encryption: et})
		require.NoError(t, err)
		up, err = b.Upload(t.Context(), to, up.Info().ID) // as another request would
		require.NoError(t, err)
		require.NoError(t, up.Unlock(customer(et)))
		var want []byte
		var list []CompletePart
		add := func(p PartInfo, body []byte) {
			assert.EqualValues(t, len(body), p.Size)
			list = append(list, CompletePart{Number: p.Number, ETag: p.ETag})
			want = append(want, body...)
		}
		for _, n := range []int{70_000, 1, 300_000} {
			body := noiseOf(n)
			p, err := up.PutPart(t.Context(), len(list)+1, bytes.NewReader(body), nil)
			require.NoError(t, err)
			assert.Equal(t, et == nil || et.Mode == sse.ModeS3, p.ETag == md5Hex(body), to)
			add(p, body)
		}
		for from, ef := range encryptions() {
			p, err := up.CopyPart(t.Context(), len(list)+1, f.unlocked(b, "source "+from, ef), 1000, 200_000)
			require.NoError(t, err, "%s to %s", from, to)
			add(p, source[1000:201_000])
		}
		f.requireSound()
		info, err := up.Complete(t.Context(), list, nil)
		require.NoError(t, err)
		assert.True(t, strings.HasSuffix(info.ETag, "-11"))
		o := f.unlocked(b, to, et)
		f.requireBytes(o, want, to)
		_, err = b.Copy(t.Context(), "copy", o, &CopyOptions{Encryption: et})
		require.NoError(t, err)
		f.requireBytes(f.unlocked(b, "copy", et), want, "copy of "+to)
	}
	f.requireSound()
}

func TestCustomerKeyErrors(t *testing.T) {
	f, _ := newSealedFixture(t, memengine.New())
	b := f.bucket("bucket", VersioningOff)
	key, other := sse.Key{1}, sse.Key{2}
	ctx := t.Context()
	for _, body := range []string{"small", strings.Repeat("large", 10_000)} {
		_, err := b.Put(ctx, "k", strings.NewReader(body), &PutOptions{Encryption: &Encryption{Mode: sse.ModeCustomer, CustomerKey: &key}})
		require.NoError(t, err)
		o, err := b.Object(ctx, "k", nil)
		require.NoError(t, err)
		_, err = o.Open(ctx)
		assert.ErrorIs(t, err, ErrEncryptionKeyMissing)
		_, err = b.Copy(ctx, "copy", o, nil)
		assert.ErrorIs(t, err, ErrEncryptionKeyMissing)
		assert.ErrorIs(t, o.Unlock(nil), ErrEncryptionKeyMissing)
		assert.ErrorIs(t, o.Unlock(&other), ErrEncryptionKeyWrong)
		_, err = o.Open(ctx)
		assert.ErrorIs(t, err, ErrEncryptionKeyMissing, "a wrong key is not kept")
		require.NoError(t, o.Close())
	}
	f.put(b, "clear", "x")
	o, err := b.Object(ctx, "clear", nil)
	require.NoError(t, err)
	assert.ErrorIs(t, o.Unlock(&key), ErrEncryptionKeyUnused)
	up, err := b.CreateUpload(ctx, "k", &UploadOptions{Encryption: &Encryption{Mode: sse.ModeCustomer, CustomerKey: &key}})
	require.NoError(t, err)
	up, err = b.Upload(ctx, "k", up.Info().ID)
	require.NoError(t, err)
	_, err = up.PutPart(ctx, 1, strings.NewReader("x"), nil)
	assert.ErrorIs(t, err, ErrEncryptionKeyMissing)
	assert.ErrorIs(t, up.Unlock(&other), ErrEncryptionKeyMismatch)
}

func TestEncryptionErrors(t *testing.T) {
	f, ring := newSealedFixture(t, memengine.New())
	b := f.bucket("bucket", VersioningOff)
	ctx := t.Context()
	put := func(e *Encryption) error {
		_, err := b.Put(ctx, "k", strings.NewReader("x"), &PutOptions{Encryption: e})
		return err
	}
	assert.ErrorIs(t, put(&Encryption{Mode: sse.ModeKMS, KeyID: "none"}), sse.ErrKeyNotFound)
	assert.ErrorIs(t, put(&Encryption{Mode: sse.ModeCustomer}), ErrInvalidArgument)
	assert.ErrorIs(t, put(&Encryption{Mode: "rot13"}), ErrInvalidArgument)
	require.NoError(t, put(&Encryption{Mode: sse.ModeKMS, KeyID: "one"}))
	require.NoError(t, ring.SetDisabled("one", true))
	o, err := b.Object(ctx, "k", nil)
	require.NoError(t, err, "what is told of an object needs no key")
	_, err = o.Open(ctx)
	assert.ErrorIs(t, err, sse.ErrKeyDisabled)

	bare := newFixture(t, nil)
	_, err = bare.bucket("bucket", VersioningOff).Put(ctx, "k", strings.NewReader("x"), &PutOptions{Encryption: &Encryption{Mode: sse.ModeS3}})
	assert.ErrorIs(t, err, ErrEncryptionNotConfigured)
}

func TestMasterKeyRotation(t *testing.T) {
	f, ring := newSealedFixture(t, memengine.New())
	b := f.bucket("bucket", VersioningOff)
	body := noiseOf(100_000)
	for _, key := range []string{"before", "after"} {
		_, err := b.Put(t.Context(), key, bytes.NewReader(body), &PutOptions{Encryption: &Encryption{Mode: sse.ModeS3}})
		require.NoError(t, err)
		require.NoError(t, ring.Rotate(keyring.DefaultKey))
	}
	for _, key := range []string{"before", "after"} {
		f.requireBytes(f.unlocked(b, key, nil), body, key)
	}
}

// TestNothingInClearOnDisk looks at every byte of a data directory.
func TestNothingInClearOnDisk(t *testing.T) {
	dir := t.TempDir()
	index, err := badgerindex.Open(filepath.Join(dir, "index"), nil)
	require.NoError(t, err)
	blobs, err := fileblobs.Open(filepath.Join(dir, "blobs"), nil)
	require.NoError(t, err)
	ring := &recordingRing{KeyProvider: newTestRing(t, "one", "two")}
	s, err := Open(driver.Engine{Index: index, Blobs: blobs, Exclusive: true}, &Options{Keys: ring, KMS: ring, SweepEvery: -1})
	require.NoError(t, err)
	b, err := s.CreateBucket(t.Context(), BucketID{Name: "bucket"}, nil)
	require.NoError(t, err)
	const secret = "the quick brown fox jumps over the lazy dog"
	mine := sse.NewKey()
	all := encryptions()
	all["customer a"].CustomerKey = &mine
	for name, e := range all {
		if e == nil {
			continue
		}
		for i, n := range []int{1, 20_000} {
			_, err := b.Put(t.Context(), name+string(rune('0'+i)), strings.NewReader(strings.Repeat(secret, n)), &PutOptions{Encryption: e})
			require.NoError(t, err)
		}
	}
	require.NoError(t, s.Close())
	keys := append(ring.made, mine)
	require.Greater(t, len(keys), 5)
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		assert.False(t, bytes.Contains(data, []byte(secret)), "%s holds plain bytes", path)
		for _, k := range keys {
			assert.False(t, bytes.Contains(data, k[:]), "%s holds a key", path)
		}
		return nil
	}))
}

// recordingRing remembers the data keys that it made.
type recordingRing struct {
	sse.KeyProvider
	made   []sse.Key
	opened int
}

func (r *recordingRing) Unwrap(ctx context.Context, id string, wrapped, additional []byte) (sse.Key, error) {
	r.opened++
	return r.KeyProvider.Unwrap(ctx, id, wrapped, additional)
}

func (r *recordingRing) DataKey(ctx context.Context, id string, additional []byte) (sse.DataKey, error) {
	d, err := r.KeyProvider.DataKey(ctx, id, additional)
	r.made = append(r.made, d.Key)
	return d, err
}

// TestBucketKeysSaveCalls counts how often the key provider is asked.
func TestBucketKeysSaveCalls(t *testing.T) {
	ring := &recordingRing{KeyProvider: newTestRing(t)}
	f := newFixture(t, &Options{KMS: ring, BucketKeyAge: time.Minute})
	b := f.bucket("bucket", VersioningOff)
	e := &Encryption{Mode: sse.ModeKMS, BucketKey: true, Context: map[string]string{"a": "b"}}
	put := func(key string) {
		_, err := b.Put(t.Context(), key, strings.NewReader(key), &PutOptions{Encryption: e})
		require.NoError(t, err)
	}
	put("one")
	put("two")
	assert.Len(t, ring.made, 1, "the second object needs no call")
	_, err := f.bucket("another", VersioningOff).Put(t.Context(), "k", strings.NewReader("x"), &PutOptions{Encryption: e})
	require.NoError(t, err)
	assert.Len(t, ring.made, 2, "each bucket has a key of its own")
	f.requireBytes(f.unlocked(b, "one", nil), []byte("one"), "opened by a call")
	f.requireBytes(f.unlocked(b, "two", nil), []byte("two"), "opened without")
	assert.Equal(t, 1, ring.opened)
	f.clock.Advance(time.Minute)
	put("three")
	assert.Len(t, ring.made, 3, "a bucket key is used for a while only")
	f.requireBytes(f.unlocked(b, "one", nil), []byte("one"), "older ones stay good")
}

// TestCheckReadsSealedBytes damages a blob and looks whether a check tells.
func TestCheckReadsSealedBytes(t *testing.T) {
	e := memengine.New()
	f, _ := newSealedFixture(t, e)
	b := f.bucket("bucket", VersioningOff)
	for key, enc := range map[string]*Encryption{"server": {Mode: sse.ModeS3}, "kms": {Mode: sse.ModeKMS}} {
		_, err := b.Put(t.Context(), key, bytes.NewReader(noiseOf(200_000)), &PutOptions{Encryption: enc, Checksum: checksum.CRC32})
		require.NoError(t, err)
	}
	f.requireSound()
	o := f.unlocked(b, "server", nil)
	id, key := o.rec.extents[0].blob, sse.NewKey()
	require.NoError(t, e.Blobs.Remove(t.Context(), id))
	w, err := e.Blobs.Create(t.Context(), id)
	require.NoError(t, err)
	_, err = w.Write(key.Stream(id).Seal(nil, noiseOf(200_000)))
	require.NoError(t, err)
	require.NoError(t, w.Commit())
	report, err := f.Check(t.Context(), &CheckOptions{Data: true})
	require.NoError(t, err)
	require.Len(t, report.Problems, 1)
	assert.Contains(t, report.Problems[0], "damaged")
	_, err = o.Open(t.Context())
	require.NoError(t, err)
	r, err := o.Open(t.Context())
	require.NoError(t, err)
	defer r.Close()
	n, err := r.ReadAt(make([]byte, 10), 0)
	assert.Zero(t, n)
	assert.ErrorIs(t, err, sse.ErrDamaged, "readers get nothing that was not written")
}
