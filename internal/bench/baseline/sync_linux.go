package baseline

import (
	"os"
	"syscall"
)

// datasync makes a file's bytes durable; its times may stay behind.
func datasync(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }
