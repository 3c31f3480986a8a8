package s3http

import (
	"crypto/md5"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/sse"
)

// Headers of server-side encryption, in canonical spelling.
const (
	hdrSSE          = "X-Amz-Server-Side-Encryption"
	hdrSSEKey       = "X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id"
	hdrSSEContext   = "X-Amz-Server-Side-Encryption-Context"
	hdrSSEBucketKey = "X-Amz-Server-Side-Encryption-Bucket-Key-Enabled"

	ssePrefix            = "X-Amz-Server-Side-Encryption"
	customerPrefix       = "X-Amz-Server-Side-Encryption-Customer-"
	sourceCustomerPrefix = "X-Amz-Copy-Source-Server-Side-Encryption-Customer-"
)

// maxEncryptionContext bounds the context, in bytes of JSON (KMS: Encryption
// context has to fit into 8 KiB).
const maxEncryptionContext = 8 << 10

// encryptionUse tells which headers of encryption an operation takes.
type encryptionUse struct {
	asks     bool // how a new object is to be encrypted; of a part, that of its upload
	customer bool // the customer's key
}

// encryptionUses lists the operations that take any.
var encryptionUses = map[string]encryptionUse{
	"PutObject":               {asks: true, customer: true},
	"PostObject":              {asks: true, customer: true},
	"CopyObject":              {asks: true, customer: true},
	"CreateMultipartUpload":   {asks: true, customer: true},
	"UploadPart":              {asks: true, customer: true},
	"UploadPartCopy":          {asks: true, customer: true},
	"CompleteMultipartUpload": {asks: true, customer: true},
	"ListParts":               {customer: true},
	"GetObject":               {customer: true},
	"HeadObject":              {customer: true},
	"GetObjectAttributes":     {customer: true},
}

// noteEncryption judges one header whose name begins as those of encryption
// do: a header that the operation does not take is refused, as its sender
// believes that it has an effect.
func (c *call) noteEncryption(name string) error {
	use := encryptionUses[c.route.Name]
	switch {
	case strings.HasPrefix(name, customerPrefix):
		c.amz.customer = true
		if !use.customer {
			return unsupportedEncryption(name)
		}
	case name == hdrSSE, name == hdrSSEKey, name == hdrSSEContext, name == hdrSSEBucketKey:
		c.amz.encryption = true
		if !use.asks {
			return unsupportedEncryption(name)
		}
	default:
		return notImplemented(strings.ToLower(name))
	}
	return nil
}

// noteSourceEncryption is noteEncryption for the key of the source of a copy.
func (c *call) noteSourceEncryption(name string) error {
	if c.route.Header != hdrCopySource {
		return unsupportedEncryption(name)
	}
	c.amz.sourceCustomer = true
	return nil
}

func unsupportedEncryption(name string) error {
	name = strings.ToLower(name)
	return badArgument(name, "", name+" header is not supported for this operation.")
}

// readEncryption tells how a new object is to be encrypted: as the request
// says, else as the bucket does; nil is not at all.
func (c *call) readEncryption() (*objstore.Encryption, error) {
	customer, err := c.customerKey()
	if err != nil {
		return nil, err
	}
	bucket := c.bucketEncryption()
	switch {
	case customer != nil && c.amz.encryption:
		return nil, badArgument("x-amz-server-side-encryption", header(c.r.Header, hdrSSE),
			"Server Side Encryption with Customer provided key is incompatible with the encryption method specified")
	case customer != nil && bucket.blocks(blockedCustomer):
		return nil, refusal(codeAccessDenied, "The bucket's encryption configuration blocks server-side encryption with customer-provided keys.")
	case customer != nil:
		return &objstore.Encryption{Mode: sse.ModeCustomer, CustomerKey: customer}, nil
	case c.amz.encryption:
		return c.askedEncryption(bucket)
	}
	return bucket.encryption(), nil
}

