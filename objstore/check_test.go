package objstore

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/checksum"
	"github.com/cofferstore/coffer/objstore/driver"
)

// checkedStore is a store with something of everything in it.
type checkedStore struct {
	*fixture
	b      *Bucket
	other  *Bucket
	blob   driver.BlobID // of the current object "large"
	upload *Upload
}

func newCheckedStore(t *testing.T) *checkedStore {
	f := newFixture(t, &Options{InlineMax: 10, MinPartSize: 1})
	s := &checkedStore{fixture: f, b: f.bucket("bucket", VersioningEnabled)}
	other := f.bucket("other", VersioningOff)
	s.other = other
	f.put(other, "old", "x")
	require.NoError(t, other.SetDocument(t.Context(), "policy", []byte("{}")))
	f.put(other, "null", "x")
	require.NoError(t, other.SetVersioning(t.Context(), VersioningEnabled))
	f.put(other, "null", "y")
	f.put(s.b, "small", "small")
	f.put(s.b, "small", "again")
	f.put(s.b, "large", strings.Repeat("large", 10))
	o, err := s.b.Object(t.Context(), "large", nil)
	require.NoError(t, err)
	s.blob = o.rec.extents[0].blob
	_, err = s.b.Copy(t.Context(), "copy", o, nil)
	require.NoError(t, err)
	require.NoError(t, o.Close())
	_, err = s.b.Delete(t.Context(), DeleteRequest{Key: "small"})
	require.NoError(t, err)
	for _, alg := range []checksum.Algorithm{"", checksum.CRC32C, checksum.CRC64NVME} {
		u, list := f.uploadOf(s.b, "multi"+string(alg), &UploadOptions{Checksum: alg}, "one", "two", "three")
		_, err = u.Complete(t.Context(), list[:2], nil)
		require.NoError(t, err)
	}
	s.upload, _ = f.uploadOf(s.b, "unfinished", nil, "one", "two")
	return s
}

func (s *checkedStore) report(o *CheckOptions) CheckReport {
	s.t.Helper()
	report, err := s.Check(s.t.Context(), o)
	require.NoError(s.t, err)
	return report
}

func (s *checkedStore) change(fn func(txn driver.Txn) error) {
	s.t.Helper()
	require.NoError(s.t, s.mutate(s.t.Context(), fn))
}

func TestCheckCounts(t *testing.T) {
	s := newCheckedStore(t)
	assert.Equal(t, CheckReport{
		Buckets: 2, Objects: 7, Versions: 4, Uploads: 1, Parts: 2,
		Blobs: 1 + 3*3 + 2, // the last parts of the completed uploads are yet to be swept
	}, s.report(&CheckOptions{Data: true}))
	s.clock.Advance(time.Hour)
	s.sweepNow()
	s.clock.Advance(time.Hour)
	s.sweepNow()
	assert.Equal(t, int64(1+3*2+2), s.report(nil).Blobs)
}

