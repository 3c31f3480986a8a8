// Package crashfs is a file system in memory for tests: it forgets what was not
// synced, and it fails when it is told to.
//
//	       Write, OpenFile, Mkdir, Remove
//	                  |
//	          what programs see ------- SyncData, SyncDir --> stable storage
//	                  |                                             |
//	changes since the last sync, each kept, torn or lost by seed    |
//	                  '--------------- Crash(seed) -----------------'
//	                                       |
//	                         a new FS, as after power loss
//
// The model is as unkind as POSIX allows: a file's data needs [File.SyncData],
// its name needs [FS.SyncDir] of the directory, unsynced writes survive in any
// subset and may be torn at sectors of 512 or 4096 bytes, and what a failed
// sync did not write stays lost even when a later one succeeds.
//
// With direct mode on (see [File.SetDirect]) writes must be aligned in memory,
// offset and length, as Linux demands for O_DIRECT.
package crashfs
