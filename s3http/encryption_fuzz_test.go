package s3http

import (
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/sse"
)

func FuzzEncryptionContext(f *testing.F) {
	f.Add(base64.StdEncoding.EncodeToString([]byte(`{"a":"b"}`)))
	f.Add("{}")
	f.Fuzz(func(t *testing.T, text string) {
		context, err := encryptionContext(text)
		if err != nil {
			assert.Equal(t, codeInvalidArgument, explain(err).code)
			return
		}
		size := 0
		for k, v := range context {
			size += len(k) + len(v)
		}
		assert.LessOrEqual(t, size, 3*maxEncryptionContext, "what is stored is bounded; a broken byte becomes three")
	})
}

func FuzzBucketEncryption(f *testing.F) {
	f.Add([]byte(`<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm>` +
		`<KMSMasterKeyID>k</KMSMasterKeyID></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>`))
	f.Add([]byte(`<ServerSideEncryptionConfiguration/>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var doc encryptionDocument
		if parseDocument(body, "ServerSideEncryptionConfiguration", &doc) != nil {
			return
		}
		b, err := doc.parse()
		if err != nil {
			return
		}
		require.True(t, b.Mode == sse.ModeS3 || b.Mode == sse.ModeKMS || b.blocks(blockedCustomer) || b.blocks("NONE"))
		if e := b.encryption(); e != nil {
			assert.True(t, e.Mode.Valid())
			assert.False(t, e.BucketKey && e.Mode != sse.ModeKMS)
		}
	})
}
