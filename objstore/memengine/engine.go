package memengine

import "github.com/cofferstore/coffer/objstore/driver"

// New returns an engine that keeps everything in memory, and only there. It
// starts in microseconds and runs no goroutine.
func New() driver.Engine {
	return driver.Engine{Index: NewIndex(), Blobs: NewBlobs(), Exclusive: true}
}
