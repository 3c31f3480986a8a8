package objstore

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/cofferstore/coffer/internal/bufpool"
	"github.com/cofferstore/coffer/objstore/checksum"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/sse"
)

// stored is a body on its way into a record. It is ended with keep or discard.
type stored struct {
	digests Digests
	short   bodyMD5 // what the digests of a body in memory refer to

	// inline is the body when it goes into a row of the index, under inlineID;
	// its memory is valid until keep or discard.
	inline   []byte
	inlineID driver.BlobID

	extents []extent // none for an empty body

	s   *Store
	ctx context.Context // without cancellation
	buf []byte          // the pooled memory of inline
}

// fill makes rec refer to the body.
func (st *stored) fill(rec *record) {
	rec.info.Size = st.digests.Size
	rec.info.Checksum = st.digests.Checksum
	rec.hasInline, rec.inline, rec.extents = len(st.inline) > 0, st.inlineID, st.extents
}

// setRows writes the rows that rec, a record of the body, refers to.
func (st *stored) setRows(txn driver.Txn, rec *record) error {
	if err := st.setInline(txn, rec.inline); err != nil {
		return err
	}
	return newRefs(txn, st.extents)
}

// setInline writes the row of a small body under id: its own, or that of the
// object in whose place it comes.
func (st *stored) setInline(txn driver.Txn, id driver.BlobID) error {
	switch {
	case len(st.inline) == 0:
		return nil
	case id == st.inlineID:
		return driver.Insert(txn, inlineRow(id), st.inline)
	}
	return txn.Set(inlineRow(id), st.inline)
}

// keep is called after a commit that named the body, or of unknown outcome: in
// that case the sweep finds out whether the blob is needed.
func (st *stored) keep() {
	for _, e := range st.extents {
		st.s.pending.drop(e.blob)
	}
	st.release()
}

// discard is called when nothing names the body.
func (st *stored) discard() {
	for _, e := range st.extents {
		if err := st.s.eng.Blobs.Remove(st.ctx, e.blob); err != nil {
			st.s.opt.Logger.WarnContext(st.ctx, "unused blob is left to the sweep", "blob", e.blob.String(), "error", err)
		}
		st.s.pending.drop(e.blob)
	}
	st.release()
}

// settle ends st by the outcome of the commit.
func (st *stored) settle(err error) {
	if errors.Is(err, driver.ErrOutcomeUnknown) {
		st.s.unsure.Store(true)
	}
	if err == nil || errors.Is(err, driver.ErrOutcomeUnknown) {
		st.keep()
		return
	}
	st.discard()
}

func (st *stored) release() {
	st.s.hashers.late.leave(&st.short)
	if st.buf != nil {
		st.s.buffers.Put(st.buf)
		st.buf, st.inline = nil, nil
	}
}

// bodyOptions are how a body is stored; alg "", a nil verify and a nil key are
// left out.
type bodyOptions struct {
	size      *int64 // declared
	alg       checksum.Algorithm
	verify    func(Digests) error
	inlineMax int
	key       *sse.Key // the bytes are sealed with it
}

// storeBody reads a body to its end and stores it: in memory for a row of the
// index when it takes at most inlineMax bytes there, else in a blob. Every
// error leaves nothing behind.
func (s *Store) storeBody(ctx context.Context, body io.Reader, o bodyOptions) (*stored, error) {
	if o.alg != "" && !o.alg.Valid() {
		return nil, fmt.Errorf("%w: checksum algorithm", ErrInvalidArgument)
	}
	in, err := newIntake(ctx, body, o.size)
	if err != nil {
		return nil, err
	}
	if in.space, err = s.space.claim(ctx, max(in.declared, 0)); err != nil {
		return nil, err
	}
	defer in.space.end() // of a panic of the body too
	s.hashers.late.begin()
	var st *stored
	defer func() {
		if st == nil {
			s.hashers.late.end()
		}
	}()
	if st, err = s.storeIntake(ctx, in, &o); err != nil {
		s.space.expire() // what was written is removed
	}
	return st, err
}

// storeIntake is storeBody for a body that may be read.
func (s *Store) storeIntake(ctx context.Context, in *intake, o *bodyOptions) (*stored, error) {
	bufSize := bufpool.Medium
	if in.declared >= 0 && in.declared <= bufpool.Small {
		bufSize = bufpool.Small
	}
	buf := s.buffers.Get(bufSize)
	n, err := in.fill(buf)
	if err != nil {
		s.buffers.Put(buf)
		return nil, err
	}
	w := bodyWriter{s: s, ctx: ctx, alg: o.alg, verify: o.verify, key: o.key}
	if in.done {
		return w.short(buf, n, o.inlineMax)
	}
	return w.long(in, buf[:n])
}

