package awssig

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"hash"
	"io"
	"net/http"
	"strconv"
	"sync"

	"github.com/cofferstore/coffer/auth"
)

const (
	// maxChunkHeader bounds the line in front of a chunk, in bytes. A signed one
	// of Amazon's own form takes at most 100.
	maxChunkHeader = 512

	chunkBufferSize  = 4 << 10
	chunkSignature   = ";chunk-signature="
	signatureLength  = 2 * sha256.Size
	algorithmChunk   = algorithmV4 + "-PAYLOAD"
	algorithmTrailer = algorithmV4 + "-TRAILER"
)

// chunkReader unwraps the aws-chunked framing of a body:
//
//	10000;chunk-signature=<hex>\r\n  65536 bytes \r\n   any number of chunks
//	0;chunk-signature=<hex>\r\n
//	x-amz-checksum-crc32c:<value>\r\n                   a trailer, or none
//	x-amz-trailer-signature:<hex>\r\n
//	\r\n
//
// The last bytes of a chunk are withheld until its signature is known to be
// right, and those of the payload until all that follows is right as well, so
// that a reader that stops at the declared length is safe too. It holds one
// small buffer however large a chunk is.
//
// Source: Amazon S3, "Signature calculations for the Authorization header:
// transferring payload in multiple chunks".
type chunkReader struct {
	body  io.ReadCloser
	state *chunkState // nil once err is set
	guard *payloadGuard
	err   error

	left    int64 // bytes of the current chunk still to come
	decoded int64 // bytes of the payload still to come; -1 when not declared
	count   int64 // of data chunks
	size    int64 // of the current chunk

	signing *chunkSigning // nil for unsigned chunks
	trailer trailerReader
}

// chunkState is the memory of a chunkReader that is worth pooling.
type chunkState struct {
	in   *bufio.Reader
	hash hash.Hash
	text []byte
	want [signatureLength]byte // of the current chunk
	prev [signatureLength]byte // of the chunk before
	sum  []byte
	mac  []byte
}

// bufferPool hands out chunk states. The zero value is ready.
type bufferPool struct{ pool sync.Pool }

func (p *bufferPool) get(r io.Reader) *chunkState {
	s, ok := p.pool.Get().(*chunkState)
	if !ok {
		return &chunkState{in: bufio.NewReaderSize(r, chunkBufferSize), hash: sha256.New()}
	}
	s.in.Reset(r)
	s.hash.Reset()
	return s
}

func (p *bufferPool) put(s *chunkState) {
	s.in.Reset(nil)
	p.pool.Put(s)
}

// chunkFraming is what the head of a request says about its framing.
type chunkFraming struct {
	kind     payloadKind
	decoded  int64      // length of the payload, -1 when not declared
	seed     *chunkSeed // of signed chunks
	declared []string   // names of the trailer's fields
	trailer  http.Header
}

func newChunkReader(body io.ReadCloser, g *payloadGuard, f chunkFraming) *chunkReader {
	c := &chunkReader{
		body: body, decoded: f.decoded, guard: g, state: g.buffers.get(body),
		trailer: trailerReader{declared: f.declared, into: f.trailer, signed: f.kind == payloadSignedTrailer},
	}
	if f.kind == payloadSigned || f.kind == payloadSignedTrailer {
		c.signing = &chunkSigning{mac: f.seed.mac, stamp: f.seed.stamp, scope: f.seed.scope}
		copy(c.state.prev[:], f.seed.requestSignature)
	}
	return c
}

func (c *chunkReader) Close() error { return c.body.Close() }

func (c *chunkReader) Read(p []byte) (int, error) {
	if c.err != nil || len(p) == 0 {
		return 0, c.err
	}
	n, err := c.read(p)
	if err != nil {
		c.guard.buffers.put(c.state)
		c.state, c.err = nil, err
		if err != io.EOF {
			n = 0
		}
	}
	return n, err
}

func (c *chunkReader) read(p []byte) (int, error) {
	if c.left == 0 {
		if err := c.nextChunk(); err != nil {
			return 0, err
		}
		if c.size == 0 {
			return 0, c.finish()
		}
	}
	if int64(len(p)) > c.left {
		p = p[:c.left]
	}
	n, err := c.state.in.Read(p)
	if err != nil {
		return 0, truncated(err)
	}
	if c.signing != nil {
		c.state.hash.Write(p[:n])
	}
	if c.left -= int64(n); c.left > 0 {
		return n, nil
	}
	if err := c.endChunk(); err != nil {
		return 0, err
	}
	if c.decoded != 0 {
		return n, nil
	}
	if err := c.nextChunk(); err != nil {
		return 0, err
	}
	return n, c.finish()
}

// nextChunk reads a chunk header.
func (c *chunkReader) nextChunk() error {
	line, err := c.state.in.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return errChunkHeader()
	case err != nil:
		return truncated(err)
	}
	line, ok := bytes.CutSuffix(line, []byte("\r\n"))
	if !ok || len(line) > maxChunkHeader {
		return errChunkHeader()
	}
	digits := line
	if c.signing != nil {
		var signature []byte
		if digits, signature, ok = bytes.Cut(line, []byte(chunkSignature)); !ok || copy(c.state.want[:], signature) != len(signature) || len(signature) != signatureLength {
			return errChunkHeader()
		}
	}
	size, ok := parseChunkSize(digits)
	if !ok {
		return errChunkHeader()
	}
	if least := c.guard.minChunkSize; size > 0 && c.count > 0 && c.size < least {
		return errSmallChunk(c.count, c.size)
	}
	c.size, c.left = size, size
	if size > 0 {
		c.count++
	}
	if c.decoded >= 0 {
		if c.decoded -= size; c.decoded < 0 || size == 0 && c.decoded > 0 {
			return errDecodedLength()
		}
	}
	return nil
}

