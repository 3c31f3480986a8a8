// Package quota bounds what users and buckets may store, and how fast they may
// ask.
//
//	            request                                 change
//	               |                                      |
//	RateLimit:  tokens of the user and of the      Enforcer (objstore.Hook):
//	            bucket; 503 SlowDown without;      Check before and during the body,
//	            paces what goes out                Commit in the transaction
//	               |                                      |
//	               +-- rows in the name space 'q' of one driver.Index --+
//
// An [Enforcer] holds quotas of size and number of objects: of a user, of each
// of a user's buckets, of one bucket, and defaults for all. What the commit
// says counts, so that writers that race cannot overshoot together.
//
// A [RateLimiter] holds limits of operations and of bytes, of a user and of a
// bucket. It works around any [net/http.Handler]: one that is told who asks by
// a function, or one that knows it best itself and calls [Request.Admit].
package quota
