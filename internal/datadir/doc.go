// Package datadir opens a server's data directory.
//
//	DIR/LOCK        locked while a process has the directory open
//	DIR/master.key  64 hexadecimal digits: what secrets are sealed with
//	DIR/index/      rows (badgerindex)
//	DIR/blobs/      bytes (fileblobs)
//
// Everything is made for its owner alone (0700, 0600) and is on stable storage,
// names included, when [Open] returns. master.key is not made when the
// environment gives the key, and never anew where there are data already.
package datadir
