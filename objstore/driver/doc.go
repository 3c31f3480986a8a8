// Package driver holds the contracts between the object engine and the media
// that it stores on: an ordered index of small rows and a heap of immutable
// blobs.
//
//	objstore  (buckets, objects, versions, uploads: all semantics)
//	    |  View / Update                |  Create / Open / Remove
//	  Index: ordered rows, counters   Blobs: immutable bytes by id
//	  badgerindex, memengine, ...     fileblobs, memengine, ...
//
// A driver knows nothing of buckets, keys of objects, or S3. It is written
// once, checked with the kits in drivertest, and then serves every front end.
//
// # Row namespaces
//
// One Index serves several packages. Each owns the rows whose first byte is
// its own: 'o' objstore, 'i' auth/iam, 'q' quota, 'u' usage. A package never
// reads another's rows.
//
// # What a driver may assume
//
// Keys are 1 to [MaxKeyLen] bytes and values at most [MaxValueLen] bytes; the
// engine keeps to both. A slice that is handed to a driver is not changed
// until the surrounding View or Update returns. A slice that a driver hands out
// is read-only and valid until then; one that Get has returned in a View stays
// as it is for as long as somebody has it.
package driver
