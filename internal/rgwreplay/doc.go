// Package rgwreplay replays recorded exchanges with a Ceph Object Gateway
// against a handler, for tests.
//
//	recording (text)  --Parse-->  Exchange  --Do-->  handler
//	                                 |                 |
//	                              expected          *http.Response
//	                                 \                /
//	                                  Differences: status, content type, members
//
// Recorded runs of radosgw-admin ([ParseCommand]) are compared in the same way:
// exit status, text or document, and what was said of errors.
//
// A recording is one exchange: lines that begin with "#", the request, a line of
// dashes, the answer. Values that are random, times, or ids of the recorded
// cluster are not compared, but their members must be there.
package rgwreplay
