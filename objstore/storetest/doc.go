// Package storetest checks that a front end, or the Go API itself, has the
// semantics of an object store.
//
//	storetest.Test(t, open) ── for each case ──> open ──> Target
//	                                                 │
//	      tables: keys, lists, conditions,     Buckets Objects Lists
//	      versions, copies, uploads            Versions Uploads Totals
//	                                                 │
//	      after each case: Totals == what the lists show
//
// A Target is a client's view: what a user of a protocol can see and do. One
// kit so runs against the Go API ([ForStore]) and, through small adapters of
// their own, against every protocol; what a protocol does not have stays nil
// and its cases are skipped. Every case says why it exists, and a failure
// prints it.
package storetest
