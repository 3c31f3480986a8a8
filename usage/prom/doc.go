// Package prom exposes requests and the store as Prometheus metrics.
//
//	usage.Middleware(metrics)            objstore.Store   index    media
//	        | Record                          |             |        |
//	     Metrics                        StoreCollector  IndexCollector  SpaceCollector
//	        |                                 |             |        |
//	        +------------ prometheus.Registerer ---------------------+
//	                              |
//	                          /metrics
//
// The registry is the caller's; the package has no state of its own. Labels
// never hold what a client chose freely: operations and statuses are bounded
// in number.
package prom