// TestCheckFinds damages a store in many ways: each is found, told by a line
// that names it, and mended where that is possible without touching objects.
func TestCheckFinds(t *testing.T) {
	for _, c := range []struct {
		why      string
		damage   func(s *checkedStore, txn driver.Txn) error
		tells    string
		repaired bool
	}{
		{"a counter of a bucket has drifted", func(s *checkedStore, txn driver.Txn) error {
			return addScope(txn, bucketScope(s.b.info.Ref), Totals{Objects: 3, Bytes: -7})
		}, "bucket bucket: counters", true},
		{"one of an owner", func(s *checkedStore, txn driver.Txn) error {
			return addScope(txn, ownerScope("alice"), Totals{Uploads: 1})
		}, "owner alice: counters", true},
		{"one of an upload", func(s *checkedStore, txn driver.Txn) error {
			return addScope(txn, uploadScope(s.upload.id), Totals{Parts: 1})
		}, "Parts:3 PartBytes:6", true},
		{"a reference count is too high: the blob would never be removed", func(s *checkedStore, txn driver.Txn) error {
			return setRefs(txn, s.blob, 5)
		}, "is named 2 times, its reference count is 5", true},
		{"one is too low: the blob would be removed too early", func(s *checkedStore, txn driver.Txn) error {
			return setRefs(txn, s.blob, 1)
		}, "is named 2 times, its reference count is 1", true},
		{"one is missing", func(s *checkedStore, txn driver.Txn) error {
			return txn.Delete(blobRefsRow(s.blob))
		}, "is named 2 times, its reference count is 0", true},
		{"nothing names a blob that has references", func(s *checkedStore, txn driver.Txn) error {
			return setRefs(txn, s.straggler(s.clock.Now()), 1)
		}, "is named 0 times, its reference count is 1", true},
		{"a blob that is named is in the trash: the sweep would remove it", func(s *checkedStore, txn driver.Txn) error {
			return txn.Set(trashRow(1, s.blob), nil)
		}, "is in the trash", true},
		{"an owner's list lacks a bucket", func(s *checkedStore, txn driver.Txn) error {
			return txn.Delete(ownerRow("alice", s.b.info.BucketID))
		}, "is missing among the buckets", true},
		{"it says that a bucket is unlinked that is not", func(s *checkedStore, txn driver.Txn) error {
			return txn.Set(ownerRow("alice", s.b.info.BucketID), []byte{1})
		}, "wrongly marked", true},
		{"it has one that is gone", func(s *checkedStore, txn driver.Txn) error {
			return txn.Set(ownerRow("alice", BucketID{Name: "gone"}), nil)
		}, "bucket gone is not theirs", true},
		{"a document of no bucket", func(s *checkedStore, txn driver.Txn) error {
			return txn.Set(documentRow([16]byte{7}, "policy"), []byte("x"))
		}, "document row", true},
		{"the pointer to the null version points nowhere", func(s *checkedStore, txn driver.Txn) error {
			return txn.Set(nullRow(s.b.info.Ref, "large"), make([]byte, 8))
		}, "points nowhere", true},
		{"a key has two null versions", func(s *checkedStore, txn driver.Txn) error {
			rec := record{info: ObjectInfo{DeleteMarker: true, VersionID: NullVersion, ModTime: s.clock.Now()}, order: 1}
			if err := txn.Set(versionRow(s.other.info.Ref, "old", 1), appendRecord(nil, &rec)); err != nil {
				return err
			}
			return txn.Set(nullRow(s.other.info.Ref, "old"), []byte{0, 0, 0, 0, 0, 0, 0, 1})
		}, "two null versions", false},
		{"a part of no upload", func(s *checkedStore, txn driver.Txn) error {
			p := part{modified: s.clock.Now()}
			return txn.Set(partRow(uploadID{1}, 1), appendPart(nil, &p))
		}, "is of no upload", true},
		{"an object's row is damaged", func(s *checkedStore, txn driver.Txn) error {
			return txn.Set(currentRow(s.b.info.Ref, "large"), []byte{recordV1, 0})
		}, `"large": row cannot be read`, false},
		{"an object's small body is missing", func(s *checkedStore, txn driver.Txn) error {
			return deleteFirst(txn, kindInline)
		}, "its bytes are missing", false},
		{"a small body belongs to nobody", func(s *checkedStore, txn driver.Txn) error {
			return txn.Set(inlineRow(driver.BlobID{1}), []byte("x"))
		}, "inline rows", false},
		{"an object in no bucket", func(s *checkedStore, txn driver.Txn) error {
			return txn.Set(currentRow([16]byte{9}, "lost"), []byte{1})
		}, "its bucket does not exist", false},
		{"a delete marker poses as the current object", func(s *checkedStore, txn driver.Txn) error {
			rec := record{info: ObjectInfo{DeleteMarker: true, VersionID: NullVersion, ModTime: s.clock.Now()}}
			return txn.Set(currentRow(s.b.info.Ref, "odd"), appendRecord(nil, &rec))
		}, "delete marker is the current object", false},
	} {
		t.Run(c.why, func(t *testing.T) {
			s := newCheckedStore(t)
			s.change(func(txn driver.Txn) error { return c.damage(s, txn) })
			found := s.report(nil)
			assert.Contains(t, strings.Join(found.Problems, "\n"), c.tells)
			assert.Zero(t, found.Repaired, "a check alone changes nothing")
			assert.Equal(t, found, s.report(nil))

			mended := s.report(&CheckOptions{Repair: true})
			if !c.repaired {
				assert.NotEmpty(t, s.report(nil).Problems)
				return
			}
			assert.NotZero(t, mended.Repaired)
			s.clean(1 + 3*2 + 2)
			got, err := s.get(s.b, "large", "")
			require.NoError(t, err)
			assert.Equal(t, strings.Repeat("large", 10), got)
		})
	}
}

// deleteFirst deletes the first row of a kind.
func deleteFirst(txn driver.Txn, kind byte) error {
	base := row(kind, 0)
	c := txn.Scan(base, after(base), driver.ScanOptions{})
	c.Next()
	key := bytes.Clone(c.Key())
	if err := c.Close(); err != nil {
		return err
	}
	return txn.Delete(key)
}

