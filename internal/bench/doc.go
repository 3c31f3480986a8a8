// Package bench puts load on an S3 server and measures what it costs.
//
//	Load ── n clients ── Workload.Do ── Conn ── TCP ──> any S3 endpoint
//	  │                                                     │
//	  └── Result: rate, latencies (Histogram), CPU and memory of the Process
//
// A [Conn] writes requests that are put together by hand over one kept-alive
// connection and signs them itself (Signature Version 4, unsigned payload), so
// that the generator takes little of the machine that it shares with the
// server: about a fifth of what net/http's client takes for a small object.
// What a request costs the server is read from /proc when its process id is
// known.
//
// Package baseline holds the servers to compare with, package suite the
// comparison itself, and coffer-bench is the command.
package bench
