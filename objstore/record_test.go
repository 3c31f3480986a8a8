package objstore

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/checksum"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/sse"
)

func sampleRecords() map[string]record {
	at := time.Date(2026, 5, 4, 3, 2, 1, 987654321, time.UTC)
	random := [16]byte{15: 9}
	return map[string]record{
		"empty object": {order: 1, info: ObjectInfo{VersionID: NullVersion, ModTime: at}},
		"inline": {order: 1 << 62, hasInline: true, inline: driver.BlobID{1, 2}, info: ObjectInfo{
			VersionID: NullVersion, ModTime: at, Size: 4096, ETag: strings.Repeat("0a", 16), Owner: "tenant$alice",
			StorageClass: "STANDARD_IA", Checksum: Checksum{checksum.CRC64NVME, ChecksumFullObject, "AAAAAAAAAAA="},
		}},
		"delete marker": {order: 7, random: random, info: ObjectInfo{
			DeleteMarker: true, VersionID: versionID(7, random), ModTime: at, Owner: "bob",
		}},
		"everything": {
			order: 5, random: random,
			extents: []extent{{driver.BlobID{1}, 0, 5 << 20}, {driver.BlobID{2}, 17, 1 << 40}},
			info: ObjectInfo{
				VersionID: versionID(5, random), ModTime: at, Size: 5<<20 + 1<<40, ETag: strings.Repeat("ff", 16) + "-3",
				Meta: Metadata{
					ContentType: "text/plain", ContentEncoding: "gzip", ContentLanguage: "de", ContentDisposition: "inline",
					CacheControl: "no-store", Expires: "never", WebsiteRedirect: "/x", User: map[string]string{"a": "1", "b": ""},
				},
				Tags: []Tag{{"k", "v"}, {"", ""}},
				ACL:  []byte{0, 1, 2},
				Lock: Lock{Retention: Retention{LockCompliance, at.Truncate(time.Millisecond)}, LegalHold: HoldOff},
				Parts: []PartSize{
					{Number: 1, Size: 5 << 20, Checksum: checksum.Encode(make([]byte, 32))},
					{Number: 10000, Size: 1 << 40}, {Number: 3, Checksum: "not base64!"},
				},
				Encryption: sampleEncryption(),
			},
		},
	}
}

func sampleEncryption() *EncryptionInfo {
	return &EncryptionInfo{
		Mode: sse.ModeKMS, KeyID: "key", Context: map[string]string{"a": "1", "": "x"}, BucketKey: true, master: "key", wrapped: []byte{9, 8, 7},
	}
}

func TestRecordRoundTrip(t *testing.T) {
	for name, want := range sampleRecords() {
		t.Run(name, func(t *testing.T) {
			data := appendRecord(nil, &want)
			got := record{info: ObjectInfo{Owner: "stale", Tags: []Tag{{"stale", ""}}}, hasInline: true}
			require.NoError(t, decodeRecord(data, &got))
			assert.Equal(t, want, got)

			listed := ObjectInfo{Key: "k", IsLatest: true, Owner: "stale", Checksum: Checksum{Value: "stale"}}
			require.NoError(t, decodeListed(data, &listed, nil))
			only := want.info
			only.Key, only.IsLatest = "k", true
			only.Meta, only.Tags, only.ACL, only.Parts, only.Lock = Metadata{}, nil, nil, nil, Lock{}
			only.Encryption = nil
			assert.Equal(t, only, listed, "a listing's part of the record")
		})
	}
}

func TestRecordDoesNotAliasRow(t *testing.T) {
	want := sampleRecords()["everything"]
	data := appendRecord(nil, &want)
	var got record
	require.NoError(t, decodeRecord(data, &got))
	clear(data)
	assert.Equal(t, want, got, "a row's memory is valid only in its transaction")
}

func TestRecordDamaged(t *testing.T) {
	for name, rec := range sampleRecords() {
		data := appendRecord(nil, &rec)
		for n := range data {
			var got record
			if err := decodeRecord(data[:n], &got); err == nil {
				// What is cut off between two fields is a valid shorter record.
				assert.Equal(t, data[:n], appendRecord(nil, &got), "%s cut at %d", name, n)
			}
		}
	}
}

