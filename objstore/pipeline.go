package objstore

import (
	"io"
	"sync"
	"sync/atomic"

	"github.com/cofferstore/coffer/internal/bufpool"
	"github.com/cofferstore/coffer/objstore/driver"
)

const (
	// pipelineBuffers bounds the memory of one body: so many buffers of 256 KiB,
	// or of 1 MiB for a large one.
	pipelineBuffers = 4

	// largeBody is the size from which on a body gets large buffers. A disk
	// takes pieces of 1 MiB almost twice as fast as those of 256 KiB.
	largeBody = 16 << 20

	// maxLarge bounds how many bodies have large buffers at a time.
	maxLarge = 8
)

// pipeline overlaps the reading, writing and hashing of a large body. Buffers
// go round:
//
//	                            ┌─ toWrite ──▶ write ──────┐
//	run (reads, checksum) ──────┤                          ├── free ──▶ run
//	                            └─ toHash ───▶ hash (MD5) ─┘
//
// MD5 is the slowest: it begins with the first bytes, and the sync of the blob
// overlaps with the hashing of the last. write and hash are goroutines, which
// end before run returns; neither changes a buffer.
type pipeline struct {
	s      *Store
	hasher *hasher
	w      io.Writer
	large  bool

	toWrite, toHash, free chan *piece
	made                  int // pieces in use

	whole    bool        // the body was read to its good end; valid when toWrite is closed
	failed   atomic.Bool // the writer has failed
	writeErr error       // valid when write has ended
}

// piece is a part of the body.
type piece struct {
	buf   []byte
	users atomic.Int32 // of write and hash, those that still need buf
}

func newPipeline(s *Store, h *hasher, w io.Writer) *pipeline {
	return &pipeline{
		s: s, hasher: h, w: w,
		toWrite: make(chan *piece, pipelineBuffers),
		toHash:  make(chan *piece, pipelineBuffers),
		free:    make(chan *piece, pipelineBuffers),
	}
}

// start takes large buffers for a body of size bytes, if there are any left, and
// returns what gives them back.
func (p *pipeline) start(size int64) (end func()) {
	n := &p.s.largePipelines
	if size < largeBody {
		return func() {}
	}
	p.large = n.Add(1) <= maxLarge
	return func() { n.Add(-1) }
}

// run moves the rest of a body that begins with first, which it takes over.
// The goroutines end also when reading the body panics.
func (p *pipeline) run(in *intake, first []byte) (err error) {
	defer p.start(in.declared)()
	var running sync.WaitGroup
	running.Go(p.write)
	running.Go(p.hash)
	defer func() {
		close(p.toWrite)
		close(p.toHash)
		running.Wait()
		close(p.free)
		for piece := range p.free {
			p.s.buffers.Put(piece.buf)
		}
		if p.writeErr != nil {
			err = p.writeErr
		}
	}()
	p.made = 1
	p.pass(&piece{buf: first})
	err = p.read(in)
	p.whole = err == nil
	return err
}

func (p *pipeline) read(in *intake) error {
	for !in.done && !p.failed.Load() {
		piece := p.piece(in)
		n, err := in.fill(piece.buf)
		if n == 0 || err != nil {
			p.s.buffers.Put(piece.buf)
			if err != nil {
				return err
			}
			continue
		}
		piece.buf = piece.buf[:n]
		p.pass(piece)
	}
	return nil
}

// pass hands a piece to both goroutines. MD5 has it while the checksum is
// computed here.
func (p *pipeline) pass(piece *piece) {
	piece.users.Store(2)
	p.toHash <- piece
	p.hasher.writeSum(piece.buf)
	p.toWrite <- piece
}

// done is called by each user of a piece.
func (p *pipeline) done(piece *piece) {
	if piece.users.Add(-1) == 0 {
		p.free <- piece
	}
}

// piece returns one that nobody uses. The first are never large: hashing then
// begins early.
func (p *pipeline) piece(in *intake) *piece {
	size := bufpool.Medium
	if p.large && in.read >= bufpool.Large {
		size = bufpool.Large
	}
	if p.made < pipelineBuffers {
		p.made++
		return &piece{buf: p.s.buffers.Get(size)}
	}
	piece := <-p.free
	if cap(piece.buf) != size {
		p.s.buffers.Put(piece.buf)
		piece.buf = p.s.buffers.Get(size)
	}
	piece.buf = piece.buf[:size]
	return piece
}

func (p *pipeline) write() {
	for piece := range p.toWrite {
		if p.writeErr == nil {
			_, p.writeErr = p.w.Write(piece.buf)
			p.failed.Store(p.writeErr != nil)
		}
		p.done(piece)
	}
	if s, ok := p.w.(driver.BlobSyncer); ok && p.whole && p.writeErr == nil {
		p.writeErr = s.Sync()
	}
}

func (p *pipeline) hash() {
	for piece := range p.toHash {
		p.hasher.writeMD5(piece.buf)
		p.done(piece)
	}
}
