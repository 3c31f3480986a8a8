package objstore

import (
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/checksum"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
)

// uploadOf starts an upload of parts 1, 2, ... and returns what completes it.
func (f *fixture) uploadOf(b *Bucket, key string, o *UploadOptions, bodies ...string) (*Upload, []CompletePart) {
	f.t.Helper()
	u, err := b.CreateUpload(f.t.Context(), key, o)
	require.NoError(f.t, err)
	var list []CompletePart
	for i, body := range bodies {
		p, err := u.PutPart(f.t.Context(), i+1, strings.NewReader(body), nil)
		require.NoError(f.t, err)
		list = append(list, CompletePart{Number: p.Number, ETag: p.ETag})
	}
	return u, list
}

// clean checks that the store has no problem and the given number of blobs once
// everything that is due was swept.
func (f *fixture) clean(blobs int) {
	f.t.Helper()
	for range 2 {
		f.clock.Advance(time.Hour)
		_, err := f.Sweep(f.t.Context())
		require.NoError(f.t, err)
	}
	report, err := f.Check(f.t.Context(), &CheckOptions{Data: true})
	require.NoError(f.t, err)
	assert.Empty(f.t, report.Problems)
	assert.Zero(f.t, report.Orphans)
	assert.Equal(f.t, blobs, f.blobs(), "blobs")
}

func TestUploadModTimeIsInitiation(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("bucket", VersioningEnabled)
	u, list := f.uploadOf(b, "k", &UploadOptions{Owner: "bob", Meta: Metadata{ContentType: "text/x"}, Tags: []Tag{{"a", "b"}}}, "one")
	begun := f.clock.Now()
	f.clock.Advance(time.Hour)
	f.put(b, "k", "between")
	f.clock.Advance(time.Hour)
	info, err := u.Complete(t.Context(), list, nil)
	require.NoError(t, err)
	assert.Equal(t, begun, info.ModTime, "as on Amazon S3")
	assert.Equal(t, info.VersionID, f.current(b, "k"), "but the version is the latest at completion")
	o, err := b.Object(t.Context(), "k", nil)
	require.NoError(t, err)
	defer o.Close()
	assert.Equal(t, "bob", o.Info().Owner)
	assert.Equal(t, "text/x", o.Info().Meta.ContentType)
	assert.Equal(t, []Tag{{"a", "b"}}, o.Info().Tags)
	assert.Equal(t, []PartSize{{Number: 1, Size: 3}}, o.Info().Parts)
}

func TestUploadChecksums(t *testing.T) {
	one, two := strings.Repeat("1", 100), "two"
	whole := crc32.ChecksumIEEE([]byte(one + two))
	fullCRC := base64.StdEncoding.EncodeToString([]byte{byte(whole >> 24), byte(whole >> 16), byte(whole >> 8), byte(whole)})
	for _, c := range []struct {
		why    string
		alg    checksum.Algorithm
		typ    ChecksumType
		expect string
		want   string // "" = some value
		code   Code
	}{
		{"a CRC of the full object is put together from those of the parts", checksum.CRC32, ChecksumFullObject, "", fullCRC, ""},
		{"and compared with what the client expects", checksum.CRC32, ChecksumFullObject, fullCRC, fullCRC, ""},
		{"which is an error when it differs", checksum.CRC32, ChecksumFullObject, "AAAAAA==", "", ErrBadDigest},
		{"the default of CRC32 is composite", checksum.CRC32, "", "", "", ""},
		{"SHA-256 is only composite", checksum.SHA256, "", "", "", ""},
		{"so a full one is refused at once", checksum.SHA256, ChecksumFullObject, "", "", ErrInvalidRequest},
		{"CRC64NVME is only of the full object", checksum.CRC64NVME, ChecksumComposite, "", "", ErrInvalidRequest},
		{"an algorithm that does not exist", "CRC7", "", "", "", ErrInvalidArgument},
		{"a type without algorithm says nothing", "", ChecksumComposite, "", "", ErrInvalidRequest},
	} {
		t.Run(c.why, func(t *testing.T) {
			f := newFixture(t, &Options{MinPartSize: 10})
			b := f.bucket("bucket", VersioningOff)
			u, err := b.CreateUpload(t.Context(), "k", &UploadOptions{Checksum: c.alg, ChecksumType: c.typ})
			if c.code != "" && c.code != ErrBadDigest {
				require.ErrorIs(t, err, c.code)
				return
			}
			require.NoError(t, err)
			var list []CompletePart
			for i, body := range []string{one, two} {
				p, err := u.PutPart(t.Context(), i+1, strings.NewReader(body), nil)
				require.NoError(t, err)
				assert.Equal(t, c.alg, p.Checksum.Algorithm, "the upload's algorithm is that of its parts")
				assert.Equal(t, ChecksumFullObject, p.Checksum.Type)
				list = append(list, CompletePart{Number: i + 1, ETag: p.ETag, Checksum: p.Checksum.Value})
			}
			info, err := u.Complete(t.Context(), list, &CompleteOptions{Checksum: c.expect})
			if c.code != "" {
				require.ErrorIs(t, err, c.code)
				return
			}
			require.NoError(t, err)
			if c.want != "" {
				assert.Equal(t, c.want, info.Checksum.Value)
			}
			if info.Checksum.Type == ChecksumComposite {
				assert.True(t, strings.HasSuffix(info.Checksum.Value, "-2"))
				head, _, _ := strings.Cut(info.Checksum.Value, "-")
				u, list := f.uploadOf(b, "k2", &UploadOptions{Checksum: c.alg}, one, two)
				_, err := u.Complete(t.Context(), list, &CompleteOptions{Checksum: head})
				assert.NoError(t, err, "the number of parts may be left out")
			}
			f.clean(f.blobs())
		})
	}
}

