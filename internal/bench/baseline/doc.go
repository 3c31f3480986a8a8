// Package baseline holds the plainest servers that do the unavoidable part of
// an object store's work, so that there is something to compare with:
//
//	PUT ── read body ── MD5 ── append to one file ── sync, shared by all waiters   (Sink)
//	PUT ── read body ∥ MD5, nothing is kept                                        (Hasher)
//	GET ── open file ── sendfile                                                   (Files)
//
// [Server] is all of them, to be run as a process of its own.
//
// They know no signatures, no index and no S3; what a real store takes beyond
// them is what its features cost.
package baseline
