// Package usage records what became of each HTTP request: one [Entry] per
// request, handed to any number of sinks.
//
//	            request                     answer
//	               |                          ^
//	Middleware: count the body,      count status and bytes
//	            put *Entry in ctx             |
//	               v                          |
//	front end:  FromContext(ctx).Operation = "GetObject", ...
//	                                          |
//	                    Sink.Record: access log, metrics, journal, ...
//
// The middleware knows what HTTP tells; a front end adds what only it knows. A
// handler that adds nothing is recorded all the same, so the package serves
// around any [http.Handler].
package usage
