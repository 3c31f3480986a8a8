package badgerindex

import (
	"sync/atomic"
	"time"
)

// Stats tells what an [Index] has done since it was opened.
type Stats struct {
	Updates      uint64        // Update functions run
	Batches      uint64        // batches committed: with NoSync unset, that many syncs
	Rows         uint64        // rows and counters written
	CommitTime   time.Duration // in commits, syncs included
	LargestBatch int           // Updates in the largest batch
	Queued       int           // Updates that wait for their turn now
}

// counters are the parts of Stats that the index counts by itself.
type counters struct {
	updates, batches, rows, largest atomic.Uint64
	commitTime                      atomic.Int64 // nanoseconds
}

// landed counts a committed batch. One goroutine calls it.
func (c *counters) landed(b *batch) {
	c.batches.Add(1)
	c.rows.Add(uint64(b.size.rows))
	if n := uint64(len(b.requests)); n > c.largest.Load() {
		c.largest.Store(n)
	}
}

// Stats returns the present figures, which need not be of one moment.
func (ix *Index) Stats() Stats {
	c := &ix.stats
	return Stats{
		Updates:      c.updates.Load(),
		Batches:      c.batches.Load(),
		Rows:         c.rows.Load(),
		CommitTime:   time.Duration(c.commitTime.Load()),
		LargestBatch: int(c.largest.Load()),
		Queued:       len(ix.executor.queue),
	}
}
