// Package s3http serves an objstore.Store by the S3 REST API of Amazon.
//
//	*http.Request
//	    |  address: host and path  -> bucket, key (opaque bytes)
//	    |  route:   method + sub-resource -> one row of the table
//	    |  Verifier: who asks            (401/403 end here)
//	    |  Store.Bucket, Authorizer: may they
//	    v
//	operation: headers -> options -> objstore -> headers, XML
//	    |  error
//	    v
//	one encoder: code -> status, message, details
//
// What the API knows and this package does not build is refused with
// NotImplemented (501); it is never taken for the plain operation. Sub-resources
// of a bucket that a client may ask for without having set them (ACL, policy,
// lifecycle, ...) are answered as Amazon answers for a private bucket without
// them.
//
// # Websites and forms
//
// Below Options.WebsiteDomains a host is a website: another scope of the route
// table, read by nobody in particular, with errors in HTML. A browser's upload
// (POST Object) is read up to its file, proved by [auth.FormVerifier], judged by
// package postpolicy, and then is a PutObject whose headers are its fields.
//
// # Keys
//
// A key is the bytes of the percent-decoded path, whatever they are: nothing is
// cleaned, folded or validated but the length. A listing whose keys XML 1.0
// cannot carry must be asked for with encoding-type=url: control characters are
// else numeric references, as with Amazon, which strict parsers refuse, and
// bytes that are no UTF-8 make the listing fail instead of arriving altered.
//
// # Limits
//
// Documents in request bodies are at most 1 MiB, those that name keys or parts
// at most 4 MiB. Time limits on slow clients are those of the http.Server.
package s3http
