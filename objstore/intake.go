package objstore

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// intake reads a body and holds it to its declared size.
type intake struct {
	ctx      context.Context
	body     io.Reader
	declared int64 // -1: until EOF
	read     int64
	done     bool // the whole body was read and its end was seen
	space    spaceClaim
	tail     [1]byte
}

func newIntake(ctx context.Context, body io.Reader, size *int64) (*intake, error) {
	in := &intake{ctx: ctx, body: body, declared: -1}
	if size == nil {
		return in, nil
	}
	switch {
	case *size < 0:
		return nil, fmt.Errorf("%w: negative size", ErrInvalidArgument)
	case *size > MaxPutSize:
		return nil, ErrEntityTooLarge
	}
	in.declared = *size
	return in, nil
}

// fill reads until p is full or the body has ended (then done is set). Where a
// size is declared, the end is only taken for good when the body says so: a
// body that verifies itself reports there what it found.
func (in *intake) fill(p []byte) (n int, err error) {
	if in.declared >= 0 {
		p = p[:min(int64(len(p)), in.declared-in.read)]
	}
	for n < len(p) {
		m, err := in.next(p[n:])
		n += m
		in.read += int64(m)
		if err := in.space.take(int64(m)); err != nil {
			return n, err
		}
		if in.read > MaxPutSize {
			return n, ErrEntityTooLarge
		}
		if err == io.EOF {
			return n, in.ended()
		}
		if err != nil {
			return n, err
		}
	}
	if in.read == in.declared {
		return n, in.expectEnd()
	}
	return n, nil
}

// ended is called at the body's end.
func (in *intake) ended() error {
	if in.declared >= 0 && in.read < in.declared {
		return fmt.Errorf("%w: %d of %d bytes", ErrIncompleteBody, in.read, in.declared)
	}
	in.done = true
	return nil
}

// expectEnd reads on behind the declared size.
func (in *intake) expectEnd() error {
	m, err := in.next(in.tail[:])
	if m > 0 {
		return fmt.Errorf("%w: the body is longer than its declared %d bytes", ErrInvalidRequest, in.declared)
	}
	if err == io.EOF {
		in.done = true
		return nil
	}
	return err
}

// emptyReads is how many reads without a byte or an error are put up with.
const emptyReads = 100

// next reads at least one byte, or returns an error; both may be the case.
func (in *intake) next(p []byte) (int, error) {
	for range emptyReads {
		if err := in.ctx.Err(); err != nil {
			return 0, err
		}
		n, err := in.body.Read(p)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = fmt.Errorf("%w: %w", ErrIncompleteBody, err)
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}
