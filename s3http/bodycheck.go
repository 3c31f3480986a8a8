package s3http

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"hash"
	"io"
	"net/http"
	"strings"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/checksum"
)

// defaultChecksum is what S3 computes when a client asks for none.
const defaultChecksum = checksum.CRC64NVME

// checksumHeaders are the names of the headers that carry checksums, in
// canonical spelling.
var checksumHeaders = map[string]checksum.Algorithm{
	"X-Amz-Checksum-Crc32":     checksum.CRC32,
	"X-Amz-Checksum-Crc32c":    checksum.CRC32C,
	"X-Amz-Checksum-Crc64nvme": checksum.CRC64NVME,
	"X-Amz-Checksum-Sha1":      checksum.SHA1,
	"X-Amz-Checksum-Sha256":    checksum.SHA256,
	"X-Amz-Checksum-Sha512":    checksum.SHA512,
	"X-Amz-Checksum-Md5":       checksum.MD5,
	"X-Amz-Checksum-Xxhash64":  checksum.XXHASH64,
	"X-Amz-Checksum-Xxhash3":   checksum.XXHASH3,
	"X-Amz-Checksum-Xxhash128": checksum.XXHASH128,
}

func isChecksumHeader(name string) bool {
	_, ok := checksumHeaders[name]
	return ok
}

// checksumHeader is the inverse of checksumHeaders.
func checksumHeader(a checksum.Algorithm) string {
	switch a {
	case checksum.CRC64NVME:
		return "X-Amz-Checksum-Crc64nvme"
	case checksum.CRC32:
		return "X-Amz-Checksum-Crc32"
	case "":
		return ""
	}
	return http.CanonicalHeaderKey(a.Header())
}

// bodyCheck holds the sums that a client sent with a body, or announced to send
// behind it.
type bodyCheck struct {
	r *http.Request

	md5    [md5.Size]byte
	hasMD5 bool

	algorithm checksum.Algorithm // "" = none
	value     string             // base64; "" = in the trailer

	// extra computes algorithm where the engine is busy with another one.
	extra hash.Hash
}

// newBodyCheck reads Content-MD5, x-amz-checksum-*, x-amz-trailer and
// x-amz-sdk-checksum-algorithm.
func (c *call) newBodyCheck() (*bodyCheck, error) {
	h := c.r.Header
	k := &bodyCheck{r: c.r}
	if v := h["Content-Md5"]; len(v) > 0 {
		sum, err := base64.StdEncoding.Strict().DecodeString(v[0])
		if err != nil || len(sum) != md5.Size {
			return nil, refusal(codeInvalidDigest, "")
		}
		k.hasMD5 = true
		copy(k.md5[:], sum)
	}
	trailers := h[hdrTrailer]
	if c.amz.many || c.amz.checksum != "" && len(trailers) > 0 || len(trailers) > 1 {
		return nil, refusal(codeInvalidRequest, "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
	}
	switch {
	case c.amz.checksum != "":
		k.algorithm, k.value = checksumHeaders[c.amz.checksum], header(h, c.amz.checksum)
		if _, err := k.algorithm.Decode(k.value); err != nil {
			return nil, invalidChecksum(k.algorithm)
		}
	case len(trailers) == 1:
		a, ok := checksum.ParseHeader(strings.TrimSpace(trailers[0]))
		if !ok {
			return nil, refusal(codeInvalidRequest, "The value specified in the x-amz-trailer header is not supported")
		}
		k.algorithm = a
	}
	return k, k.compareSDK(header(h, hdrSDKAlgorithm))
}

// compareSDK checks x-amz-sdk-checksum-algorithm against what came with it.
func (k *bodyCheck) compareSDK(name string) error {
	if name == "" {
		return nil
	}
	a, err := checksum.Parse(name)
	switch {
	case err != nil:
		return refusal(codeInvalidRequest, "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "+algorithmNames())
	case k.algorithm == "":
		return refusal(codeInvalidRequest, "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.")
	case a != k.algorithm:
		return refusal(codeInvalidRequest, "Value for x-amz-sdk-checksum-algorithm header is invalid.")
	}
	return nil
}

func algorithmNames() string {
	var names []string
	for _, a := range checksum.Algorithms() {
		names = append(names, string(a))
	}
	return "[" + strings.Join(names, ", ") + "]"
}

func invalidChecksum(a checksum.Algorithm) *fault {
	return refusal(codeInvalidRequest, "Value for "+a.Header()+" header is invalid.")
}

// body returns the request's body for an engine that computes the checksum
// stored.
func (k *bodyCheck) body(stored checksum.Algorithm) io.Reader {
	body := io.Reader(k.r.Body)
	if k.r.Body == nil {
		body = http.NoBody
	}
	if k.algorithm == "" || k.algorithm == stored {
		return body
	}
	k.extra = k.algorithm.New()
	return io.TeeReader(body, k.extra)
}

// verify compares what was computed with what the client sent. It is called at
// the body's end, when trailers have arrived.
func (k *bodyCheck) verify(d objstore.Digests) error {
	if k.hasMD5 && d.MD5() != k.md5 {
		return refusal(codeBadDigest, "The Content-MD5 you specified did not match what we received.")
	}
	if k.algorithm == "" {
		return nil
	}
	got := d.Checksum.Value
	if k.extra != nil {
		got = checksum.Encode(k.extra.Sum(nil))
	}
	return k.compare(got)
}

func (k *bodyCheck) compare(got string) error {
	want := k.value
	if want == "" {
		if want = k.r.Trailer.Get(checksumHeader(k.algorithm)); want == "" {
			return refusal(codeMalformedTrailer, "")
		}
		if _, err := k.algorithm.Decode(want); err != nil {
			return invalidChecksum(k.algorithm)
		}
	}
	if got != want {
		return refusal(codeBadDigest, "The "+string(k.algorithm)+" you specified did not match the calculated checksum.")
	}
	return nil
}

// document compares the sums with those of a body that is in memory.
func (k *bodyCheck) document(body []byte) error {
	if k.hasMD5 {
		if sum := md5.Sum(body); !bytes.Equal(sum[:], k.md5[:]) {
			return refusal(codeBadDigest, "The Content-MD5 you specified did not match what we received.")
		}
	}
	if k.algorithm == "" {
		return nil
	}
	hash := k.algorithm.New()
	hash.Write(body)
	return k.compare(checksum.Encode(hash.Sum(nil)))
}

// any tells whether the client sent a sum at all.
func (k *bodyCheck) any() bool { return k.hasMD5 || k.algorithm != "" }

// setChecksum tells a checksum in response headers.
func (c *call) setChecksum(sum objstore.Checksum) {
	if sum.Algorithm == "" || sum.Value == "" {
		return
	}
	c.set(checksumHeader(sum.Algorithm), sum.Value)
	if sum.Type != "" {
		c.set(hdrChecksumType, string(sum.Type))
	}
}

// checksumXML writes a checksum's elements.
func checksumXML(x *xmlWriter, sum objstore.Checksum) {
	if sum.Algorithm == "" || sum.Value == "" {
		return
	}
	x.text("Checksum"+string(sum.Algorithm), sum.Value)
	if sum.Type != "" {
		x.text("ChecksumType", string(sum.Type))
	}
}
