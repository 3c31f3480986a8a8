// Package memengine keeps an index and blobs in memory: the engine of tests,
// of examples, and of stores that need not outlive their process.
//
//	New() -> driver.Engine
//	           Index   a persistent treap for rows, one for counters;
//	             |     a snapshot is a root, a transaction a new root
//	             |
//	             |        root 7 (a View)   root 8 (the next one)
//	             |              \          /     \
//	             |            shared nodes        copied path
//	             |
//	           Blobs   immutable byte slices by id
//
// Nothing is written to a disk and nothing survives the process. Transactions
// run one at a time; Views never wait for them. One transaction is bounded by
// [MaxTxnRows] and [MaxTxnBytes], as it is in an index on disk.
package memengine
