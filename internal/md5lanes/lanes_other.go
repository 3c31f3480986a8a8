//go:build !amd64

package md5lanes

// Available tells whether this processor works on several messages at a time.
func Available() bool { return false }

func sideBySide(messages [][]byte, sums [][16]byte) { oneByOne(messages, sums) }
