package objstore

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/checksum"
	"github.com/cofferstore/coffer/objstore/driver"
)

func sampleUpload() UploadInfo {
	return UploadInfo{
		Initiated: time.Unix(1234, 5678).UTC(), Owner: "alice", Initiator: "bob", StorageClass: "GLACIER",
		Checksum: checksum.CRC32, ChecksumType: ChecksumFullObject,
		Meta: Metadata{ContentType: "text/plain", User: map[string]string{"a": "b"}},
		Tags: []Tag{{"k", "v"}}, ACL: []byte("acl"),
		Lock:       Lock{LegalHold: HoldOn},
		Encryption: sampleEncryption(),
		If:         Conditions{IfMatch: []string{"a", ""}, IfNoneMatch: []string{"*"}, IfUnmodifiedSince: time.Unix(9, 0).UTC()},
	}
}

func samplePart() part {
	return part{
		sealed: true, size: 30, md5: [16]byte{1, 2}, modified: time.Unix(99, 1).UTC(),
		checksum: Checksum{checksum.CRC32, ChecksumFullObject, "AAAAAA=="},
		extents:  []extent{{driver.BlobID{9}, 5, 10}, {driver.BlobID{8}, 0, 20}},
	}
}

func TestUploadRowsRoundTrip(t *testing.T) {
	u, got := sampleUpload(), UploadInfo{}
	require.NoError(t, decodeUpload(appendUpload(nil, &u), &got))
	assert.Equal(t, u, got)

	var listed UploadInfo
	require.NoError(t, decodeListedUpload(appendUpload(nil, &u), &listed))
	u.Meta, u.Tags, u.ACL, u.Lock = Metadata{}, nil, nil, Lock{}
	u.Encryption, u.If = nil, Conditions{}
	assert.Equal(t, u, listed)

	p, gotPart := samplePart(), part{}
	require.NoError(t, decodePart(appendPart(nil, &p), &gotPart))
	assert.Equal(t, p, gotPart)

	c := completed{at: time.Unix(7, 8).UTC(), list: [32]byte{1}, ref: [16]byte{2}, key: "k\x00", upload: sampleUpload()}
	c.upload.Key = c.key
	c.result = record{info: ObjectInfo{Key: c.key, VersionID: NullVersion, ETag: "x-2", Size: 9, ModTime: time.Unix(3, 0).UTC()}, order: 77}
	var gotCompleted completed
	require.NoError(t, decodeCompleted(appendCompleted(nil, &c), &gotCompleted))
	assert.Equal(t, c, gotCompleted)

	var set partSet
	for _, n := range []int{1, 8, 10000} {
		set.add(n)
	}
	used, err := decodePurge(appendPurge(nil, set))
	require.NoError(t, err)
	for _, n := range []int{1, 8, 10000} {
		assert.True(t, used.has(n))
		assert.False(t, used.has(n+1))
	}
}

// FuzzUploadRows checks that damaged rows are refused, and that what is
// accepted is what would be written.
func FuzzUploadRows(f *testing.F) {
	u, p := sampleUpload(), samplePart()
	f.Add(appendUpload(nil, &u))
	f.Add(appendPart(nil, &p))
	f.Add(appendCompleted(nil, &completed{key: "k", upload: u, result: record{info: ObjectInfo{VersionID: NullVersion}}}))
	f.Add(appendPurge(nil, partSet{0xFF, 1}))
	f.Add([]byte{1, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		var u, u2 UploadInfo
		if decodeUpload(data, &u) == nil {
			require.NoError(t, decodeUpload(appendUpload(nil, &u), &u2))
			require.Equal(t, u, u2)
		}
		var p, p2 part
		if decodePart(data, &p) == nil {
			require.NoError(t, decodePart(appendPart(nil, &p), &p2))
			require.Equal(t, p, p2)
		}
		var c completed
		_ = decodeCompleted(data, &c)
		_, _ = decodePurge(data)
	})
}
