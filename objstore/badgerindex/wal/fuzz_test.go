package wal

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/internal/crashfs"
)

func FuzzSegment(f *testing.F) {
	var r Record
	r.Set([]byte("key"), bytes.Repeat([]byte("v"), 100))
	r.Delete([]byte("other"))
	f.Add(append(segmentHeader(1), r.seal(1, 0)...))
	f.Add(segmentHeader(1))
	f.Fuzz(func(t *testing.T, data []byte) {
		medium := crashfs.New()
		require.NoError(t, medium.Mkdir("/log", 0o700))
		file, err := medium.OpenFile("/log/00000001.log", os.O_WRONLY|os.O_CREATE, 0o600)
		require.NoError(t, err)
		_, err = file.Write(data)
		require.NoError(t, err)
		require.NoError(t, file.Close())
		l, err := Open("/log", &Options{FS: simulated{medium}})
		require.NoError(t, err)
		defer l.Close()
		_ = l.Replay(func(uint64, []Entry) error { return nil })
		_ = l.Values(1, 0, func(Entry) error { return nil })
	})
}
