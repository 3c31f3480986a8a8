// Package listmetrics has the command lines list_metrics and
// list_bucket_metrics of scality/cloudserver: clients of utilization metrics.
//
//	list_metrics -m buckets --buckets photos -s 1476231300000 -e 1476233099999 \
//	        |                                -a KEY -k SECRET -h 127.0.0.1 -p 8100
//	        v
//	POST /buckets?Action=ListMetrics, signed with Signature Version 4
//	        |
//	        v
//	the answer, indented
//
// They speak to any server of the protocol; see admin/utapihttp for ours.
package listmetrics
