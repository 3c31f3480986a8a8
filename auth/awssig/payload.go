package awssig

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/cofferstore/coffer/auth"
)

// Values of x-amz-content-sha256 that are no hash.
const (
	unsignedPayload              = "UNSIGNED-PAYLOAD"
	streamingSigned              = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	streamingSignedTrailer       = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
	streamingUnsigned            = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
	streamingECDSA               = "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"
	streamingECDSATrailer        = "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER"
	emptySHA256                  = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	headerSHA256                 = "X-Amz-Content-Sha256"
	headerDecodedLength          = "X-Amz-Decoded-Content-Length"
	headerTrailer                = "X-Amz-Trailer"
	headerContentEncoding        = "Content-Encoding"
	codingChunked                = "aws-chunked"
	maxForm                int64 = 1 << 20
)

// payloadKind is how the payload of a request is protected.
type payloadKind uint8

const (
	payloadPlain           payloadKind = iota // not at all
	payloadHash                               // by its hash
	payloadSigned                             // by a signature for each chunk
	payloadSignedTrailer                      // and one for the trailer
	payloadUnsignedTrailer                    // framed, by nothing
	payloadForm                               // by a hash that is not in the headers: services other than s3
)

// parsePayload reads an x-amz-content-sha256 header; "" is payloadPlain.
func parsePayload(value string) (payloadKind, error) {
	switch value {
	case "", unsignedPayload:
		return payloadPlain, nil
	case streamingSigned:
		return payloadSigned, nil
	case streamingSignedTrailer:
		return payloadSignedTrailer, nil
	case streamingUnsigned:
		return payloadUnsignedTrailer, nil
	case streamingECDSA, streamingECDSATrailer:
		return 0, errAsymmetric()
	}
	if len(value) == 2*sha256.Size && isHex(value) {
		return payloadHash, nil
	}
	return 0, &auth.Error{
		Reason: auth.ErrInvalidArgument,
		Message: "x-amz-content-sha256 must be " + unsignedPayload + ", " + streamingUnsigned + ", " + streamingSigned + ", " +
			streamingSignedTrailer + ", " + streamingECDSA + ", " + streamingECDSATrailer + " or a valid sha256 value.",
		Details: []auth.Detail{{Name: "ArgumentName", Value: "x-amz-content-sha256"}, {Name: "ArgumentValue", Value: value}},
	}
}

func isHex(s string) bool {
	for i := 0; i < len(s); i++ {
		if unhex(s[i]) > 15 {
			return false
		}
	}
	return true
}

// chunkSeed is where the chain of chunk signatures starts.
type chunkSeed struct {
	mac              *keyedMAC
	stamp, scope     string
	requestSignature string
}

// payloadGuard puts the reader that fits a payload in front of a body.
type payloadGuard struct {
	buffers      *bufferPool
	minChunkSize int64
}

// attach makes r.Body verify and unwrap itself. value is the client's
// x-amz-content-sha256; seed is nil where nothing can verify chunk signatures.
func (g *payloadGuard) attach(r *http.Request, kind payloadKind, value string, seed *chunkSeed) error {
	coded := stripCoding(r)
	switch kind {
	case payloadPlain:
		if coded && hasBody(r) {
			kind = payloadUnsignedTrailer
		}
	case payloadSigned, payloadSignedTrailer:
		if seed == nil {
			return errInvalidRequest("A payload of signed chunks needs a signature of version 4.")
		}
	}
	switch kind {
	case payloadPlain, payloadForm:
		if hasBody(r) {
			r.Body = &lengthReader{body: r.Body, left: r.ContentLength}
		}
		return nil
	case payloadHash:
		return attachHash(r, value)
	}
	return g.attachChunked(r, kind, value != "" && value != unsignedPayload, seed)
}

// attachUnsigned is attach for requests whose signature, if there is one, does
// not cover the payload.
func (g *payloadGuard) attachUnsigned(r *http.Request) error {
	value := r.Header.Get(headerSHA256)
	kind, err := parsePayload(value)
	if err != nil {
		return err
	}
	return g.attach(r, kind, value, nil)
}

func hasBody(r *http.Request) bool {
	return r.Body != nil && r.Body != http.NoBody && r.ContentLength != 0
}

func attachHash(r *http.Request, want string) error {
	want = strings.ToLower(want)
	if !hasBody(r) {
		if want != emptySHA256 {
			return errHash(want, emptySHA256)
		}
		return nil
	}
	r.Body = &lengthReader{body: r.Body, left: r.ContentLength, check: &hashCheck{hash: sha256.New(), want: want}}
	return nil
}

func errHash(client, server string) error {
	return &auth.Error{
		Reason:  auth.ErrContentSHA256Mismatch,
		Message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
		Details: []auth.Detail{{Name: "ClientComputedContentSHA256", Value: client}, {Name: "S3ComputedContentSHA256", Value: server}},
	}
}