// bodyWriter puts one body where it belongs.
type bodyWriter struct {
	s      *Store
	ctx    context.Context
	alg    checksum.Algorithm
	verify func(Digests) error
	key    *sse.Key
}

func (w *bodyWriter) stored() *stored {
	return &stored{s: w.s, ctx: context.WithoutCancel(w.ctx)}
}

// short stores the first n bytes of buf, which it takes over. There is no
// overlap of reading, hashing and writing, and no goroutine.
func (w *bodyWriter) short(buf []byte, n, inlineMax int) (*stored, error) {
	st := w.stored()
	st.short.body = buf[:n]
	st.digests = Digests{Size: int64(n), md5: &st.short}
	st.digests.Checksum = w.s.hashers.checksum(w.alg, buf[:n], &st.short)
	if w.verify != nil {
		if err := w.verify(st.digests); err != nil {
			w.s.buffers.Put(buf)
			return nil, err
		}
	}
	if n > 0 && storedSize(int64(n), w.key != nil) <= int64(inlineMax) {
		w.inline(st, buf, n)
		return st, nil
	}
	defer w.s.buffers.Put(buf)
	st.short.value() // while its bytes are there
	if n == 0 {
		return st, nil
	}
	ext, err := w.blob(func(bw io.Writer) error {
		_, err := bw.Write(buf[:n])
		return err
	})
	if err != nil {
		return nil, err
	}
	st.extents = []extent{ext}
	return st, nil
}

// inline makes the row of the first n bytes of buf, which it takes over.
func (w *bodyWriter) inline(st *stored, buf []byte, n int) {
	st.inlineID = w.s.newID()
	if w.key == nil {
		st.buf, st.inline = buf, buf[:n]
		w.s.hashers.late.join(&st.short)
		return
	}
	st.short.value()
	st.inline = w.key.Stream(st.inlineID).Seal(make([]byte, 0, sse.SealedSize(int64(n))), buf[:n])
	w.s.buffers.Put(buf)
}

// long stores a body that begins with first, which it takes over.
func (w *bodyWriter) long(in *intake, first []byte) (*stored, error) {
	var d Digests
	ext, err := w.blob(func(bw io.Writer) error {
		h := w.s.hashers.getShared(w.alg)
		defer w.s.hashers.put(h)
		p := newPipeline(w.s, h, bw)
		if err := p.run(in, first); err != nil {
			return err
		}
		d = h.digests(in.read)
		if w.verify != nil {
			return w.verify(d)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	st := w.stored()
	st.digests, st.extents = d, []extent{ext}
	return st, nil
}

// blob makes a blob of what write puts into it. Its id is pending until the
// stored body that names it is settled.
func (w *bodyWriter) blob(write func(io.Writer) error) (ext extent, err error) {
	id := driver.BlobID(w.s.newID())
	w.s.pending.add(id)
	committed := false
	defer func() { // also after a panic in the body
		if !committed {
			w.s.pending.drop(id)
		}
	}()
	bw, err := w.s.eng.Blobs.Create(w.ctx, id)
	if err != nil {
		return extent{}, w.s.mediaError(err)
	}
	defer func() {
		if !committed {
			w.abort(bw, id)
		}
	}()
	out := &countingWriter{w: bw}
	err = w.encrypt(id, out, write)
	if err == nil {
		err = bw.Commit()
	}
	if err != nil {
		return extent{}, w.s.mediaError(err)
	}
	committed = true
	return extent{blob: id, n: out.n}, nil
}

func (w *bodyWriter) abort(bw driver.BlobWriter, id driver.BlobID) {
	if err := bw.Abort(); err != nil {
		w.s.opt.Logger.WarnContext(w.ctx, "unfinished blob is left to the sweep", "blob", id.String(), "error", err)
	}
}

// encrypt has write fill a blob, through a cipher where the body is sealed.
func (w *bodyWriter) encrypt(id driver.BlobID, out io.Writer, write func(io.Writer) error) error {
	if w.key == nil {
		return write(out)
	}
	sealer := w.key.Stream(id).Writer(out)
	if err := write(sealer); err != nil {
		return err
	}
	return sealer.Close()
}

// countingWriter counts what goes through it.
type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// Sync implements [driver.BlobSyncer] where the blob does.
func (c *countingWriter) Sync() error {
	if s, ok := c.w.(driver.BlobSyncer); ok {
		return s.Sync()
	}
	return nil
}
