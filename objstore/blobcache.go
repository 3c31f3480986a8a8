package objstore

import (
	"errors"
	"sync"

	"github.com/cofferstore/coffer/objstore/driver"
)

// blobCache holds a reader's open blobs: those in use and the one used last. An
// object of ten thousand parts does not hold ten thousand files open.
type blobCache struct {
	open func(driver.BlobID) (driver.BlobReader, error)

	mu    sync.Mutex
	inUse []*openBlob
	idle  *openBlob
	err   error // of blobs that were closed on the way
}

type openBlob struct {
	driver.BlobReader
	id   driver.BlobID
	uses int
}

// acquire returns an open blob for release.
func (c *blobCache) acquire(id driver.BlobID) (*openBlob, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range c.inUse {
		if b.id == id {
			b.uses++
			return b, nil
		}
	}
	if b := c.idle; b != nil && b.id == id {
		c.idle, b.uses = nil, 1
		c.inUse = append(c.inUse, b)
		return b, nil
	}
	r, err := c.open(id)
	if err != nil {
		return nil, err
	}
	b := &openBlob{BlobReader: r, id: id, uses: 1}
	c.inUse = append(c.inUse, b)
	return b, nil
}

// release gives a blob back; the last one that was given back stays open.
func (c *blobCache) release(b *openBlob) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if b.uses--; b.uses > 0 {
		return
	}
	for i, other := range c.inUse {
		if other == b {
			last := len(c.inUse) - 1
			c.inUse[i] = c.inUse[last]
			c.inUse[last] = nil
			c.inUse = c.inUse[:last]
			break
		}
	}
	if c.idle != nil {
		c.err = errors.Join(c.err, c.idle.Close())
	}
	c.idle = b
}

// close closes what is idle; nothing is in use by then.
func (c *blobCache) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.idle != nil {
		c.err = errors.Join(c.err, c.idle.Close())
		c.idle = nil
	}
	return c.err
}
