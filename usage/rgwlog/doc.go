// Package rgwlog adds up the usage of requests as the Ceph Object Gateway
// does: per user, bucket, hour and category.
//
//	usage.Middleware ── Record ──▶ sums of a segment ──▶ its journal (a file)
//	                                     │ Flush
//	                                     ▼
//	                     one transaction: rows += sums, writer's mark = segment
//	                                     │
//	                                     ▼
//	                     the journal of the segment is removed
//
// Rows carry the id of the process that writes them, so that several may share
// an index. What Record has taken in is in its journal when it returns: a
// process that is killed loses nothing, a machine that loses power at most
// [Options.SyncEvery]. Open applies journals that were left, and the mark in
// the index tells which have been applied, so that nothing counts twice.
//
// [Log.Show] answers in the shape of Ceph's Admin Ops API (GET /admin/usage).
package rgwlog