// attachChunked unwraps an aws-chunked body. Its decoded length must be declared
// where x-amz-content-sha256 announces the framing.
func (g *payloadGuard) attachChunked(r *http.Request, kind payloadKind, announced bool, seed *chunkSeed) error {
	f := chunkFraming{kind: kind, seed: seed}
	var err error
	if f.decoded, err = decodedLength(r.Header.Get(headerDecodedLength), announced); err != nil {
		return err
	}
	if f.declared, err = parseTrailerNames(r.Header[headerTrailer]); err != nil {
		return err
	}
	if kind == payloadSigned && len(f.declared) > 0 {
		return errInvalidRequest("The payload " + streamingSigned + " has no trailer.")
	}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	if len(f.declared) > 0 && r.Trailer == nil {
		r.Trailer = make(http.Header, len(f.declared))
	}
	f.trailer = r.Trailer
	for _, name := range f.declared {
		f.trailer[http.CanonicalHeaderKey(name)] = nil // announced, as net/http does
	}
	r.Body = newChunkReader(r.Body, g, f)
	r.ContentLength = f.decoded
	if _, ok := r.Header["Content-Length"]; ok && f.decoded >= 0 {
		r.Header.Set("Content-Length", strconv.FormatInt(f.decoded, 10))
	}
	return nil
}

// decodedLength reads x-amz-decoded-content-length; -1 is none.
func decodedLength(text string, required bool) (int64, error) {
	switch {
	case text == "" && required:
		return 0, &auth.Error{Reason: auth.ErrMissingContentLength, Message: "You must provide the Content-Length HTTP header."}
	case text == "":
		return -1, nil
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return 0, &auth.Error{
			Reason:  auth.ErrInvalidArgument,
			Message: "The value of x-amz-decoded-content-length is not a length.",
			Details: []auth.Detail{{Name: "ArgumentName", Value: "x-amz-decoded-content-length"}, {Name: "ArgumentValue", Value: text}},
		}
	}
	return int64(n), nil
}

// stripCoding removes aws-chunked from Content-Encoding: it is a way of sending,
// not a property of the object. It reports whether it was there.
func stripCoding(r *http.Request) bool {
	values := r.Header[headerContentEncoding]
	if len(values) == 0 {
		return false
	}
	var kept []string
	found := false
	for _, v := range values {
		for token := range strings.SplitSeq(v, ",") {
			token = strings.TrimSpace(token)
			switch {
			case strings.EqualFold(token, codingChunked):
				found = true
			case token != "":
				kept = append(kept, token)
			}
		}
	}
	switch {
	case !found:
	case len(kept) == 0:
		delete(r.Header, headerContentEncoding)
	default:
		r.Header[headerContentEncoding] = []string{strings.Join(kept, ",")}
	}
	return found
}

// hashForm returns the hash of the whole body and puts the body back: services
// other than s3 sign the body but do not send its hash. Their bodies are short
// forms; one of more than maxForm bytes is refused.
func hashForm(r *http.Request) (string, error) {
	if !hasBody(r) {
		return emptySHA256, nil
	}
	if r.ContentLength > maxForm {
		return "", errInvalidRequest("The request body is too long.")
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, maxForm+1))
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "", errIncomplete()
	case err != nil:
		return "", err
	case int64(len(data)) > maxForm:
		return "", errInvalidRequest("The request body is too long.")
	}
	r.Body = &formBody{Reader: bytes.NewReader(data), Closer: r.Body}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

type formBody struct {
	io.Reader
	io.Closer
}

// hashCheck is a hash that the payload must have.
type hashCheck struct {
	hash interface {
		io.Writer
		Sum([]byte) []byte
	}
	want string
}

func (c *hashCheck) verify() error {
	got := hex.EncodeToString(c.hash.Sum(nil))
	if subtle.ConstantTimeCompare([]byte(got), []byte(c.want)) != 1 {
		return errHash(c.want, got)
	}
	return nil
}

// lengthReader hands out a body of exactly the declared length and, with check,
// of the declared hash. The last bytes are withheld until both are known to be
// right, so that a reader that stops at the declared length is safe too.
type lengthReader struct {
	body  io.ReadCloser
	left  int64 // bytes still declared; negative when no length is
	check *hashCheck
	err   error
}

func (b *lengthReader) Read(p []byte) (int, error) {
	if b.err != nil || len(p) == 0 {
		return 0, b.err
	}
	if b.left >= 0 && int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.body.Read(p)
	if b.check != nil {
		b.check.hash.Write(p[:n])
	}
	if b.left >= 0 {
		if b.left -= int64(n); b.left == 0 && err == nil {
			err = expectEOF(b.body, errIncomplete())
		}
	}
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, io.ErrUnexpectedEOF), err == io.EOF && b.left > 0:
		err = errIncomplete()
	case err == io.EOF && b.check != nil:
		if e := b.check.verify(); e != nil {
			err = e
		}
	}
	if b.err = err; err != io.EOF {
		return 0, err
	}
	return n, nil
}

func (b *lengthReader) Close() error { return b.body.Close() }

// expectEOF returns io.EOF when nothing follows in r, and more when something
// does.
func expectEOF(r io.Reader, more error) error {
	var one [1]byte
	for range 100 {
		if n, err := r.Read(one[:]); n > 0 {
			return more
		} else if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}
