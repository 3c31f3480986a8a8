package s3http

import (
	"net/http"
	"net/textproto"
	"strings"

	"github.com/cofferstore/coffer/auth"
)

const defaultRegion = "us-east-1"

// Header names, in the spelling of http.Header's keys.
const (
	hdrRequestID         = "X-Amz-Request-Id"
	hdrID2               = "X-Amz-Id-2"
	hdrVersionID         = "X-Amz-Version-Id"
	hdrDeleteMarker      = "X-Amz-Delete-Marker"
	hdrBucketRegion      = "X-Amz-Bucket-Region"
	hdrStorageClass      = "X-Amz-Storage-Class"
	hdrTagging           = "X-Amz-Tagging"
	hdrTaggingCount      = "X-Amz-Tagging-Count"
	hdrPartsCount        = "X-Amz-Mp-Parts-Count"
	hdrRedirect          = "X-Amz-Website-Redirect-Location"
	hdrACL               = "X-Amz-Acl"
	hdrCopySource        = "X-Amz-Copy-Source"
	hdrCopyVersion       = "X-Amz-Copy-Source-Version-Id"
	hdrChecksumAlgorithm = "X-Amz-Checksum-Algorithm"
	hdrSDKAlgorithm      = "X-Amz-Sdk-Checksum-Algorithm"
	hdrChecksumType      = "X-Amz-Checksum-Type"
	hdrChecksumMode      = "X-Amz-Checksum-Mode"
	hdrTrailer           = "X-Amz-Trailer"
	metaPrefix           = "X-Amz-Meta-"
	checksumPrefix       = "X-Amz-Checksum-"
)

// answerHeaders describe an answer's body and are dropped when an error takes
// its place.
var answerHeaders = []string{
	"Content-Type", "Content-Length", "Content-Range", "Content-Encoding", "Content-Disposition", "Content-Language",
	"Accept-Ranges",
}

// refusedHeaders are those that change what a request means in a way that is
// not built. A name that ends in '-' stands for all that begin so.
var refusedHeaders = []string{
	"X-Amz-Write-Offset-Bytes", "X-Amz-Rename-Source", "X-Amz-Rename-Source-", "X-Amz-If-Match-",
	"X-Amz-Annotation-", "X-Amz-Create-Session-Mode",
}

// amzHeaders tells which kinds of x-amz-* headers a request has, found in one
// pass over all of them.
type amzHeaders struct {
	meta     bool
	checksum string // the name of the one checksum header
	many     bool   // there is more than one

	encryption, customer, sourceCustomer bool // headers of server-side encryption
}

// readAmzHeaders looks at each x-amz-* header and refuses what is not built.
func (c *call) readAmzHeaders() error {
	for name, values := range c.r.Header {
		if len(name) < len("X-Amz-") || name[:len("X-Amz-")] != "X-Amz-" {
			continue
		}
		switch {
		case strings.HasPrefix(name, metaPrefix):
			c.amz.meta = true
		case strings.HasPrefix(name, checksumPrefix):
			if err := c.noteChecksum(name, values); err != nil {
				return err
			}
		case strings.HasPrefix(name, ssePrefix):
			if err := c.noteEncryption(name); err != nil {
				return err
			}
		case strings.HasPrefix(name, sourceCustomerPrefix):
			if err := c.noteSourceEncryption(name); err != nil {
				return err
			}
		case isRefused(name) || c.isMisplacedLock(name) || c.isMisplacedSource(name) || name == hdrMFA && !mfaTakers[c.route.Name]:
			return notImplemented(strings.ToLower(name))
		}
	}
	return c.refuseConditions()
}

// isMisplacedSource tells whether a header says of a copy's source what the
// operation does not ask: more would be copied, or under less conditions, than
// was meant.
func (c *call) isMisplacedSource(name string) bool {
	what, ok := strings.CutPrefix(name, hdrCopySource+"-")
	if !ok {
		return false
	}
	switch what {
	case "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since":
		return c.route.Header != hdrCopySource
	case "Range":
		return c.route.Name != "UploadPartCopy"
	}
	return true
}

func (c *call) noteChecksum(name string, values []string) error {
	switch name {
	case hdrChecksumAlgorithm, hdrChecksumType, hdrChecksumMode:
		return nil
	}
	if !isChecksumHeader(name) {
		return refusal(codeInvalidRequest, "The algorithm type you specified in x-amz-checksum- header is invalid.")
	}
	c.amz.many = c.amz.checksum != "" || len(values) > 1
	c.amz.checksum = name
	return nil
}

func isRefused(name string) bool {
	for _, refused := range refusedHeaders {
		if name == refused || refused[len(refused)-1] == '-' && strings.HasPrefix(name, refused) {
			return true
		}
	}
	return false
}

// credentialParameters are the x-amz-* parameters that belong to a signature,
// in lower case.
var credentialParameters = map[string]bool{
	"x-amz-algorithm": true, "x-amz-credential": true, "x-amz-date": true, "x-amz-expires": true,
	"x-amz-signedheaders": true, "x-amz-signature": true, "x-amz-security-token": true, "x-amz-content-sha256": true,
}

// hoistQueryHeaders gives x-amz-* parameters of a presigned URL the meaning of
// the headers of that name: signers move headers there, and S3 takes them. A
// header that was sent wins, since it had to be signed as well. Checksums there
// mean nothing, as on Amazon: an SDK that signs a URL before there is a body puts
// the checksum of an empty one into it.
func (c *call) hoistQueryHeaders() error {
	if c.identity.Transport != auth.TransportQuery {
		return nil
	}
	for _, p := range c.query {
		lower := strings.ToLower(p.name)
		if !strings.HasPrefix(lower, "x-amz-") || credentialParameters[lower] {
			continue
		}
		if !isHeaderText(p.name) || !isHeaderText(p.value) {
			return badArgument(p.name, "", "The parameter has bytes that a header cannot have.")
		}
		name := textproto.CanonicalMIMEHeaderKey(p.name)
		if name == hdrSDKAlgorithm || isChecksumHeader(name) {
			continue
		}
		if _, sent := c.r.Header[name]; !sent {
			c.r.Header[name] = []string{p.value}
		}
	}
	return nil
}

// isHeaderText tells whether s may stand in a header (RFC 9110, section 5.5).
func isHeaderText(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 && s[i] != '\t' || s[i] == 0x7F {
			return false
		}
	}
	return true
}

// header returns the first value of a request header; name is canonical.
func header(h http.Header, name string) string {
	if v := h[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}
