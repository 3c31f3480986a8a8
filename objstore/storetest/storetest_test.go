package storetest_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/badgerindex"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/fileblobs"
	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/objstore/sse"
	"github.com/cofferstore/coffer/objstore/sse/keyring"
	"github.com/cofferstore/coffer/objstore/storetest"
)

// clock is a time that goes on by a millisecond whenever it is asked for.
func clock() func() time.Time {
	var mu sync.Mutex
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Millisecond)
		return now
	}
}

const minPartSize = 5000

// engines are all that should behave alike.
var engines = map[string]func(t *testing.T) driver.Engine{
	"memory": func(*testing.T) driver.Engine { return memengine.New() },
	"files": func(t *testing.T) driver.Engine {
		dir := t.TempDir()
		index, err := badgerindex.Open(filepath.Join(dir, "index"), nil)
		require.NoError(t, err)
		blobs, err := fileblobs.Open(filepath.Join(dir, "blobs"), nil)
		require.NoError(t, err)
		return driver.Engine{Index: index, Blobs: blobs, Exclusive: true}
	},
}

// open opens a store without background work, which is checked at the end.
func open(t *testing.T, e driver.Engine, inlineMax int) *objstore.Store {
	s, err := objstore.Open(e, &objstore.Options{
		Now: clock(), SweepEvery: -1, MinPartSize: minPartSize, InlineMax: inlineMax, TrashGrace: time.Nanosecond, Reserve: -1,
		Keys: keyring.NewMemory(),
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := s.Sweep(context.Background())
		assert.NoError(t, err)
		report, err := s.Check(context.Background(), &objstore.CheckOptions{Data: true})
		assert.NoError(t, err)
		assert.Empty(t, report.Problems)
		assert.NoError(t, s.Close())
	})
	return s
}

func TestGoAPI(t *testing.T) {
	for _, inlineMax := range []int{0, -1, 300 << 10} {
		t.Run(fmt.Sprintf("memory, inline %d", inlineMax), func(t *testing.T) {
			s := open(t, memengine.New(), inlineMax)
			storetest.Test(t, func(*testing.T) storetest.Target { return storetest.ForStore(s, minPartSize) })
		})
	}
	t.Run("encrypted", func(t *testing.T) {
		s := open(t, memengine.New(), 0)
		storetest.Test(t, func(*testing.T) storetest.Target { return storetest.ForEncryptedStore(s, minPartSize, encrypted()) })
	})
	t.Run("files", func(t *testing.T) {
		if testing.Short() {
			t.Skip("synchronous writes")
		}
		s := open(t, engines["files"](t), 0)
		storetest.Test(t, func(*testing.T) storetest.Target { return storetest.ForStore(s, minPartSize) })
	})
}

func TestRandom(t *testing.T) {
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) {
			seeds, steps := uint64(12), 300
			if name != "memory" {
				if testing.Short() {
					t.Skip("synchronous writes")
				}
				seeds = 2
			}
			s := open(t, engine(t), 0)
			for seed := range seeds {
				target := storetest.ForStore(s, minPartSize)
				if seed%4 == 3 {
					target = storetest.ForEncryptedStore(s, minPartSize, encrypted())
				}
				storetest.Random(t, target, seed, steps)
				_, err := s.Sweep(t.Context())
				require.NoError(t, err)
			}
		})
	}
}

// encrypted asks for SSE-S3.
func encrypted() *objstore.Encryption { return &objstore.Encryption{Mode: sse.ModeS3} }
