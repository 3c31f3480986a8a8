// Package frontend is what the administration APIs do alike with a request,
// whatever their protocol.
//
//	request
//	   |  Beside: is it for this API?     no --> S3
//	   |  Begin: request id, usage entry
//	   v
//	 Call --- Identify: who asks          (auth.Verifier)
//	   |      Operation: what, for the usage entry
//	   |      Body: bounded
//	   |      ... the operation of the protocol ...
//	   v
//	 Send, Stream        Refused, then Send
//
// Codes, statuses, documents, parameters and rights are the protocol's own: they
// are in the package of the front end, as data where they can be.
//
// # A new front end
//
// It is a package admin/xxxhttp with these parts; the ones that are there show
// each of them.
//
//   - doc.go, with the public source of the protocol.
//   - handler.go: Options; a Handler that holds an [API]; New; Serves, which
//     knows the requests of this API among those of S3; Beside, which is
//     [Beside]; ServeHTTP, which makes a call and answers or refuses; and the
//     call, which embeds a [Call] and adds what the protocol needs.
//   - route.go: the table of operations. A row names the operation for
//     [Call.Operation] and what the caller must be allowed.
//   - errors.go: codes with their statuses, and one function that finds the
//     code of any error of the layers below.
//   - answer.go: the encoding, and refuse, the one place that answers with an
//     error: [Call.Refused], then [Call.Send].
//
// Its tests work on an admintest.Lab.
package frontend