// askedEncryption reads the x-amz-server-side-encryption headers.
func (c *call) askedEncryption(bucket *bucketEncryption) (*objstore.Encryption, error) {
	h := c.r.Header
	method, key := header(h, hdrSSE), header(h, hdrSSEKey)
	e := &objstore.Encryption{Mode: sse.Mode(method), KeyID: keyName(key)}
	switch method {
	case string(sse.ModeKMS):
	case string(sse.ModeS3), "":
		// The other headers need the method; a bucket key alone may change the
		// bucket's default.
		if key != "" || header(h, hdrSSEContext) != "" {
			return nil, badArgument("x-amz-server-side-encryption", method,
				"Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms")
		}
		if method == "" {
			if e = bucket.encryption(); e == nil {
				return nil, badArgument(strings.ToLower(hdrSSEBucketKey), header(h, hdrSSEBucketKey), "A bucket key needs x-amz-server-side-encryption : aws:kms")
			}
		}
	case "aws:kms:dsse", "aws:fsx":
		return nil, notImplemented("x-amz-server-side-encryption: " + method)
	default:
		return nil, badArgument("x-amz-server-side-encryption", method, "The encryption method specified is not supported")
	}
	var err error
	if e.Context, err = encryptionContext(header(h, hdrSSEContext)); err != nil {
		return nil, err
	}
	return e, c.readBucketKey(e, bucket)
}

// readBucketKey reads the bucket key's header, without which the bucket's own
// setting counts.
func (c *call) readBucketKey(e *objstore.Encryption, bucket *bucketEncryption) error {
	switch v := header(c.r.Header, hdrSSEBucketKey); {
	case v == "":
		e.BucketKey = e.Mode == sse.ModeKMS && bucket != nil && bucket.BucketKey
	case strings.EqualFold(v, "true"):
		if e.Mode != sse.ModeKMS {
			return badArgument(strings.ToLower(hdrSSEBucketKey), v, "A bucket key needs x-amz-server-side-encryption : aws:kms")
		}
		e.BucketKey = true
	case strings.EqualFold(v, "false"):
		e.BucketKey = false
	default:
		return badArgument(strings.ToLower(hdrSSEBucketKey), v, "The value must be true or false")
	}
	return nil
}

// keyName takes the id out of the ARN of a key ("arn:aws:kms:...:key/id"). Ids
// and aliases are what the key provider calls its keys.
func keyName(id string) string {
	if rest, ok := strings.CutPrefix(id, "arn:"); ok {
		if _, name, ok := strings.Cut(rest, ":key/"); ok {
			return name
		}
		if _, name, ok := strings.Cut(rest, ":alias/"); ok {
			return "alias/" + name
		}
	}
	return id
}

// encryptionContext reads base64 of a JSON object of texts.
func encryptionContext(text string) (map[string]string, error) {
	if text == "" {
		return nil, nil
	}
	bad := badArgument(strings.ToLower(hdrSSEContext), text, "The header 'x-amz-server-side-encryption-context' shall be "+
		"Base64-encoded UTF-8 string holding JSON which represents a string-string map")
	if len(text) > base64.StdEncoding.EncodedLen(maxEncryptionContext) {
		return nil, bad
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, bad
	}
	var context map[string]string
	if err := json.Unmarshal(raw, &context); err != nil {
		return nil, bad
	}
	return context, nil
}

// customerKey reads the customer's key of the object; nil when none is sent.
func (c *call) customerKey() (*sse.Key, error) {
	if !c.amz.customer {
		return nil, nil
	}
	return c.readCustomerKey(customerPrefix)
}

// sourceCustomerKey is customerKey for the source of a copy.
func (c *call) sourceCustomerKey() (*sse.Key, error) {
	if !c.amz.sourceCustomer {
		return nil, nil
	}
	return c.readCustomerKey(sourceCustomerPrefix)
}

const customerRequest = "Requests specifying Server Side Encryption with Customer provided keys must "

