package objstore

import (
	"io"
	"sync/atomic"

	"github.com/cofferstore/coffer/internal/bufpool"
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

// pipeline overlaps the reading, hashing and writing of a large body. Buffers
// go round:
//
//	run (reads) ── toHash ──▶ hash ── toWrite ──▶ write ── free ──▶ run
//
// hash and write are goroutines, which end before run returns.
type pipeline struct {
	s      *Store
	hasher *hasher
	w      io.Writer
	large  bool

	toHash, toWrite, free chan []byte
	made                  int // buffers in use

	failed   atomic.Bool // the writer has failed
	writeErr error       // valid when free is closed
}

func newPipeline(s *Store, h *hasher, w io.Writer) *pipeline {
	return &pipeline{
		s: s, hasher: h, w: w,
		toHash:  make(chan []byte, pipelineBuffers),
		toWrite: make(chan []byte, pipelineBuffers),
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
	go p.hash()
	go p.write()
	defer func() {
		close(p.toHash)
		for buf := range p.free {
			p.s.buffers.Put(buf)
		}
		if p.writeErr != nil {
			err = p.writeErr
		}
	}()
	p.made = 1
	p.toHash <- first
	return p.read(in)
}

func (p *pipeline) read(in *intake) error {
	for !in.done && !p.failed.Load() {
		buf := p.buffer()
		n, err := in.fill(buf)
		if n == 0 || err != nil {
			p.s.buffers.Put(buf)
			if err != nil {
				return err
			}
			continue
		}
		p.toHash <- buf[:n]
	}
	return nil
}

// buffer returns memory that nobody uses.
func (p *pipeline) buffer() []byte {
	if p.made < pipelineBuffers {
		p.made++
		if p.large {
			return p.s.buffers.Get(bufpool.Large)
		}
		return p.s.buffers.Get(bufpool.Medium)
	}
	buf := <-p.free
	return buf[:cap(buf)]
}

func (p *pipeline) hash() {
	defer close(p.toWrite)
	for buf := range p.toHash {
		p.hasher.write(buf)
		p.toWrite <- buf
	}
}

func (p *pipeline) write() {
	defer close(p.free)
	for buf := range p.toWrite {
		if p.writeErr == nil {
			if _, p.writeErr = p.w.Write(buf); p.writeErr != nil {
				p.failed.Store(true)
			}
		}
		p.free <- buf
	}
}
