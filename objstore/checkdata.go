package objstore

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"strconv"
	"strings"

	"github.com/cofferstore/coffer/internal/bufpool"
	"github.com/cofferstore/coffer/objstore/checksum"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/sse"
)

// sealedData is data for an encrypted object, where the key can be had.
func (c *checker) sealedData(what string, rec *record, inline []byte) error {
	key, err := c.s.unseal(c.ctx, rec.info.Encryption, nil)
	if errors.Is(err, ErrInvalidStorageStructure) {
		c.problem("%s: %v", what, err)
	}
	if err != nil {
		return c.ctx.Err()
	}
	plain, err := key.Stream(rec.inline).Open(inline)
	if err != nil {
		c.problem("%s: bytes cannot be read: %v", what, err)
		return nil
	}
	return c.data(what, &rec.info, plain, rec.extents, key)
}

// data reads the bytes of an object or part and compares their sums; key is
// that of sealed extents.
func (c *checker) data(what string, info *ObjectInfo, inline []byte, extents []extent, key *sse.Key) error {
	sums := newPartSums(info)
	if _, err := sums.Write(inline); err != nil {
		return err
	}
	for _, e := range extents {
		if err := c.copyExtent(sums, e, key); err != nil {
			if c.ctx.Err() != nil {
				return err
			}
			if !errors.Is(err, driver.ErrNotFound) { // a missing blob is told once
				c.problem("%s: bytes cannot be read: %v", what, err)
			}
			return nil
		}
	}
	if etag := sums.etag(); etag != info.ETag && info.Encryption.plainETag() {
		c.problem("%s: the MD5 of its bytes is %s, its ETag %s", what, etag, info.ETag)
	}
	if sum := sums.checksum(info.Checksum); sum != info.Checksum.Value {
		c.problem("%s: the checksum of its bytes is %s, not %s", what, sum, info.Checksum.Value)
	}
	return nil
}

func (c *checker) copyExtent(w io.Writer, e extent, key *sse.Key) error {
	b, err := c.s.eng.Blobs.Open(c.ctx, e.blob)
	if err != nil {
		return err
	}
	buf := c.s.buffers.Get(int(min(max(e.n, 1), bufpool.Medium)))
	defer c.s.buffers.Put(buf)
	// Without ReadFrom and WriteTo, which would bring a buffer of their own.
	from, want := io.NewSectionReader(b, e.off, e.n), e.n
	if key != nil {
		opened := openedExtent{blob: b, n: e.n, stream: key.Stream(e.blob), scratch: make([]byte, sse.ScratchSize)}
		want = plainSize(e.n, true)
		from = io.NewSectionReader(&opened, 0, want)
	}
	n, err := io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{from}, buf)
	if err == nil && n < want {
		err = io.ErrUnexpectedEOF
	}
	return errors.Join(err, b.Close())
}

// openedExtent reads the plain bytes of a sealed extent, for one goroutine.
type openedExtent struct {
	blob    driver.BlobReader
	n       int64
	stream  *sse.Stream
	scratch []byte
}

// ReadAt implements [io.ReaderAt].
func (e *openedExtent) ReadAt(p []byte, off int64) (int, error) {
	return e.stream.ReadAt(e.blob, e.n, p, off, e.scratch)
}

// partSums computes the sums of an object, and of each of its parts where it
// was uploaded in parts.
type partSums struct {
	alg   checksum.Algorithm
	whole hash.Hash // of alg, over everything; nil when there is none
	sizes []int64   // of the parts that are yet to come, the current one first

	md5, part hash.Hash // of the current part
	md5s      []byte
	parts     [][]byte
	multi     bool
}

func newPartSums(info *ObjectInfo) *partSums {
	s := &partSums{alg: info.Checksum.Algorithm, md5: md5.New(), sizes: []int64{info.Size}}
	if len(info.Parts) > 0 {
		s.multi, s.sizes = true, nil
		for _, p := range info.Parts {
			s.sizes = append(s.sizes, p.Size)
		}
	}
	if s.alg.Valid() {
		s.whole, s.part = s.alg.New(), s.alg.New()
	}
	s.advance()
	return s
}

// Write implements [io.Writer].
func (s *partSums) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 && len(s.sizes) > 0 {
		k := int(min(int64(len(p)), s.sizes[0]))
		s.md5.Write(p[:k])
		if s.alg.Valid() {
			s.whole.Write(p[:k])
			s.part.Write(p[:k])
		}
		s.sizes[0] -= int64(k)
		p = p[k:]
		s.advance()
	}
	return n, nil
}

// advance ends the parts that are complete.
func (s *partSums) advance() {
	for len(s.sizes) > 0 && s.sizes[0] == 0 {
		s.sizes = s.sizes[1:]
		s.md5s = s.md5.Sum(s.md5s)
		s.md5.Reset()
		if s.alg.Valid() {
			s.parts = append(s.parts, s.part.Sum(nil))
			s.part.Reset()
		}
	}
}

func (s *partSums) etag() string {
	if !s.multi {
		return hex.EncodeToString(s.md5s)
	}
	sum := md5.Sum(s.md5s)
	return hex.EncodeToString(sum[:]) + "-" + strconv.Itoa(len(s.md5s)/md5.Size)
}

// checksum returns the checksum in the form of like.
func (s *partSums) checksum(like Checksum) string {
	switch {
	case !s.alg.Valid():
		return like.Value
	case strings.Contains(like.Value, "-"):
		sum, err := checksum.Composite(s.alg, s.parts)
		if err != nil {
			return err.Error()
		}
		return sum
	}
	return checksum.Encode(s.whole.Sum(nil))
}
