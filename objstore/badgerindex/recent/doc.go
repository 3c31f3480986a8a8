// Package recent keeps the rows of an ordered map that were looked for of late,
// as the map has them now: most requests are about few of all rows, and a look
// into a tree on disk costs some microseconds even where all of it is in memory.
//
//	reader at version 7 ── Get ──> row, since 5     the row is what it was at 5: hit
//	reader at version 4 ── Get ──> row, since 5     it may have been another: miss
//	reader at version 7 ── Found ─> shard, changed at 6    kept, since 6
//	reader at version 7 ── Found ─> shard, changed at 8    refused: it may be old
//	commit of version 8 ── Set ──> row, since 5     it is another since 8
//	commit of version 8 ── Set ──> no row           none is kept, but the shard has changed at 8
//
// # Versions
//
// The map has a version for each commit, and snapshots at some of them. Two rules
// keep rows true:
//
//   - [Cache.Set] and [Cache.Delete] are told of every row of a commit once
//     the map has it and before a snapshot can see it.
//   - [Cache.Found] takes what a snapshot has seen only if nothing was committed
//     in the same shard since.
//
// # Bounds
//
// Rows take a number of bytes at most; those that were not asked for go first
// (the CLOCK algorithm), so that a bulk load or a scan does not drive out the rows
// that are in use.
package recent