// parseChunkSize reads up to 15 hexadecimal digits: no sign, no space, no
// overflow.
func parseChunkSize(digits []byte) (size int64, ok bool) {
	if len(digits) == 0 || len(digits) > 15 {
		return 0, false
	}
	for _, d := range digits {
		v := unhex(d)
		if v > 15 {
			return 0, false
		}
		size = size<<4 | int64(v)
	}
	return size, true
}

// endChunk reads the line end after the data of a chunk and checks the chunk's
// signature.
func (c *chunkReader) endChunk() error {
	for _, want := range [...]byte{'\r', '\n'} {
		got, err := c.state.in.ReadByte()
		if err != nil {
			return truncated(err)
		}
		if got != want {
			return errChunkHeader()
		}
	}
	if c.signing == nil {
		return nil
	}
	return c.signing.verify(c.state)
}

// finish checks the last, empty chunk and all that follows. It returns io.EOF
// when everything is right.
func (c *chunkReader) finish() error {
	if c.signing != nil {
		if err := c.signing.verify(c.state); err != nil {
			return err
		}
	}
	if err := c.trailer.read(c.state.in); err != nil {
		return err
	}
	if c.trailer.signed {
		if err := c.signing.verifyTrailer(c.state, &c.trailer); err != nil {
			return err
		}
	}
	c.trailer.publish()
	return io.EOF
}

// chunkSigning verifies a chain of chunk signatures.
type chunkSigning struct {
	mac          *keyedMAC
	stamp, scope string
}

// verify checks the signature of the data hashed since the last call.
func (s *chunkSigning) verify(st *chunkState) error {
	st.sum = st.hash.Sum(st.sum[:0])
	st.hash.Reset()
	st.text = appendChunkText(st.text[:0], s.stamp, s.scope, st.prev[:], st.sum)
	st.mac = s.mac.appendHexSum(st.mac[:0], st.text)
	if subtle.ConstantTimeCompare(st.mac, st.want[:]) != 1 {
		return errChunkSignature(st.text, st.want[:])
	}
	st.prev = st.want
	return nil
}

// verifyTrailer checks the signature of the trailer, whose lines are signed as
// they were sent or sorted by name.
func (s *chunkSigning) verifyTrailer(st *chunkState, t *trailerReader) error {
	for _, lines := range [...][]byte{t.lines(true), t.lines(false)} {
		st.text = appendTrailerText(st.text[:0], s.stamp, s.scope, st.prev[:], lines)
		st.mac = s.mac.appendHexSum(st.mac[:0], st.text)
		if subtle.ConstantTimeCompare(st.mac, t.signature) == 1 {
			return nil
		}
	}
	return errChunkSignature(st.text, t.signature)
}

// appendChunkText appends the string to sign of a chunk.
func appendChunkText(dst []byte, stamp, scope string, previous, sum []byte) []byte {
	dst = appendChainHead(dst, algorithmChunk, stamp, scope, previous)
	dst = append(dst, emptySHA256+"\n"...)
	return appendHex(dst, sum)
}

// appendTrailerText appends the string to sign of a trailer.
func appendTrailerText(dst []byte, stamp, scope string, previous, lines []byte) []byte {
	dst = appendChainHead(dst, algorithmTrailer, stamp, scope, previous)
	sum := sha256.Sum256(lines)
	return appendHex(dst, sum[:])
}

func appendChainHead(dst []byte, algorithm, stamp, scope string, previous []byte) []byte {
	dst = append(dst, algorithm...)
	for _, part := range [...]string{stamp, scope} {
		dst = append(dst, '\n')
		dst = append(dst, part...)
	}
	dst = append(dst, '\n')
	dst = append(dst, previous...)
	return append(dst, '\n')
}

// truncated turns the end of a body where none may be into IncompleteBody.
func truncated(err error) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return &auth.Error{Reason: auth.ErrIncompleteBody, Message: "The request body terminated unexpectedly"}
	}
	return err
}

func errDecodedLength() error {
	return &auth.Error{Reason: auth.ErrIncompleteBody, Message: "The payload does not have the length that x-amz-decoded-content-length declares"}
}

func errChunkHeader() error {
	return &auth.Error{Reason: auth.ErrInvalidChunkSize, Message: "The framing of a chunk is not valid"}
}

func errSmallChunk(number, size int64) error {
	return &auth.Error{
		Reason:  auth.ErrInvalidChunkSize,
		Message: "Only the last chunk is allowed to have a size less than 8192 bytes",
		Details: []auth.Detail{{Name: "Chunk", Value: strconv.FormatInt(number, 10)}, {Name: "BadChunkSize", Value: strconv.FormatInt(size, 10)}},
	}
}

func errChunkSignature(text, signature []byte) error {
	return &auth.Error{
		Reason:  auth.ErrSignatureDoesNotMatch,
		Message: "The chunk signature we calculated does not match the signature you provided. Check your key and signing method.",
		Details: []auth.Detail{{Name: "StringToSign", Value: string(text)}, {Name: "SignatureProvided", Value: string(signature)}},
	}
}