func TestCompleteRefuses(t *testing.T) {
	f := newFixture(t, &Options{MinPartSize: 1})
	b := f.bucket("bucket", VersioningOff)
	u, list := f.uploadOf(b, "k", &UploadOptions{Checksum: checksum.CRC32}, "one", "two")
	for _, c := range []struct {
		why    string
		change func(list []CompletePart, o *CompleteOptions)
		want   Code
	}{
		{"the client counted other bytes", func(_ []CompletePart, o *CompleteOptions) { o.Size = ptr(int64(7)) }, ErrInvalidRequest},
		{"and means another type", func(_ []CompletePart, o *CompleteOptions) { o.ChecksumType = ChecksumFullObject }, ErrInvalidRequest},
		{"a part with another checksum", func(l []CompletePart, _ *CompleteOptions) { l[0].Checksum = "AAAAAA==" }, ErrInvalidPart},
		{"a part number that cannot be", func(l []CompletePart, _ *CompleteOptions) { l[1].Number = MaxPartNumber + 1 }, ErrInvalidArgument},
	} {
		l, o := append([]CompletePart(nil), list...), new(CompleteOptions)
		c.change(l, o)
		_, err := u.Complete(t.Context(), l, o)
		assert.ErrorIs(t, err, c.want, c.why)
	}
	_, err := u.PutPart(t.Context(), 1, strings.NewReader("x"), &PartOptions{Checksum: checksum.SHA1})
	assert.ErrorIs(t, err, ErrInvalidRequest, "parts have the upload's algorithm")
	_, err = u.PutPart(t.Context(), 1, strings.NewReader("x"), &PartOptions{Verify: func(Digests) error { return errFault }})
	assert.ErrorIs(t, err, errFault)
	_, err = u.PutPart(t.Context(), 1, strings.NewReader("x"), &PartOptions{Size: ptr(int64(2))})
	assert.ErrorIs(t, err, ErrIncompleteBody)
	_, err = u.PutPart(t.Context(), 1, strings.NewReader("x"), &PartOptions{Size: ptr(int64(MaxPutSize + 1))})
	assert.ErrorIs(t, err, ErrEntityTooLarge)
	_, err = u.Complete(t.Context(), list, &CompleteOptions{Size: ptr(int64(6))})
	assert.NoError(t, err, "none of this changed the upload")
	f.clean(2)
}

func TestCompleteIsForgottenAfterADay(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("bucket", VersioningOff)
	u, list := f.uploadOf(b, "k", nil, "one")
	first, err := u.Complete(t.Context(), list, nil)
	require.NoError(t, err)
	f.put(b, "k", "overwritten")
	f.clock.Advance(completedFor)
	_, err = f.Sweep(t.Context())
	require.NoError(t, err)
	u, err = b.Upload(t.Context(), "k", u.Info().ID)
	require.NoError(t, err)
	again, err := u.Complete(t.Context(), list, nil)
	require.NoError(t, err)
	first.Parts = nil
	assert.Equal(t, first, again, "also when the object is another by now: the answer is to the old request")

	f.clock.Advance(time.Hour)
	_, err = b.Upload(t.Context(), "k", u.Info().ID)
	require.ErrorIs(t, err, ErrNoSuchUpload)
	_, err = f.Sweep(t.Context())
	require.NoError(t, err)
	require.NoError(t, f.view(t.Context(), func(r driver.Reader) error {
		rowsOf(t, r, kindCompleted, func(key, _ []byte) { t.Errorf("row %x is left", key) })
		return nil
	}))
	f.clean(0)
}

