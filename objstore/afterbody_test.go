package objstore

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"

	"github.com/cofferstore/coffer/objstore/driver"
)

// setter sets something aside in each Check, and may refuse in Commit.
type setter struct {
	t         *testing.T
	aside     int // what is set aside now
	refuse    bool
	committed int // commits that have seen nothing set aside
}

func (s *setter) Check(_ context.Context, m *Mutation) error {
	if m.Op == OpPut || m.Op == OpPutPart {
		s.aside++
		m.AfterBody(func() { s.aside-- })
	}
	m.AfterBody(func() { assert.NotEqual(s.t, OpCopy, m.Op, "a copy has no body") })
	return nil
}

func (s *setter) Commit(context.Context, driver.Txn, *Mutation) error {
	if s.aside == 0 {
		s.committed++
	}
	return nil
}

// refuser is a later hook that refuses.
type refuser struct{ setter *setter }

func (r refuser) Check(context.Context, *Mutation) error {
	if r.setter.refuse {
		return errRefused
	}
	return nil
}
func (r refuser) Commit(context.Context, driver.Txn, *Mutation) error { return nil }

func TestAfterBody(t *testing.T) {
	s := &setter{t: t}
	f := newFixture(t, &Options{Hooks: []Hook{s, refuser{s}}, InlineMax: -1})
	b := f.bucket("photos", VersioningOff)
	put := func(body io.Reader, size *int64) error {
		_, err := b.Put(t.Context(), "k", body, &PutOptions{Size: size})
		assert.Zero(t, s.aside, "nothing stays set aside")
		return err
	}
	before := s.committed
	assert.NoError(t, put(strings.NewReader("12345"), ptr(int64(5))))
	assert.NoError(t, put(strings.NewReader("12345"), nil))
	assert.Equal(t, before+2, s.committed, "the commit finds nothing set aside any more")
	assert.Error(t, put(strings.NewReader("1234"), ptr(int64(5))), "a body that is too short")
	assert.Error(t, put(iotest.ErrReader(io.ErrUnexpectedEOF), ptr(int64(5))), "one that does not come")
	s.refuse = true
	assert.ErrorIs(t, put(strings.NewReader("12345"), ptr(int64(5))), errRefused, "one that another hook refuses")
	s.refuse = false

	_, err := b.Copy(t.Context(), "copy", f.source(b, "k", nil), nil)
	assert.NoError(t, err)
	u, err := b.CreateUpload(t.Context(), "mp", nil)
	assert.NoError(t, err)
	for _, size := range []int64{5, 4} {
		_, err := u.PutPart(t.Context(), 1, strings.NewReader("12345"), &PartOptions{Size: &size})
		assert.Equal(t, size == 5, err == nil)
		assert.Zero(t, s.aside)
	}
	_, err = u.CopyPart(t.Context(), 2, f.source(b, "k", nil), 0, 5)
	assert.NoError(t, err)
	assert.Zero(t, s.aside)
}
