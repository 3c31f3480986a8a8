// Package badgerindex is the default index: rows in an LSM tree on a local
// disk, by way of Badger (github.com/dgraph-io/badger/v4).
//
//	Update, Update, ...            View, View, ...
//	      | queue                        | on the callers' goroutines
//	  executor: one goroutine            |
//	      | runs the functions one       |
//	      | after another; each sees     |
//	      | batch <- batch in flight <- cache <- snapshot
//	      |                              |
//	  committer: one goroutine           |
//	      | a batch is one Badger        |
//	      | transaction, one sync        |
//	  +---v------------------------------v---+
//	  | Badger, managed: 'r' rows, 'c' counters, version = number of the batch
//	  +--------------------------------------+
//
// # Writing
//
// Update functions never conflict, and run once unless two are too big for one
// batch: the executor runs those that
// are queued one after another on top of one another, each with an undo log of
// its own, and hands the sum to the committer. While that is on its way to the
// disk, the next batch grows on top of it; so one sync serves every Update
// that came in during the sync before. An Update is answered, be it with the
// error of its own function, when everything that it may have read is on
// stable storage.
//
// A batch that does not commit fails the index: its Updates return
// [driver.ErrOutcomeUnknown], those on top of it and all later ones
// [ErrFailed], until the index is opened again. Views go on with the last
// state that is known to be stored.
//
// # Reading
//
// A View reads at the version of the last acknowledged batch and never waits
// for a commit: this is why versions are managed here and not by Badger.
// Values live in the LSM tree whatever their size, so there is no value log to
// collect garbage from, and no sync of one whose failure would go unnoticed.
//
// # Limits
//
// One process opens a directory at a time (Badger locks it). One transaction
// is bounded by [Options.MemTableSize]. Badger maps its files: writing to a
// full file system would kill the process, hence [Options.MinFree].
package badgerindex