// TestUploadRaces lets parts, completions and aborts of one upload run at the
// same time: one end wins, and nothing is left over.
func TestUploadRaces(t *testing.T) {
	for round := range 30 {
		f := newFixture(t, &Options{MinPartSize: 1, InlineMax: 1})
		b := f.bucket("bucket", VersioningEnabled)
		u, list := f.uploadOf(b, "k", nil, "one", "two")
		var wg sync.WaitGroup
		results := make([]error, 9)
		infos := make([]ObjectInfo, len(results))
		for i := range results {
			wg.Go(func() {
				switch i % 3 {
				case 0:
					infos[i], results[i] = u.Complete(context.Background(), list, nil)
				case 1:
					_, results[i] = u.PutPart(context.Background(), 3+i, strings.NewReader("late"), nil)
				case 2:
					if round%2 == 0 && i == 8 {
						results[i] = u.Abort(context.Background())
					} else {
						_, results[i] = u.Parts(context.Background(), 0, 10)
					}
				}
			})
		}
		wg.Wait()
		completed := map[string]bool{}
		for i, err := range results {
			if err != nil {
				assert.Contains(t, []Code{ErrNoSuchUpload, ErrConflict}, CodeOf(err))
			} else if i%3 == 0 {
				completed[infos[i].VersionID] = true
			}
		}
		aborted := round%2 == 0 && results[8] == nil
		blobs := 2
		if aborted {
			blobs = 0
		}
		assert.Equal(t, !aborted, len(completed) == 1, "one end, and all completions tell of the same object")
		f.clean(blobs)
	}
}

func TestCopyPartShares(t *testing.T) {
	f := newFixture(t, &Options{MinPartSize: 1, InlineMax: 1})
	b := f.bucket("bucket", VersioningOff)
	f.put(b, "single", "0123456789")
	u, list := f.uploadOf(b, "multi", nil, "aaaa", "bbbb", "cccc")
	_, err := u.Complete(t.Context(), list, nil)
	require.NoError(t, err)
	f.clean(4)
	for _, c := range []struct {
		why    string
		src    string
		off, n int64
		want   string
		blobs  int // new ones
	}{
		{"a slice of a blob is shared", "single", 2, 5, "23456", 0},
		{"the whole is", "single", 0, -1, "0123456789", 0},
		{"a slice over two parts is", "multi", 2, 4, "aabb", 0},
		{"what is scattered more is copied", "multi", 3, 6, "abbbbc", 1},
	} {
		before := f.blobs()
		o, err := b.Object(t.Context(), c.src, nil)
		require.NoError(t, err)
		u, err := b.CreateUpload(t.Context(), "dst", nil)
		require.NoError(t, err)
		p, err := u.CopyPart(t.Context(), 1, o, c.off, c.n)
		require.NoError(t, err)
		require.NoError(t, o.Close())
		sum := md5.Sum([]byte(c.want))
		assert.Equal(t, hex.EncodeToString(sum[:]), p.ETag, c.why)
		assert.Equal(t, c.blobs, f.blobs()-before, c.why)
		_, err = u.Complete(t.Context(), []CompletePart{{Number: 1, ETag: p.ETag}}, nil)
		require.NoError(t, err)
		got, err := f.get(b, "dst", "")
		require.NoError(t, err)
		assert.Equal(t, c.want, got, c.why)
	}
	f.clean(5)
}

func TestCopyPartOfRemovedSource(t *testing.T) {
	f := newFixture(t, &Options{InlineMax: 1})
	b := f.bucket("bucket", VersioningOff)
	f.put(b, "src", "0123456789")
	o, err := b.Object(t.Context(), "src", nil)
	require.NoError(t, err)
	_, err = b.Delete(t.Context(), DeleteRequest{Key: "src"})
	require.NoError(t, err)
	u, err := b.CreateUpload(t.Context(), "dst", nil)
	require.NoError(t, err)
	p, err := u.CopyPart(t.Context(), 1, o, 1, 3)
	require.NoError(t, err, "an object that was opened stays readable")
	require.NoError(t, o.Close())
	_, err = u.CopyPart(t.Context(), 2, o, 1, 3)
	require.ErrorIs(t, err, ErrInvalidArgument, "a closed one does not")
	_, err = u.Complete(t.Context(), []CompletePart{{Number: 1, ETag: p.ETag}}, nil)
	require.NoError(t, err)
	f.clean(1)
	got, err := f.get(b, "dst", "")
	require.NoError(t, err)
	assert.Equal(t, "123", got)
}

