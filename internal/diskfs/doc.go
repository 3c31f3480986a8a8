// Package diskfs is the part of a file system that media need which keep what
// they acknowledge: small enough for a test to simulate, and with the calls that
// make data and names durable.
//
//	fileblobs, badgerindex/wal
//	          |
//	          FS ---- OS, or a simulation that forgets what was not synced
package diskfs
