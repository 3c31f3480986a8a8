// Package drivertest checks implementations of the contracts in
// objstore/driver.
//
//	TestIndex(t, open)      driver.Index: reads, scans, transactions,
//	                        counters, limits, life, random runs on a model
//	TestBlobs(t, open)      driver.Blobs: writes, reads, life
//	      |
//	      +-- for each check: open -> harness{medium, Reopen}
//	                          run; if it fails, log why the rule exists
//
// A driver joins with one test of some ten lines. A medium that outlives its
// process gives a Reopen, and is then also checked for what it has kept.
//
// [CountedIndex] is for tests of who uses an index: it counts what they read.
package drivertest