func TestUploadOfManyParts(t *testing.T) {
	if testing.Short() {
		t.Skip("ten thousand parts")
	}
	const alg = checksum.SHA512 // of the longest sums
	f := newFixture(t, &Options{MinPartSize: 1})
	b := f.bucket("bucket", VersioningOff)
	u, err := b.CreateUpload(t.Context(), "k", &UploadOptions{Checksum: alg})
	require.NoError(t, err)
	list := make([]CompletePart, 0, MaxPartNumber)
	for n := 1; n <= MaxPartNumber; n++ {
		p, err := u.PutPart(t.Context(), n, strings.NewReader("x"), nil)
		require.NoError(t, err)
		if n%100 != 0 { // some are not used
			list = append(list, CompletePart{Number: n, ETag: p.ETag})
		}
	}
	info, err := u.Complete(t.Context(), list, nil)
	require.NoError(t, err)
	assert.Equal(t, int64(len(list)), info.Size)
	assert.Len(t, info.Parts, len(list))
	report, err := f.Sweep(t.Context())
	require.NoError(t, err)
	assert.Equal(t, MaxPartNumber, report.Parts)
	f.clean(len(list))
	_, err = b.Delete(t.Context(), DeleteRequest{Key: "k"})
	require.NoError(t, err)
	f.clean(0)
}

func TestHooksSeeUploads(t *testing.T) {
	h := &tally{}
	f := newFixture(t, &Options{MinPartSize: 1, Hooks: []Hook{h}})
	b := f.bucket("bucket", VersioningOff)
	u, list := f.uploadOf(b, "k", nil, "one", "two")
	_, err := u.PutPart(t.Context(), 2, strings.NewReader("two"), nil)
	require.NoError(t, err)
	_, err = u.Complete(t.Context(), list[:1], nil)
	require.NoError(t, err)
	u, _ = f.uploadOf(b, "k", nil, "one")
	require.NoError(t, u.Abort(t.Context()))
	f.uploadOf(b, "k", nil, "one")
	got, err := b.Totals(t.Context())
	require.NoError(t, err)
	assert.Equal(t, got, h.sum, "the deltas that hooks are told add up to the totals")

	h.refuse = OpPutPart
	u, _ = f.uploadOf(b, "k", nil)
	_, err = u.PutPart(t.Context(), 1, strings.NewReader("no"), nil)
	require.ErrorIs(t, err, errFault)
	f.clean(2)
}

// tally is a hook that adds up what is committed.
type tally struct {
	mu     sync.Mutex
	sum    Totals
	refuse Op
}

func (h *tally) Check(context.Context, *Mutation) error { return nil }

func (h *tally) Commit(_ context.Context, _ driver.Txn, m *Mutation) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if m.Op == h.refuse {
		return errFault
	}
	h.sum = h.sum.plus(m.Delta)
	return nil
}

func TestAbortAllInSteps(t *testing.T) {
	f := newFixture(t, &Options{MinPartSize: 1})
	b := f.bucket("bucket", VersioningOff)
	for i := range 2*abortChunk + 3 {
		f.uploadOf(b, fmt.Sprintf("k%d", i%50), nil, "part")
	}
	require.NoError(t, f.DeleteBucket(t.Context(), b.info.BucketID))
	totals, err := f.OwnerTotals(t.Context(), "alice")
	require.NoError(t, err)
	assert.Zero(t, totals)
	f.clean(0)
}

func TestUploadOnOtherBucketOfThatName(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("bucket", VersioningOff)
	u, list := f.uploadOf(b, "k", nil, "one")
	_, err := u.Complete(t.Context(), list, nil)
	require.NoError(t, err)
	_, err = b.Delete(t.Context(), DeleteRequest{Key: "k"})
	require.NoError(t, err)
	require.NoError(t, f.DeleteBucket(t.Context(), b.info.BucketID))
	again := f.bucket("bucket", VersioningOff)
	_, err = again.Upload(t.Context(), "k", u.Info().ID)
	assert.ErrorIs(t, err, ErrNoSuchUpload)
	_, err = u.Complete(t.Context(), list, nil)
	assert.ErrorIs(t, err, ErrNoSuchBucket)
	f.clean(0)
}

func TestUploadIDsSortByTime(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	last := uploadID{}
	for range 1000 {
		now = now.Add(250 * time.Nanosecond)
		id := newUploadID(now)
		assert.Greater(t, id.String(), last.String())
		parsed, err := parseUploadID(id.String())
		require.NoError(t, err)
		assert.Equal(t, id, parsed)
		last = id
	}
	_, err := parseUploadID(strings.ToUpper(last.String()))
	assert.ErrorIs(t, err, ErrNoSuchUpload, "one spelling is one id")
}