func TestRecordUnknownFields(t *testing.T) {
	base := appendRecord(nil, &record{info: ObjectInfo{VersionID: NullVersion, ModTime: time.Unix(0, 0)}})
	tests := []struct {
		field uint64
		ok    bool
		why   string
	}{
		{100 << 1, true, "an older reader passes over what it need not understand"},
		{100<<1 | 1, false, "a critical field must be understood"},
	}
	for _, tt := range tests {
		var got record
		err := decodeRecord(appendField(base[:len(base):len(base)], tt.field, []byte("x")), &got)
		assert.Equal(t, tt.ok, err == nil, tt.why)
	}
}

func TestRecordHugeCounts(t *testing.T) {
	base := appendRecord(nil, &record{info: ObjectInfo{VersionID: NullVersion, ModTime: time.Unix(0, 0)}})
	for _, field := range []uint64{fieldExtents, fieldTags, fieldParts} {
		data := appendField(base[:len(base):len(base)], field, binary.AppendUvarint(nil, 1<<50))
		var got record
		assert.ErrorIs(t, decodeRecord(data, &got), ErrInvalidStorageStructure)
	}
}

func FuzzDecodeRecord(f *testing.F) {
	for _, rec := range sampleRecords() {
		f.Add(appendRecord(nil, &rec))
	}
	f.Add([]byte{})
	f.Add([]byte{recordV1, 0xFF})
	f.Fuzz(func(t *testing.T, data []byte) {
		var rec record
		if err := decodeRecord(data, &rec); err != nil {
			return
		}
		var listed ObjectInfo
		require.NoError(t, decodeListed(data, &listed, nil), "what is readable is listable")
		again := appendRecord(nil, &rec)
		var second record
		require.NoError(t, decodeRecord(again, &second))
		require.True(t, bytes.Equal(again, appendRecord(nil, &second)), "encoding is stable")
	})
}

func TestBucketRowRoundTrip(t *testing.T) {
	want := BucketInfo{
		BucketID: BucketID{"acme", "photos"}, Ref: [16]byte{1, 2, 3}, Owner: "acme$alice", Unlinked: true,
		Created: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), Versioning: VersioningSuspended, ObjectLock: true, Location: "eu",
		MFADelete: true, DefaultRetention: DefaultRetention{Mode: LockGovernance, Years: 3},
	}
	data := encodeBucket(&want)
	got, err := decodeBucket(data, want.BucketID)
	require.NoError(t, err)
	assert.Equal(t, want, got)
	for n := range data {
		_, err := decodeBucket(data[:n], want.BucketID)
		assert.ErrorIs(t, err, ErrInvalidStorageStructure, "cut at %d", n)
	}
}

func TestVersionID(t *testing.T) {
	id := versionID(1_800_000_000_000_000_000, [16]byte{1})
	assert.Len(t, id, versionIDLen)
	order, err := parseVersionID(id)
	require.NoError(t, err)
	assert.Equal(t, uint64(1_800_000_000_000_000_000), order)
	assert.Regexp(t, "^[A-Za-f]", versionID(1<<63-1, [16]byte{}), "an id never looks like an option of a command")

	for _, bad := range []string{"", "x", "null", id[:31], id + "A", strings.Repeat("!", 32), strings.Repeat("_", 32)} {
		_, err := parseVersionID(bad)
		assert.ErrorIs(t, err, ErrInvalidArgument, "%q", bad)
	}
}

func TestIDIsUUIDv7(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 123e6, time.UTC)
	id := driver.BlobID(newID(at))
	assert.True(t, at.Equal(id.Time()), "the id tells the clock's time")
	assert.Equal(t, byte(7), id[6]>>4, "version")
	assert.Equal(t, byte(2), id[8]>>6, "variant")
	assert.NotEqual(t, id, driver.BlobID(newID(at)), "two ids of one moment differ")
}
