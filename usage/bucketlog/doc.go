// Package bucketlog writes the server access logs of buckets: records of
// requests, as objects in a bucket that the owner chose.
//
//	usage.Entry with Log set
//	    | Record: one line of Amazon's format, into the batch of its target
//	    v
//	batches ── every Interval, when one is full, at Close ──► objstore.Bucket.Put
//
// Record never waits for the store: what does not fit into memory is dropped
// and counted. Delivery is by best effort, as with Amazon: a batch that could
// not be written is tried again with the next ones, and one whose bucket is gone
// is dropped.
package bucketlog
