//go:build !amd64

package md5lanes

// Available tells whether this processor can.
func Available() bool { return false }

func blocks(*[4][Lanes]uint32, *[Lanes]*byte, int) { panic("md5lanes: not available") }
