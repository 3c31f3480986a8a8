// Package suite compares a coffer server with the baselines, on one machine and
// in one run.
//
//	coffer serve (process)        baseline (process)
//	      ^        interleaved rounds      ^
//	      └────────── bench.Load ──────────┘
//	                     │
//	  objects: PUT, GET by size and clients, requests a sync; one large PUT beside a handler that only hashes
//	  listing: a bucket of many keys, before and after mass deletion, beside a bare scan of the index
//	  memory:  empty, full, under mixed load
//	                     │
//	                  Report: measured value, wanted value
//
// Each process's CPU time is read from /proc, so that the load generator's share
// of the machine is not charged to the servers. Rates on a machine that others
// use too mean little by themselves; the ratios of one run, whose rounds
// alternate, mean more. A ratio that misses its aim is printed, not an error.
package suite
