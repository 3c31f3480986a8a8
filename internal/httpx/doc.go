// Package httpx holds the parts of HTTP that more than one front end needs and
// that net/http does not offer: byte ranges of one span, entity tags, dates
// without allocations, request ids, a guard against clients that stall, and
// answers that go out in one piece.
//
//	Range: bytes=0-4            --ParseRange--> {Start: 0, Length: 5}
//	If-None-Match: "a", W/"b"   --ParseETags--> a, b
//	time.Time                   --AppendDate--> Sun, 06 Nov 1994 08:49:37 GMT
//
// The package knows no protocol above HTTP.
package httpx
