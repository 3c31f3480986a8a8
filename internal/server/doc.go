// Package server puts the parts of Coffer together as one running server.
//
//	config.Server
//	    |  Run
//	    +-- listeners             first: an occupied port shows at once
//	    +-- operations listener   /metrics /healthz /readyz /debug/pprof
//	    +-- datadir -> objstore.Store, iam.Directory
//	    +-- control sockets       command-line tools
//	    +-- lifecycle worker      in the background
//	    +-- httpx.Stall( usage.Middleware(metrics, access log)( admin/rgwhttp beside s3http.Handler ) )
//	    |
//	   until the context ends: not ready, requests finish, store closes
//
// It is wiring and nothing else: what it wires is in the packages named.
package server
