package quota_test

import (
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/quota"
)

// upload is a write whose body is on its way.
type upload struct {
	body *io.PipeWriter
	err  chan error
}

// begin starts to put an object of a size, and has sent a first byte of it.
func begin(t *testing.T, b *objstore.Bucket, key string, size int64) *upload {
	t.Helper()
	r, w := io.Pipe()
	u := &upload{body: w, err: make(chan error, 1)}
	go func() {
		_, err := b.Put(t.Context(), key, r, &objstore.PutOptions{Size: &size, PlanFirst: true})
		_ = r.Close()
		u.err <- err
	}()
	_, err := w.Write([]byte{0}) // taken when the write was admitted
	require.NoError(t, err)
	return u
}

// What is on its way takes room, and gives it back when it does not come.
func TestBodiesOnTheirWay(t *testing.T) {
	for _, c := range []struct {
		explanation string
		set         func(w *world)
	}{
		{"the quota of the user", func(w *world) { w.setUser(func(s *quota.UserSpecs) { s.User = bytesOnly(100) }) }},
		{"the quota of the bucket", func(w *world) { w.setBucket(bytesOnly(100)) }},
	} {
		t.Run(c.explanation, func(t *testing.T) {
			w := newWorld(t, nil)
			c.set(w)
			size := int64(50)
			refused := func(n int64, why string) {
				t.Helper()
				_, err := w.b.Put(t.Context(), "other", unread{t}, &objstore.PutOptions{Size: &n, PlanFirst: true})
				require.ErrorIs(t, err, quota.ErrExceeded, why)
			}
			first := begin(t, w.b, "first", 60)
			refused(41, "beside what is on its way it does not fit")
			require.NoError(t, w.put("small", 40), "what does, does")
			refused(1, "and then nothing more")
			_, err := w.b.Put(t.Context(), "unknown", &endless{}, nil)
			require.ErrorIs(t, err, quota.ErrExceeded, "a body of unknown size is bound by what is left")
			mp, err := w.b.CreateUpload(t.Context(), "mp", nil)
			require.NoError(t, err)
			_, err = mp.PutPart(t.Context(), 1, unread{t}, &objstore.PartOptions{Size: &size})
			require.ErrorIs(t, err, quota.ErrExceeded, "parts are under the same quota")

			require.NoError(t, first.body.CloseWithError(errors.New("the client is gone")))
			assert.Error(t, <-first.err)
			require.NoError(t, w.put("second", 60), "the room of what did not come is free")
			_, err = w.b.Delete(t.Context(), objstore.DeleteRequest{Key: "second"})
			require.NoError(t, err)

			third := begin(t, w.b, "third", 60)
			_, err = third.body.Write(make([]byte, 59))
			require.NoError(t, err)
			require.NoError(t, third.body.Close())
			require.NoError(t, <-third.err, "and what came is stored")
			require.NoError(t, w.put("small", 40), "it counts once")
			refused(41, "as it is over")
		})
	}
}

// Without a quota nothing is set aside, so that one that comes meanwhile is held
// against what is there.
func TestNothingIsSetAsideWithoutAQuota(t *testing.T) {
	w := newWorld(t, nil)
	first := begin(t, w.b, "first", 60)
	w.setUser(func(s *quota.UserSpecs) { s.User = bytesOnly(100) })
	require.NoError(t, w.put("second", 60))
	require.NoError(t, first.body.CloseWithError(io.ErrUnexpectedEOF))
	assert.Error(t, <-first.err)
	require.NoError(t, w.put("third", 40))
}
