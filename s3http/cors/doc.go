// Package cors is the cross-origin rules of a bucket: their XML, their limits,
// and which rule answers a request.
//
//	<CORSConfiguration> ── Parse ──► *Config
//	                                   │ Match(origin, method, headers asked for)
//	                                   ▼
//	                                 *Rule ── Header(origin) ──► Access-Control-*
//
// The first rule that allows the origin, the method and, in a preflight, every
// header that is asked for is the one that answers (S3: "Using cross-origin
// resource sharing").
package cors
