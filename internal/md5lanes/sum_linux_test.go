package md5lanes

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// TestSumReadsNoFurther has messages end where readable memory does: a read
// behind one ends the process.
func TestSumReadsNoFurther(t *testing.T) {
	available(t)
	page := os.Getpagesize()
	m, err := unix.Mmap(-1, 0, 2*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, unix.Munmap(m)) })
	require.NoError(t, unix.Mprotect(m[page:], unix.PROT_NONE))
	for n := range 200 {
		messages := make([][]byte, Lanes)
		for i := range messages {
			messages[i] = m[page-n : page]
		}
		messages[1], messages[2] = m[page-n/2:page], m[page-min(n*3, page):page]
		check(t, messages)
	}
}
