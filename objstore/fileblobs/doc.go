// Package fileblobs keeps blobs as files in a directory of a POSIX file system,
// local or shared.
//
//	dir/
//	  COFFER-BLOBS        layout version
//	  00/ ... ff/         chosen by the last byte of the id, which is random
//	    0197...c3ff       one blob, named by its id
//
//	Create: open(O_EXCL) in place
//	Write:  page cache for the first MiB, then O_DIRECT in aligned pieces
//	Sync:   fdatasync(file) beside fsync(directory), shared by all who wait
//	Commit: the same, unless Sync was the last call
//
// A blob is written under its final name: nobody knows its id before it is
// committed, so there is no rename. What a crash leaves of an uncommitted blob
// shows up in [Blobs.All], where the owner of the ids finds and removes it.
//
// Large bodies go around the page cache because it costs a copy of every byte
// and holds up small writes when it is written back in bursts. The first read
// of such a body comes from the disk. Where the system or the file system has
// no O_DIRECT the page cache serves all.
//
// A removal is not synced: after power loss a removed blob may be back.
package fileblobs
