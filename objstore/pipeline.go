package objstore

import (
	"io"
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
//	run (reads, checksum) ── toWrite ──▶ write ── toHash ──▶ hash (MD5) ── free ──▶ run
//
// MD5 is the slowest and comes last: the sync of the blob then overlaps with
// the hashing of the last buffers. write and hash are goroutines, which end
// before run returns.
type pipeline struct {
	s      *Store
	hasher *hasher
	w      io.Writer
	large  bool

	toWrite, toHash, free chan []byte
	made                  int // buffers in use

	whole    bool        // the body was read to its good end; valid when toWrite is closed
	failed   atomic.Bool // the writer has failed
	writeErr error       // valid when free is closed
}

func newPipeline(s *Store, h *hasher, w io.Writer) *pipeline {
	return &pipeline{
		s: s, hasher: h, w: w,
		toWrite: make(chan []byte, pipelineBuffers),
		toHash:  make(chan []byte, pipelineBuffers),
		free:    make(chan []byte, pipelineBuffers),
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
	go p.write()
	go p.hash()
	defer func() {
		close(p.toWrite)
		for buf := range p.free {
			p.s.buffers.Put(buf)
		}
		if p.writeErr != nil {
			err = p.writeErr
		}
	}()
	p.made = 1
	p.pass(first)
	err = p.read(in)
	p.whole = err == nil
	return err
}

func (p *pipeline) read(in *intake) error {
	for !in.done && !p.failed.Load() {
		buf := p.buffer(in)
		n, err := in.fill(buf)
		if n == 0 || err != nil {
			p.s.buffers.Put(buf)
			if err != nil {
				return err
			}
			continue
		}
		p.pass(buf[:n])
	}
	return nil
}

func (p *pipeline) pass(buf []byte) {
	p.hasher.writeSum(buf)
	p.toWrite <- buf
}

// buffer returns memory that nobody uses. The first buffers are never large:
// hashing then begins early.
func (p *pipeline) buffer(in *intake) []byte {
	size := bufpool.Medium
	if p.large && in.read >= bufpool.Large {
		size = bufpool.Large
	}
	if p.made < pipelineBuffers {
		p.made++
		return p.s.buffers.Get(size)
	}
	buf := <-p.free
	if cap(buf) != size {
		p.s.buffers.Put(buf)
		return p.s.buffers.Get(size)
	}
	return buf[:size]
}

func (p *pipeline) write() {
	defer close(p.toHash)
	for buf := range p.toWrite {
		if p.writeErr == nil {
			_, p.writeErr = p.w.Write(buf)
			p.failed.Store(p.writeErr != nil)
		}
		p.toHash <- buf
	}
	if s, ok := p.w.(driver.BlobSyncer); ok && p.whole && p.writeErr == nil {
		p.writeErr = s.Sync()
	}
}

func (p *pipeline) hash() {
	defer close(p.free)
	for buf := range p.toHash {
		p.hasher.writeMD5(buf)
		p.free <- buf
	}
}
