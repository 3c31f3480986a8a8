package diskfs

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// TestSetDirect: the descriptor's flag follows, and other flags stay.
func TestSetDirect(t *testing.T) {
	f, err := os.OpenFile(filepath.Join(t.TempDir(), "x"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	require.NoError(t, err)
	defer f.Close()
	flags := func() int {
		v, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
		require.NoError(t, err)
		return v
	}
	before := flags()
	err = setDirect(f, true)
	if errors.Is(err, unix.EINVAL) {
		t.Skip("the file system has no O_DIRECT")
	}
	require.NoError(t, err)
	assert.Equal(t, before|unix.O_DIRECT, flags())
	require.NoError(t, setDirect(f, false))
	assert.Equal(t, before, flags())
}

func TestSystemErrorsNameTheFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x")
	f, err := os.Create(name)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.ErrorContains(t, setDirect(f, true), name)
	require.ErrorContains(t, syncData(f), name)
	_, _, err = space(name + "/not/there")
	require.ErrorContains(t, err, name)
}