// TestPutPartDuringAbort aborts an upload while the body of a part arrives.
func TestPutPartDuringAbort(t *testing.T) {
	f := newFixtureOn(t, memengine.New(), nil)
	b := f.bucket("bucket", VersioningOff)
	u, _ := f.uploadOf(b, "k", nil)
	body := &hookedReader{r: strings.NewReader("late"), first: func() { assert.NoError(t, u.Abort(t.Context())) }}
	_, err := u.PutPart(t.Context(), 1, body, nil)
	require.ErrorIs(t, err, ErrNoSuchUpload)
	assert.Zero(t, f.blobs(), "the bytes are removed at once")
	f.clean(0)
}

type hookedReader struct {
	r     io.Reader
	first func()
}

func (h *hookedReader) Read(p []byte) (int, error) {
	if h.first != nil {
		h.first()
		h.first = nil
	}
	return h.r.Read(p)
}

// TestCompleteSeesPartsThatChange lets a part be changed between the moments at
// which Complete reads the parts and commits.
func TestCompleteSeesPartsThatChange(t *testing.T) {
	for _, c := range []struct {
		why  string
		body string // of the part that comes in between
		want Code
	}{
		{"a part that is not the one that the client listed is refused", "other", ErrInvalidPart},
		{"the same bytes again are another blob, which the object takes", "one", ""},
	} {
		t.Run(c.why, func(t *testing.T) {
			e := memengine.New()
			index := &interruptedIndex{Index: e.Index}
			f := newFixtureOn(t, driver.Engine{Index: index, Blobs: e.Blobs, Exclusive: true}, nil)
			b := f.bucket("bucket", VersioningOff)
			u, list := f.uploadOf(b, "k", nil, "one")
			index.before = func() {
				_, err := u.PutPart(t.Context(), 1, strings.NewReader(c.body), nil)
				assert.NoError(t, err)
			}
			_, err := u.Complete(t.Context(), list, nil)
			if c.want != "" {
				require.ErrorIs(t, err, c.want)
				require.NoError(t, u.Abort(t.Context()))
				f.clean(0)
				return
			}
			require.NoError(t, err)
			f.clean(1)
			got, err := f.get(b, "k", "")
			require.NoError(t, err)
			assert.Equal(t, "one", got)
		})
	}
}

// interruptedIndex lets something else happen before the next transaction.
type interruptedIndex struct {
	driver.Index
	before func()
}

func (x *interruptedIndex) Update(ctx context.Context, fn func(driver.Txn) error) error {
	if before := x.before; before != nil {
		x.before = nil
		before()
	}
	return x.Index.Update(ctx, fn)
}

func TestFinishedUploadsLeaveNoCounters(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("bucket", VersioningOff)
	completed, list := f.uploadOf(b, "k", nil, "one")
	_, err := completed.Complete(t.Context(), list, nil)
	require.NoError(t, err)
	aborted, _ := f.uploadOf(b, "k", nil, "one")
	require.NoError(t, aborted.Abort(t.Context()))
	require.NoError(t, f.view(t.Context(), func(r driver.Reader) error {
		for _, u := range []*Upload{completed, aborted} {
			held, err := readTotals(r, uploadScope(u.id))
			require.NoError(t, err)
			assert.Zero(t, held)
			n, err := r.Counter(generationRow(u.id))
			require.NoError(t, err)
			assert.Zero(t, n)
		}
		return nil
	}))
}

func TestSliceExtents(t *testing.T) {
	a, b, c := extent{driver.BlobID{1}, 100, 10}, extent{driver.BlobID{2}, 0, 5}, extent{driver.BlobID{3}, 7, 20}
	all := []extent{a, b, c}
	for _, s := range []struct {
		off, n int64
		want   []extent
	}{
		{0, 35, all},
		{0, 0, nil},
		{0, 10, []extent{a}},
		{3, 4, []extent{{a.blob, 103, 4}}},
		{9, 2, []extent{{a.blob, 109, 1}, {b.blob, 0, 1}}},
		{10, 5, []extent{b}},
		{12, 10, []extent{{b.blob, 2, 3}, {c.blob, 7, 7}}},
		{34, 1, []extent{{c.blob, 26, 1}}},
	} {
		assert.Equal(t, s.want, sliceExtents(all, s.off, s.n), "%d bytes from %d", s.n, s.off)
	}
}
