package sse

import (
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"io"
)

// Sizes of a sealed stream, in bytes.
const (
	// PackageSize is how many plain bytes a package holds; the last one holds
	// fewer, but at least one.
	PackageSize = 64 << 10

	// ScratchSize is the memory that [Stream.ReadAt] works in.
	ScratchSize = 2*PackageSize + tagSize

	tagSize       = 16
	sealedPackage = PackageSize + tagSize
)

const streamInfo = "coffer sse v1 stream"

// SealedSize returns how many bytes n plain bytes become. No bytes stay none.
func SealedSize(n int64) int64 { return n + tagSize*((n+PackageSize-1)/PackageSize) }

// PlainSize is the inverse of SealedSize; it is false for a number of bytes
// that no stream has.
func PlainSize(sealed int64) (int64, bool) {
	if sealed < 0 || sealed%sealedPackage > 0 && sealed%sealedPackage <= tagSize {
		return 0, false
	}
	return sealed - tagSize*((sealed+sealedPackage-1)/sealedPackage), true
}

// Stream seals and opens the bytes of one blob. Its nonces are the numbers of
// the packages, so that at most one body is sealed with it, ever; any number of
// goroutines may read.
type Stream struct{ aead cipher.AEAD }

// Stream returns the stream of the blob with the given id.
func (k Key) Stream(id [16]byte) *Stream { return &Stream{aead: k.aead(id[:], streamInfo)} }

// nonce of a package: seven zeroes, its number, and whether it is the last.
func nonce(index uint32, last bool) (n [nonceSize]byte) {
	binary.BigEndian.PutUint32(n[7:], index)
	if last {
		n[11] = 1
	}
	return n
}

func (s *Stream) seal(dst, plain []byte, index uint32, last bool) []byte {
	n := nonce(index, last)
	return s.aead.Seal(dst, n[:], plain, nil)
}

func (s *Stream) open(dst, sealed []byte, index uint32, last bool) ([]byte, error) {
	n := nonce(index, last)
	plain, err := s.aead.Open(dst, n[:], sealed, nil)
	if err != nil {
		return nil, ErrDamaged
	}
	return plain, nil
}

// Seal appends the sealed form of a whole body to dst.
func (s *Stream) Seal(dst, plain []byte) []byte {
	for index := uint32(0); len(plain) > 0; index++ {
		n := min(PackageSize, len(plain))
		dst = s.seal(dst, plain[:n], index, n == len(plain))
		plain = plain[n:]
	}
	return dst
}

// Open returns the plain form of a whole sealed body, or [ErrDamaged].
func (s *Stream) Open(sealed []byte) ([]byte, error) {
	size, ok := PlainSize(int64(len(sealed)))
	if !ok {
		return nil, ErrDamaged
	}
	plain := make([]byte, 0, size)
	for index := uint32(0); len(sealed) > 0; index++ {
		n := min(sealedPackage, len(sealed))
		var err error
		if plain, err = s.open(plain, sealed[:n], index, n == len(sealed)); err != nil {
			return nil, err
		}
		sealed = sealed[n:]
	}
	return plain, nil
}

// ReadAt reads plain bytes of a sealed body of the given length that is in r,
// as [io.ReaderAt] does. Whole packages are opened straight into p. scratch has
// at least [ScratchSize] bytes. Bytes that were tampered with are never
// returned: [ErrDamaged].
func (s *Stream) ReadAt(r io.ReaderAt, sealed int64, p []byte, off int64, scratch []byte) (int, error) {
	size, ok := PlainSize(sealed)
	switch {
	case !ok:
		return 0, ErrDamaged
	case off < 0 || off >= size:
		return 0, io.EOF
	}
	var end error
	if int64(len(p)) > size-off {
		p, end = p[:size-off], io.EOF
	}
	for n := 0; n < len(p); {
		m, err := s.readPackage(r, sealed, p[n:], off+int64(n), scratch)
		if err != nil {
			return n, err
		}
		n += m
	}
	return len(p), end
}

// readPackage reads from one package at most.
func (s *Stream) readPackage(r io.ReaderAt, sealed int64, p []byte, off int64, scratch []byte) (int, error) {
	index := off / PackageSize
	from := index * sealedPackage
	data := scratch[:min(sealedPackage, sealed-from)]
	if n, err := r.ReadAt(data, from); n < len(data) {
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return 0, err
	}
	last := from+int64(len(data)) == sealed
	skip := int(off % PackageSize)
	plain := len(data) - tagSize
	if skip == 0 && len(p) >= plain {
		_, err := s.open(p[:0:plain], data, uint32(index), last)
		return plain, err
	}
	opened, err := s.open(scratch[sealedPackage:sealedPackage:ScratchSize], data, uint32(index), last)
	if err != nil {
		return 0, err
	}
	return copy(p, opened[skip:]), nil
}

// handOn is how many bytes a Writer hands on at once: a size that blobs on disk
// take without copying it.
const handOn = 256 << 10

// Writer seals what is written to it. It must be closed, which seals the last
// package; it does not close what it writes to.
type Writer struct {
	s     *Stream
	w     io.Writer
	index uint32
	plain []byte // not sealed yet, as it may be the last package
	out   []byte // sealed, not handed on yet
}

// Writer returns a Writer that seals one body into w.
func (s *Stream) Writer(w io.Writer) *Writer {
	return &Writer{s: s, w: w, plain: make([]byte, 0, PackageSize), out: make([]byte, 0, handOn+sealedPackage)}
}

// Write implements [io.Writer].
func (w *Writer) Write(p []byte) (int, error) {
	total := len(p)
	for len(p) > 0 {
		if len(w.plain) == PackageSize {
			if err := w.seal(w.plain, false); err != nil {
				return total - len(p), err
			}
			w.plain = w.plain[:0]
		}
		if len(w.plain) == 0 && len(p) > PackageSize {
			if err := w.seal(p[:PackageSize], false); err != nil {
				return total - len(p), err
			}
			p = p[PackageSize:]
			continue
		}
		n := min(PackageSize-len(w.plain), len(p))
		w.plain = append(w.plain, p[:n]...)
		p = p[n:]
	}
	return total, nil
}

func (w *Writer) seal(plain []byte, last bool) error {
	w.out = w.s.seal(w.out, plain, w.index, last)
	w.index++
	for len(w.out) >= handOn {
		if _, err := w.w.Write(w.out[:handOn]); err != nil {
			return err
		}
		w.out = w.out[:copy(w.out, w.out[handOn:])]
	}
	if !last || len(w.out) == 0 {
		return nil
	}
	_, err := w.w.Write(w.out)
	return err
}

// Close seals what is left.
func (w *Writer) Close() error {
	if len(w.plain) == 0 {
		return nil // nothing was written
	}
	return w.seal(w.plain, true)
}
