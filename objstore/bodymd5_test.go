package objstore

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
)

// lateBodies enters bodies of the given sizes.
func lateBodies(l *lateMD5s, sizes ...int) []*bodyMD5 {
	list := make([]*bodyMD5, len(sizes))
	for i, n := range sizes {
		list[i] = &bodyMD5{body: noise(n)}
		l.begin()
		l.join(list[i])
	}
	return list
}

func TestLateMD5s(t *testing.T) {
	l := newLateMD5s()
	if !l.able {
		t.Skip("this processor computes each on its own")
	}
	sizes := []int{100, 100, 100, 4096, 300, 4096, 4096, maxLateBody, maxLateBody + 1}
	list := lateBodies(l, sizes...)
	assert.True(t, list[0].known && list[1].known && list[2].known, "few bodies do not wait")
	assert.True(t, list[8].known, "long bodies do not wait")
	assert.Len(t, l.waiting, 5)

	list[6].value()
	for i, m := range list {
		assert.True(t, m.known, "%d comes with another", i)
		assert.Equal(t, md5.Sum(noise(sizes[i])), m.value(), "%d", i)
	}
	assert.Empty(t, l.waiting)
	for _, m := range list {
		l.leave(m)
	}
	assert.Zero(t, l.bodies.Load())
}

func TestLateMD5sThatNobodyAsksFor(t *testing.T) {
	l := newLateMD5s()
	if !l.able {
		t.Skip("this processor computes each on its own")
	}
	list := lateBodies(l, 1, 2, 3, 4, 5, 6)
	l.leave(list[4])
	clear(list[5].body) // still waiting: it has the sum of what is there when it is asked for
	assert.Equal(t, md5.Sum(noise(4)), list[3].value())
	assert.False(t, list[4].known, "it was of a write that was refused")
	assert.Equal(t, md5.Sum(make([]byte, 6)), list[5].value())
	assert.Empty(t, l.waiting)
}

// TestLateMD5sMoreThanLanes has the one that asks come last.
func TestLateMD5sMoreThanLanes(t *testing.T) {
	l := newLateMD5s()
	sizes := make([]int, 50)
	for i := range sizes {
		sizes[i] = 10 * i
	}
	list := lateBodies(l, sizes...)
	for i := len(list) - 1; i >= 0; i-- {
		assert.Equal(t, md5.Sum(noise(sizes[i])), list[i].value(), "%d", i)
		l.leave(list[i])
	}
	assert.Empty(t, l.waiting)
}

// TestPutsSideBySide checks ETags where many small bodies wait for the same
// commits, some of which are refused or broken off.
func TestPutsSideBySide(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("photos", VersioningOff)
	_, err := b.Put(t.Context(), "taken", bytes.NewReader(nil), nil)
	require.NoError(t, err)
	var wg sync.WaitGroup
	for client := range 24 {
		wg.Go(func() {
			for i := range 40 {
				data := noise((client*977 + i*131) % 9000)
				want := md5.Sum(data)
				info, err := b.Put(t.Context(), fmt.Sprint(client, "/", i), bytes.NewReader(data), nil)
				if assert.NoError(t, err) {
					assert.Equal(t, hex.EncodeToString(want[:]), info.ETag)
				}
				switch i % 4 {
				case 0:
					_, err = b.Put(t.Context(), "taken", bytes.NewReader(data), &PutOptions{If: Conditions{IfNoneMatch: []string{"*"}}})
					assert.ErrorIs(t, err, ErrPreconditionFailed)
				case 1:
					ctx, cancel := context.WithCancel(t.Context())
					go cancel()
					_, err = b.Put(ctx, "broken", bytes.NewReader(data), nil)
					assert.True(t, err == nil || errors.Is(err, context.Canceled) || errors.Is(err, driver.ErrOutcomeUnknown), "%v", err)
				case 2:
					_, err = b.Put(t.Context(), "verified", bytes.NewReader(data), &PutOptions{Verify: func(d Digests) error {
						assert.Equal(t, want, d.MD5())
						return nil
					}})
					assert.NoError(t, err)
				}
			}
		})
	}
	wg.Wait()
	assert.Zero(t, b.s.hashers.late.bodies.Load())
	assert.Empty(t, b.s.hashers.late.waiting)
}
