// Package cli holds the command lines of the administration: each is a [Tool],
// which reads arguments and writes text, and knows neither the process that it
// runs in nor how it was reached.
//
//	radosgw-admin user info --uid alice
//	        |
//	   in the server, by way of its socket     or     on a stopped store
//	        |                                            |
//	        +----------------- Tool ---------------------+
//	                            |
//	                      admin.Service
package cli
