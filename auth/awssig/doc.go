// Package awssig signs and verifies requests the way Amazon S3 does: Signature
// Version 4 (header, query, signed and unsigned chunks, trailers) and Version 2
// (header and query).
//
//	*http.Request
//	    |  V4(keys) / V2(keys) / Anonymous()          one auth.Verifier each
//	    |
//	    |- claim:     who says so, when, for which scope, over which headers
//	    |- canonical: the text that the client must have signed
//	    |- key:       secret -> day -> region -> service -> keyed HMAC (cached)
//	    |- compare    in constant time
//	    v
//	r.Body  = [ aws-chunked framing | chunk signatures | payload hash | length ]
//	          verified as it is read; a false payload makes Read fail
//	r.Trailer = checksum headers of the trailer, at the end of the body
//
// The verifiers are plain middleware for any http.Handler; they need nothing
// but an [auth.KeySource]. A handler behind them sees each request as if it had
// been sent plain: the body without framing, its length in r.ContentLength, no
// "aws-chunked" in Content-Encoding, and x-amz-* headers that a presigned URL
// carries as query parameters among the headers.
//
// The signing half ([SignV4], [PresignV4], [StreamV4], [SignV2], [PresignV2],
// [SignFormV4], [SignFormV2]) is
// pure: time, region and payload hash are arguments.
//
// Sources: "Authenticating Requests (AWS Signature Version 4)" and "Signing and
// Authenticating REST Requests" (Version 2) of the Amazon S3 documentation.
package awssig
