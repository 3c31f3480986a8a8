// Package utapi keeps utilization metrics as scality/utapi 8.1 does: what was
// stored, transferred and called per bucket, account, user and service, in
// intervals of 15 minutes.
//
//	PUT, DELETE, ...   -> objstore.Hook: in the transaction of the change --+
//	                                                                        v
//	GET, HEAD, LIST, ... -> usage.Sink: sums in memory -- every second --> counters
//	                                                                        |
//	    first change of an interval: what the counters were before  <-------+
//	                       |                                                |
//	                   snapshots                                     current values
//	                       +----------------- List ------------------------+
//
// Counters only grow: what a range has is the difference of two readings. So a
// change costs a handful of additions, which commute, and a query reads three
// states of a subject, however many events there were.
//
// What is stored (bytes and objects) is not counted again for buckets and
// accounts: the totals of the store are read, and put into the snapshots.
// Therefore storage cannot drift from what is there, and a crash cannot come
// between a change and its count. Requests that change nothing are lost in a
// crash when they are younger than the last flush; nothing is counted twice.
//
// Protocol behaviour: scality/utapi 8.1 and the metric calls of
// scality/cloudserver. The HTTP front end is in admin/utapihttp.
package utapi
