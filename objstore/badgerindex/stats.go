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
	Queued       int           // Updates that the executor has yet to take

	// Releases is how often tables were taken out of memory to keep within
	// [Options.MappedBytes].
	Releases uint64

	Log LogStats
}

// LogStats tell how the log of an [Index] is now.
type LogStats struct {
	Segments   int       // files
	Bytes      int64     // in them
	Live       int64     // bytes of values that count; what is neither these nor small rows is collected in time
	Behind     int64     // bytes behind the checkpoint: what is read again after a crash
	Checkpoint time.Time // of the last one since the index was opened; zero: none yet
}

// counters are the parts of Stats that the index counts by itself.
type counters struct {
	updates, batches, rows, largest atomic.Uint64
	commitTime                      atomic.Int64 // nanoseconds
	checkpoint                      atomic.Pointer[time.Time]
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
		Queued:       ix.executor.inbox.len(),
		Releases:     ix.mapped.releases.Load(),
		Log:          ix.logStats(),
	}
}

func (ix *Index) logStats() LogStats {
	segments := ix.store.log.Segments()
	s := LogStats{Segments: len(segments), Live: ix.committer.live.total(), Behind: ix.store.log.Since()}
	for _, segment := range segments {
		s.Bytes += segment.Size
	}
	if at := ix.stats.checkpoint.Load(); at != nil {
		s.Checkpoint = *at
	}
	return s
}
