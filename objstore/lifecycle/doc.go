// Package lifecycle is the rules by which objects of a bucket expire.
//
//	<LifecycleConfiguration> ── Parse ──► *Config
//	                                         │ of a version or an upload: what is due, when, by which rule
//	                                         ▼
//	                                       Action{Expire | DeleteVersion | RemoveMarker | AbortUpload}
//
// The rules are pure: they are told of a version and answer with an action and
// its time. Who walks the bucket and when is not their business, and neither is
// whether a lock forbids the deed.
//
// Source: "Managing the lifecycle of objects", Amazon S3 User Guide.
package lifecycle
