package awssig

import (
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// StreamOptions tunes [StreamV4]. A nil *StreamOptions means the defaults.
type StreamOptions struct {
	// ChunkSize is the payload of one chunk in bytes. Amazon asks for at least
	// 8192. Default: 65536.
	ChunkSize int

	// Unsigned frames the body without signatures (the payload type
	// STREAMING-UNSIGNED-PAYLOAD-TRAILER): for use over TLS.
	Unsigned bool

	// Trailers are checksums that follow the body. Amazon asks for at least one
	// with Unsigned.
	Trailers []Checksum
}

// Checksum is a checksum header that is sent after the body.
type Checksum struct {
	// Name is the header, for example "x-amz-checksum-crc32c".
	Name string

	// Hash gets the payload; its sum in Base64 is the value of the header.
	Hash hash.Hash
}

const (
	defaultChunkSize = 64 << 10
	minimumChunkSize = 1 << 10
)

// StreamV4 signs r with Signature Version 4 and gives it a body that sends
// length bytes of payload in the aws-chunked framing: each chunk with a
// signature, or the whole unsigned, and checksums in a trailer. Nothing is read
// before the request is sent. It sets the headers that say so, r.ContentLength
// and r.Body; r.GetBody is set to nil, for the payload can be read but once.
//
// A payload shorter or longer than length makes the body fail with
// io.ErrUnexpectedEOF or [ErrPayloadLength].
func StreamV4(r *http.Request, cred Credentials, scope Scope, payload io.Reader, length int64, o *StreamOptions) {
	e := newChunkWriter(payload, length, o)
	kind := streamingSigned
	switch {
	case e.opt.Unsigned:
		kind = streamingUnsigned
	case len(e.opt.Trailers) > 0:
		kind = streamingSignedTrailer
	}
	coding := codingChunked
	if old := r.Header.Get(headerContentEncoding); old != "" {
		coding += "," + old
	}
	r.Header.Set(headerContentEncoding, coding)
	r.Header.Set(headerDecodedLength, strconv.FormatInt(length, 10))
	if names := e.trailerNames(); len(names) > 0 {
		r.Header.Set(headerTrailer, strings.Join(names, ","))
	}
	mac := scope.key(cred)
	signature := signV4(r, cred, scope, kind, mac)
	if !e.opt.Unsigned {
		e.signing = &chunkSigning{mac: mac, stamp: scope.stamp(), scope: scope.String()}
		e.previous = []byte(signature)
	}
	r.ContentLength = e.encodedLength()
	r.Body, r.GetBody = e, nil
}

// PayloadError is a payload that does not keep what was declared.
type PayloadError string

// ErrPayloadLength is a payload longer than declared.
const ErrPayloadLength PayloadError = "awssig: payload is longer than declared"

func (e PayloadError) Error() string { return string(e) }

// chunkWriter is a body in the aws-chunked framing.
type chunkWriter struct {
	payload  io.Reader
	length   int64
	left     int64
	opt      StreamOptions
	signing  *chunkSigning // nil for unsigned
	previous []byte        // signature

	data    []byte // of one chunk
	out     []byte // framed, not yet read
	pending []byte // the part of out still to be read
	done    bool   // out holds the end
	err     error
}

func newChunkWriter(payload io.Reader, length int64, o *StreamOptions) *chunkWriter {
	e := &chunkWriter{payload: payload, length: length, left: length}
	if o != nil {
		e.opt = *o
	}
	if e.opt.ChunkSize == 0 {
		e.opt.ChunkSize = defaultChunkSize
	}
	e.opt.ChunkSize = max(e.opt.ChunkSize, minimumChunkSize)
	return e
}

func (e *chunkWriter) trailerNames() []string {
	var names []string
	for _, t := range e.opt.Trailers {
		names = append(names, strings.ToLower(t.Name))
	}
	return names
}

// encodedLength returns the length of the body on the wire.
func (e *chunkWriter) encodedLength() int64 {
	chunk := int64(e.opt.ChunkSize)
	n := e.length / chunk * e.frameLength(chunk)
	if rest := e.length % chunk; rest > 0 {
		n += e.frameLength(rest)
	}
	n += e.frameLength(0)
	for _, t := range e.opt.Trailers {
		n += int64(len(t.Name)+len(":\r\n")) + int64(base64.StdEncoding.EncodedLen(t.Hash.Size()))
	}
	if e.signing != nil && len(e.opt.Trailers) > 0 {
		n += int64(len(signatureTrailer) + len(":\r\n") + signatureLength)
	}
	return n
}

// frameLength is the length of a framed chunk. Of the last, empty one the line
// end after its data is that after the trailer.
func (e *chunkWriter) frameLength(size int64) int64 {
	n := int64(len(strconv.FormatInt(size, 16))) + size + int64(len("\r\n\r\n"))
	if e.signing != nil {
		n += int64(len(chunkSignature) + signatureLength)
	}
	return n
}

// Close closes the payload if it can be closed.
func (e *chunkWriter) Close() error {
	if c, ok := e.payload.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

func (e *chunkWriter) Read(p []byte) (int, error) {
	for len(e.pending) == 0 {
		if e.err == nil && e.done {
			e.err = io.EOF
		}
		if e.err != nil {
			return 0, e.err
		}
		e.err = e.fill()
	}
	n := copy(p, e.pending)
	e.pending = e.pending[n:]
	return n, nil
}

// fill frames the next chunk, or the end.
func (e *chunkWriter) fill() error {
	size := min(int64(e.opt.ChunkSize), e.left)
	if int64(cap(e.data)) < size {
		e.data = make([]byte, size)
	}
	e.data = e.data[:size]
	if n, err := io.ReadFull(e.payload, e.data); err != nil && size > 0 {
		if err == io.EOF && n == 0 {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	e.left -= size
	for _, t := range e.opt.Trailers {
		t.Hash.Write(e.data)
	}
	e.out = e.appendFrame(e.out[:0], e.data)
	if size == 0 {
		if err := e.expectEnd(); err != nil {
			return err
		}
		e.out = append(e.appendTrailer(e.out), "\r\n"...)
		e.done = true
	}
	e.pending = e.out
	return nil
}

func (e *chunkWriter) expectEnd() error {
	if e.payload == nil {
		return nil
	}
	if err := expectEOF(e.payload, ErrPayloadLength); err != io.EOF {
		return err
	}
	return nil
}

func (e *chunkWriter) appendFrame(dst, data []byte) []byte {
	dst = strconv.AppendInt(dst, int64(len(data)), 16)
	if e.signing != nil {
		sum := sha256.Sum256(data)
		text := appendChunkText(nil, e.signing.stamp, e.signing.scope, e.previous, sum[:])
		e.previous = e.signing.mac.appendHexSum(e.previous[:0], text)
		dst = append(append(dst, chunkSignature...), e.previous...)
	}
	dst = append(dst, "\r\n"...)
	if len(data) > 0 {
		dst = append(append(dst, data...), "\r\n"...)
	}
	return dst
}

// appendTrailer appends the checksums, in the order in which they are declared,
// and their signature.
func (e *chunkWriter) appendTrailer(dst []byte) []byte {
	if len(e.opt.Trailers) == 0 {
		return dst
	}
	var t trailerReader
	for _, c := range e.opt.Trailers {
		f := trailerField{strings.ToLower(c.Name), base64.StdEncoding.EncodeToString(c.Hash.Sum(nil))}
		t.fields = append(t.fields, f)
		dst = append(dst, f.name+":"+f.value+"\r\n"...)
	}
	if e.signing == nil {
		return dst
	}
	text := appendTrailerText(nil, e.signing.stamp, e.signing.scope, e.previous, t.lines(true))
	dst = append(dst, signatureTrailer+":"...)
	return append(e.signing.mac.appendHexSum(dst, text), "\r\n"...)
}
