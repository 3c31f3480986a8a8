package objstore

import "strconv"

// Stats are numbers about the running store, for metrics.
type Stats struct {
	PendingBlobs int // blobs being written
	OpenReaders  int
	TrashBacklog int64 // trash rows at the last sweep
}

// Stats returns current numbers; it is cheap.
func (s *Store) Stats() Stats {
	return Stats{
		PendingBlobs: s.pending.len(),
		OpenReaders:  int(s.readers.Load()),
		TrashBacklog: s.backlog.Load(),
	}
}

// quote makes a key readable in an error text, whatever bytes it has.
func quote(key string) string { return strconv.QuoteToASCII(key) }
