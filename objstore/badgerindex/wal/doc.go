// Package wal is a log of records in segment files. It makes a record durable
// with one write and one sync, hands the records behind a checkpoint out again
// after a crash, and keeps the large values in them for as long as they are
// needed, so that they are written once.
//
//	Append(record) ──▶ segment 7 ──▶ Base ── Pointer of each large value ──▶ Value
//	                   segment 6
//	                   segment 5 ◀── checkpoint: what is before it is also elsewhere
//	                   segment 3 ◀── Values: which of them still count? then Remove
//
// # Files
//
// A segment begins with a magic number and its own number; then records follow:
//
//	sum:4  length:4  version:8  previous:8  entries
//
// sum is the CRC-32C of what follows it. previous is the version of the record
// before. A record that does not add up ends its segment: it was being written
// when the power went, or is what the file was filled up with. That it was the last one is known by what follows, in
// its own segment or at the beginning of the next one: a record is only begun
// when the one before is stable. If the next names another one before it, or if
// one follows what does not add up, something that had been acknowledged is
// gone, which is [ErrDamaged].
//
// An entry is a kind, a key and, unless it is a removal, a value, the last two
// behind their lengths.
//
// A record whose sync has failed may be there or not. If it is there when the log
// is opened, it is written once more before it is shown, since the system takes
// what it could not write for written.
//
// A checkpoint is a file of its own with a version and a position; the newest
// that is whole counts.
package wal
