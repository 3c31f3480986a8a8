// Package badgerindex is the default index: rows in an LSM tree on a local
// disk, by way of Badger (github.com/dgraph-io/badger/v4).
//
//	Update, Update, ...            View, View, ...
//	      | inbox                        | on the callers' goroutines
//	  executor: one goroutine            |
//	      | runs the functions one       |
//	      | after another; each sees     |
//	      | batch <- batch in flight <- snapshot
//	      |                              |
//	  committer: one goroutine           |
//	      | 1. a record of the log:      |
//	      |    one write, one sync       |
//	      | 2. a Badger transaction,     |
//	      |    which is not synced       |
//	  +---v------------------------------v---+
//	  | Badger, managed: 'r' rows, 't' counters, 'u' live bytes of segments;
//	  |   version = number of the batch  ---- pointers ----+
//	  +--------------------------------------+             v
//	  | log (package wal): batches in order; large values stay there
//	  +--------------------------------------+
//	      ^ keeper: one goroutine; checkpoints, collects segments
//	mapped: one goroutine; keeps the memory of Badger's tables within a budget
//
// # Writing
//
// Update functions never conflict, and run once unless two are too big for one
// batch: the executor takes all calls that wait, when enough do (type inbox), runs their
// functions one after another on top of one another, each with an undo log of
// its own, and hands the sum to the committer. While that is on its way to the
// disk, the next batch grows on top of it; so one sync serves every Update
// that came in during the sync before, and most of those whom that has answered: for
// callers who come back at once the next batch waits a little (type patience).
// An Update is answered, be it with the
// error of its own function, when everything that it may have read is on
// stable storage.
//
// A batch of which nothing was written, because the disk is full for example,
// is refused together with the one on top of it, and the index goes on. Any
// other batch that does not commit fails the index: its Updates return
// [driver.ErrOutcomeUnknown], those on top of it and all later ones
// [ErrFailed], until the index is opened again. Views go on with the last
// state that is known to be stored.
//
// # Reading
//
// A View reads at the version of the last acknowledged batch and never waits
// for a commit: this is why versions are managed here and not by Badger.
// A value of 1 KiB and more is in the log alone, where it was written to become
// durable, and the tree has a pointer to it. So it is written once, never
// compacted, and takes no memory.
//
// Rows that were read of late, and what they have become, stay in memory
// (package recent), with the version since which they are so. What an Update looks for
// in vain is kept the second time: most of it is made then.
//
// Seeks that jump, as past the folders of a listing, leave behind what they
// found (package gaps): the next ones need not ask Badger.
//
// # After a crash
//
// Badger's own logs are never synced but in a checkpoint. Open commits the
// records behind the last one once more, each under its version; at most about
// [Options.CheckpointEvery] bytes. The keeper makes checkpoints as the log
// grows and as values cease to count. It also writes the values again that still
// count in segments of the log most of whose values do not, and removes those
// when no snapshot needs them.
//
// # Limits
//
// One process opens a directory at a time (Badger locks it). One transaction
// has at most some 40 000 rows or 3.5 MiB. Badger maps its files: writing to a
// full file system would kill the process, hence [Options.MinFree].
package badgerindex
