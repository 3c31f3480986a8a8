// Package ostorstat keeps what a provider bills by: the sizes of buckets over
// time, and statistics objects with the requests of each period (Virtuozzo S3
// integration guide: size of ostor-buckets, ostor-usage).
//
//	change of a bucket                     request
//	      | objstore.Hook                     | usage.Sink
//	      v                                   v
//	Sizes: current, hmax,              Log: sums per bucket, epoch and user
//	integral, last hour,                      | every FlushEvery, and at Close
//	in the same transaction                   v
//	      |                            rows of the open object: replaced, not added to
//	      v                                   | after Period
//	size now, byte-hours               a closed object: list, read, delete
//
// [Sizes] costs one read and one write of a small row for each change of a
// bucket's size. [Log] is in memory between flushes: a crash loses at most what
// was counted since the last one, and nothing counts twice.
package ostorstat
