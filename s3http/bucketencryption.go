package s3http

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/sse"
)

// documentEncryption is the kind of the bucket document that holds a
// bucketEncryption in JSON.
const documentEncryption = "encryption"

// blockedCustomer is the type of encryption that a bucket can refuse.
const blockedCustomer = "SSE-C"

// maxKeyID bounds the id of a master key, in bytes (KMS: KeyId).
const maxKeyID = 2048

// bucketEncryption is the encryption that a bucket gives to new objects.
type bucketEncryption struct {
	Mode      sse.Mode `json:"mode,omitempty"` // "" = none, for a rule that only blocks
	KeyID     string   `json:"key,omitempty"`  // as it was given
	BucketKey bool     `json:"bucketKey,omitempty"`
	Blocked   []string `json:"blocked,omitempty"`
}

// encryption is what is asked for in the bucket's name; nil for none.
func (b *bucketEncryption) encryption() *objstore.Encryption {
	if b == nil || b.Mode == sse.ModeNone {
		return nil
	}
	return &objstore.Encryption{Mode: b.Mode, KeyID: keyName(b.KeyID), BucketKey: b.BucketKey && b.Mode == sse.ModeKMS}
}

func (b *bucketEncryption) blocks(kind string) bool {
	if b == nil {
		return false
	}
	for _, k := range b.Blocked {
		if k == kind {
			return true
		}
	}
	return false
}

// decodeBucketEncryption reads the stored form.
func decodeBucketEncryption(data []byte) (*bucketEncryption, error) {
	b := new(bucketEncryption)
	if err := json.Unmarshal(data, b); err != nil {
		return nil, fmt.Errorf("%w: the bucket's encryption: %w", objstore.ErrInvalidStorageStructure, err)
	}
	return b, nil
}

// bucketEncryption is the bucket's default; nil when it has none.
func (c *call) bucketEncryption() *bucketEncryption {
	if c.access == nil {
		return nil
	}
	return c.access.encryption
}

// encryptionDocument is the body of PutBucketEncryption.
type encryptionDocument struct {
	Rules   []encryptionRule `xml:"Rule"`
	Unknown unknown          `xml:",any"`
}

type encryptionRule struct {
	Default *struct {
		Algorithm string  `xml:"SSEAlgorithm"`
		KeyID     *string `xml:"KMSMasterKeyID"`
		Unknown   unknown `xml:",any"`
	} `xml:"ApplyServerSideEncryptionByDefault"`
	BucketKey *string `xml:"BucketKeyEnabled"`
	Blocked   *struct {
		Types   []string `xml:"EncryptionType"`
		Unknown unknown  `xml:",any"`
	} `xml:"BlockedEncryptionTypes"`
	Unknown unknown `xml:",any"`
}

// parse judges the document: one rule, with a default or blocked types.
func (d *encryptionDocument) parse() (*bucketEncryption, error) {
	if len(d.Unknown) > 0 || len(d.Rules) != 1 || len(d.Rules[0].Unknown) > 0 {
		return nil, codeMalformedXML
	}
	r := &d.Rules[0]
	if r.Default == nil && r.Blocked == nil {
		return nil, codeMalformedXML
	}
	b := new(bucketEncryption)
	if err := r.applyDefault(b); err != nil {
		return nil, err
	}
	switch {
	case r.BucketKey == nil, *r.BucketKey == "false":
	case *r.BucketKey == "true":
		b.BucketKey = true
	default:
		return nil, codeMalformedXML
	}
	return b, r.applyBlocked(b)
}

func (r *encryptionRule) applyDefault(b *bucketEncryption) error {
	if r.Default == nil {
		return nil
	}
	if len(r.Default.Unknown) > 0 {
		return codeMalformedXML
	}
	switch r.Default.Algorithm {
	case string(sse.ModeS3), string(sse.ModeKMS):
		b.Mode = sse.Mode(r.Default.Algorithm)
	case "aws:kms:dsse":
		return refusal(codeNotImplemented, "Dual-layer server-side encryption (aws:kms:dsse) is not implemented.")
	default:
		return codeMalformedXML
	}
	if r.Default.KeyID == nil {
		return nil
	}
	if b.Mode != sse.ModeKMS {
		return badArgument("KMSMasterKeyID", *r.Default.KeyID, "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms")
	}
	if len(*r.Default.KeyID) > maxKeyID {
		return badArgument("KMSMasterKeyID", "", "The id of the key is too long.")
	}
	b.KeyID = *r.Default.KeyID
	return nil
}

func (r *encryptionRule) applyBlocked(b *bucketEncryption) error {
	if r.Blocked == nil {
		return nil
	}
	if len(r.Blocked.Unknown) > 0 || len(r.Blocked.Types) != 1 {
		return codeMalformedXML
	}
	switch t := r.Blocked.Types[0]; t {
	case "NONE", blockedCustomer:
		b.Blocked = []string{t}
		return nil
	}
	return codeMalformedXML
}

// putBucketEncryption serves PutBucketEncryption.
func (c *call) putBucketEncryption() error {
	var doc encryptionDocument
	err := c.decodeDocument("ServerSideEncryptionConfiguration", maxDocument, &doc)
	if errors.Is(err, io.EOF) {
		return codeMalformedXML
	}
	if err != nil {
		return err
	}
	b, err := doc.parse()
	if err != nil {
		return err
	}
	data, err := json.Marshal(b)
	if err != nil {
		return err
	}
	if err := c.bucket.SetDocument(c.ctx, documentEncryption, data); err != nil {
		return err
	}
	return c.send(http.StatusOK)
}

// getBucketEncryption serves GetBucketEncryption.
func (c *call) getBucketEncryption() error {
	b := c.bucketEncryption()
	if b == nil {
		return c.unset(codeEncryptionNotFound)
	}
	x := c.h.newXML()
	defer x.free()
	x.root("ServerSideEncryptionConfiguration")
	x.open("Rule")
	if b.Mode != sse.ModeNone {
		x.open("ApplyServerSideEncryptionByDefault")
		x.text("SSEAlgorithm", string(b.Mode))
		x.some("KMSMasterKeyID", b.KeyID)
		x.close("ApplyServerSideEncryptionByDefault")
	}
	x.flag("BucketKeyEnabled", b.BucketKey)
	if len(b.Blocked) > 0 {
		x.open("BlockedEncryptionTypes")
		for _, t := range b.Blocked {
			x.text("EncryptionType", t)
		}
		x.close("BlockedEncryptionTypes")
	}
	x.close("Rule")
	x.close("ServerSideEncryptionConfiguration")
	return c.sendXML(x)
}

// deleteBucketEncryption serves DeleteBucketEncryption.
func (c *call) deleteBucketEncryption() error {
	if err := c.bucket.SetDocument(c.ctx, documentEncryption, nil); err != nil {
		return err
	}
	return c.send(http.StatusNoContent)
}
