// Package objstore is an object store over an ordered index and a heap of
// blobs: buckets, objects, versions, multipart uploads and exact totals.
//
//	Store ── Bucket ── Put / Object / Delete / Copy / List / Upload
//	              │
//	   plan (read-only: preconditions, versioning, locks, hooks)
//	              │ body: stream ─┬─ hashes ─ blob (or an inline row)
//	              ▼
//	   one transaction: plan again, hooks, rows, totals, trash
//	              │
//	   driver.Index  +  driver.Blobs
//
// A write that was acknowledged is on stable storage and in the totals; one
// that was refused has left nothing behind. The package knows no protocol: keys
// are bytes, times are times, and errors are [Code] constants that a front end
// maps to its own.
//
// All methods are safe for concurrent use unless they say otherwise.
package objstore