func TestCheckFindsLostBytes(t *testing.T) {
	for _, c := range []struct {
		why   string
		blob  []byte // nil: it is gone
		data  bool
		tells []string
	}{
		{"a blob is gone", nil, true, []string{"is named but missing"}},
		{"it is shorter", []byte("larg"), false, []string{"has 4 bytes, 50 are named"}},
		{"it has other bytes, and nobody looks", []byte(strings.Repeat("LARGE", 10)), false, nil},
		{"somebody does", []byte(strings.Repeat("LARGE", 10)), true, []string{`bucket "copy": the MD5`, `bucket "large": the MD5`}},
	} {
		t.Run(c.why, func(t *testing.T) {
			s := newCheckedStore(t)
			require.NoError(t, s.eng.Blobs.Remove(t.Context(), s.blob))
			if c.blob != nil {
				w, err := s.eng.Blobs.Create(t.Context(), s.blob)
				require.NoError(t, err)
				_, err = w.Write(c.blob)
				require.NoError(t, err)
				require.NoError(t, w.Commit())
			}
			problems := s.report(&CheckOptions{Data: c.data}).Problems
			require.Len(t, problems, len(c.tells), "%q", problems)
			for i := range c.tells {
				assert.Contains(t, problems[i], c.tells[i])
			}
		})
	}
}

// TestCheckReadsParts damages one part of an object that was uploaded in parts.
func TestCheckReadsParts(t *testing.T) {
	for _, key := range []string{"multi", "multiCRC32C", "multiCRC64NVME", "unfinished"} {
		s := newCheckedStore(t)
		var extents []extent
		if key == "unfinished" {
			require.NoError(t, s.view(t.Context(), func(r driver.Reader) error {
				_, err := scanParts(r, s.upload.id, 0, func(_ int, p *part) bool { extents = p.extents; return true })
				return err
			}))
		} else {
			o, err := s.b.Object(t.Context(), key, nil)
			require.NoError(t, err)
			extents = o.rec.extents[1:]
			require.NoError(t, o.Close())
		}
		require.NoError(t, s.eng.Blobs.Remove(t.Context(), extents[0].blob))
		w, err := s.eng.Blobs.Create(t.Context(), extents[0].blob)
		require.NoError(t, err)
		_, err = w.Write([]byte("tWo"))
		require.NoError(t, err)
		require.NoError(t, w.Commit())
		problems := s.report(&CheckOptions{Data: true}).Problems
		want := map[string]int{"multi": 1, "unfinished": 1}[key]
		if want == 0 {
			want = 2 // MD5 and checksum
		}
		assert.Len(t, problems, want, "%q", problems)
	}
}

func TestCheckTellsOrphans(t *testing.T) {
	s := newCheckedStore(t)
	s.straggler(s.clock.Now().Add(-time.Hour))
	report := s.report(nil)
	assert.EqualValues(t, 1, report.Orphans)
	assert.Empty(t, report.Problems, "what a crash has left is no fault of the store")
	s.clean(1 + 3*2 + 2)
}

func TestCheckBoundsItsReport(t *testing.T) {
	f := newFixture(t, nil)
	for i := range maxProblems/100 + 1 {
		require.NoError(t, f.mutate(t.Context(), func(txn driver.Txn) error {
			for j := range 100 {
				if err := txn.Set(documentRow([16]byte{1, byte(i >> 8), byte(i), byte(j)}, "x"), nil); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	report, err := f.Check(t.Context(), nil)
	require.NoError(t, err)
	assert.Len(t, report.Problems, maxProblems+1)
}

// TestCheckBesideRequests checks a store while it is used.
func TestCheckBesideRequests(t *testing.T) {
	f := newFixture(t, &Options{InlineMax: 10, MinPartSize: 1})
	b := f.bucket("bucket", VersioningEnabled)
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 40 {
				key := fmt.Sprintf("k%d", (w+i)%5)
				_, err := b.Put(context.Background(), key, strings.NewReader(strings.Repeat("x", i)), nil)
				assert.NoError(t, err)
				u, err := b.CreateUpload(context.Background(), key, nil)
				if !assert.NoError(t, err) {
					return
				}
				p, err := u.PutPart(context.Background(), 1, strings.NewReader("part"), nil)
				assert.NoError(t, err)
				if i%2 == 0 {
					_, err = u.Complete(context.Background(), []CompletePart{{Number: 1, ETag: p.ETag}}, nil)
				} else {
					err = u.Abort(context.Background())
				}
				assert.NoError(t, err)
				_, err = b.Delete(context.Background(), DeleteRequest{Key: key})
				assert.NoError(t, err)
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		report, err := f.Check(t.Context(), &CheckOptions{Data: true, Repair: true})
		require.NoError(t, err)
		require.Empty(t, report.Problems)
		f.sweepNow()
	}
	for _, v := range f.allVersions(b) {
		_, err := b.Delete(t.Context(), DeleteRequest{Key: v.Key, Version: v.VersionID})
		require.NoError(t, err)
	}
	f.clean(0)
}

func (f *fixture) allVersions(b *Bucket) []ObjectInfo {
	f.t.Helper()
	page, err := b.ListVersions(f.t.Context(), VersionsQuery{Limit: 100_000})
	require.NoError(f.t, err)
	require.False(f.t, page.Truncated)
	return page.Versions
}