func (c *call) readCustomerKey(prefix string) (*sse.Key, error) {
	h := c.r.Header
	algorithm, text, sum := header(h, prefix+"Algorithm"), header(h, prefix+"Key"), header(h, prefix+"Key-Md5")
	bad := func(name, message string) (*sse.Key, error) {
		return nil, badArgument(strings.ToLower(prefix+name), "", message) // the value may be a secret
	}
	switch {
	case c.r.TLS == nil && !c.h.insecureKeys:
		return nil, refusal(codeInvalidRequest, customerRequest+"be made over a secure connection.")
	case algorithm == "":
		return bad("Algorithm", customerRequest+"provide a valid encryption algorithm.")
	case algorithm != string(sse.ModeS3):
		return nil, refusal(codeInvalidEncryption, "")
	case text == "":
		return bad("Key", customerRequest+"provide an appropriate secret key.")
	case sum == "":
		return bad("Key-Md5", customerRequest+"provide the client calculated MD5 of the secret key.")
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) != sse.KeySize {
		return bad("Key", "The secret key was invalid for the specified algorithm.")
	}
	want := md5.Sum(raw)
	got, err := base64.StdEncoding.DecodeString(sum)
	if err != nil || subtle.ConstantTimeCompare(want[:], got) != 1 {
		return bad("Key-Md5", "The calculated MD5 hash of the key did not match the hash that was provided.")
	}
	key := sse.Key(raw)
	return &key, nil
}

// unlock gives the customer's key of the request to an object that is read.
func (c *call) unlock(obj *objstore.Object) error {
	key, err := c.customerKey()
	if err != nil {
		return err
	}
	return obj.Unlock(key)
}

// unlockUpload gives the key to an upload. Where a key may be left out, as the
// operation needs none of the bytes, a missing one is no error.
func (c *call) unlockUpload(up *objstore.Upload, optional bool) error {
	if c.amz.encryption {
		if err := c.sameEncryption(up.Info().Encryption); err != nil {
			return err
		}
	}
	key, err := c.customerKey()
	if err != nil || key == nil && optional {
		return err
	}
	err = up.Unlock(key)
	if objstore.CodeOf(err) == objstore.ErrEncryptionKeyMissing {
		return refusal(codeInvalidRequest, "The multipart upload initiate requested encryption. "+
			"Subsequent part requests must include the appropriate encryption parameters.")
	}
	return err
}

// sameEncryption judges headers that some clients repeat with each part: they
// must ask for what the upload has.
func (c *call) sameEncryption(e *objstore.EncryptionInfo) error {
	asked, err := c.askedEncryption(nil)
	if err != nil {
		return err
	}
	if e == nil || asked.Mode != e.Mode || asked.KeyID != "" && asked.KeyID != e.KeyID ||
		asked.Context != nil && !maps.Equal(asked.Context, e.Context) || asked.BucketKey && !e.BucketKey {
		return refusal(codeInvalidRequest, "The encryption headers are not those that the multipart upload was initiated with.")
	}
	return nil
}

// announceEncryption tells how an object is encrypted.
func (c *call) announceEncryption(e *objstore.EncryptionInfo) {
	if e == nil {
		return
	}
	if e.Mode == sse.ModeCustomer {
		c.setSome(customerPrefix+"Algorithm", header(c.r.Header, customerPrefix+"Algorithm"))
		c.setSome(customerPrefix+"Key-Md5", header(c.r.Header, customerPrefix+"Key-Md5"))
		return
	}
	c.set(hdrSSE, string(e.Mode))
	c.setSome(hdrSSEKey, e.KeyID)
	if e.BucketKey {
		c.set(hdrSSEBucketKey, "true")
	}
}

// announceContext repeats the encryption context to the writer.
func (c *call) announceContext(e *objstore.EncryptionInfo) {
	c.announceEncryption(e)
	if e != nil && len(e.Context) > 0 {
		c.setSome(hdrSSEContext, header(c.r.Header, hdrSSEContext))
	}
}
