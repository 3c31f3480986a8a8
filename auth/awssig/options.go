package awssig

import (
	"slices"
	"time"
)

// Options tunes [V4] and [V2]. A nil *Options and zero fields mean the defaults.
type Options struct {
	// Now is the clock. Default: time.Now.
	Now func() time.Time

	// MaxSkew is how far the time of a request may be from Now, either way.
	// Default: 15 minutes, as Amazon allows.
	MaxSkew time.Duration

	// Services are the services accepted in a version 4 credential scope.
	// Default: s3, sts, iam, sns.
	Services []string

	// Regions are the regions accepted in a version 4 credential scope. Nil
	// accepts any.
	Regions []string

	// Domains are the names under which buckets are hosts: with "s3.example.com"
	// a request for photos.s3.example.com is for the bucket photos. Version 2
	// signs the name of the bucket; version 4 signs the host and does not care.
	// The handler behind must take buckets from the same domains.
	Domains []string

	// SubResources are the query parameters that are part of a version 2
	// signature. Default: [SubResources].
	SubResources []string

	// LateSubResources are query parameters that some version 2 clients sign and
	// others, older than the parameter, do not. Both are accepted in a request
	// that is signed in its header; in a presigned URL, to which whoever has it
	// could add one, they must be signed. Default: [LateSubResources].
	LateSubResources []string

	// SoleSubResources are flags that, in the query of "/", are the only query
	// parameter in a version 2 signature: whatever else stands in the query is
	// then not protected by it. Default: [SoleSubResources].
	SoleSubResources []string

	// CachedKeys bounds how many derived signing keys are remembered, one for
	// each access key, day, region and service. Default: 4096.
	CachedKeys int

	// PayloadHashOptional takes a version 4 request of the service s3 without
	// x-amz-content-sha256 for one whose payload is not signed. Amazon refuses
	// it; Ceph takes it, and clients of its administration send none.
	PayloadHashOptional bool

	// NoPresignedV2 refuses version 2 credentials in the query: such a URL is not
	// bound to the host, and means something else at an address of another API.
	NoPresignedV2 bool

	// MinChunkSize is the least size in bytes of an aws-chunked chunk that is
	// not the last. Amazon asks for 8192; the default 0 accepts any.
	MinChunkSize int64
}

const (
	defaultMaxSkew    = 15 * time.Minute
	defaultCachedKeys = 4096
)

// SubResources returns the query parameters that every version 2 client signs:
// those of the Amazon S3 documentation of that version.
func SubResources() []string {
	return []string{
		"acl", "cors", "delete", "lifecycle", "location", "logging", "notification",
		"partNumber", "policy", "requestPayment", "response-cache-control",
		"response-content-disposition", "response-content-encoding",
		"response-content-language", "response-content-type", "response-expires",
		"tagging", "torrent", "uploadId", "uploads", "versionId", "versioning",
		"versions", "website",
	}
}

// LateSubResources returns query parameters that S3 got after version 2 was
// frozen. Clients disagree on whether they are signed.
func LateSubResources() []string {
	return []string{
		"accelerate", "analytics", "attributes", "defaultObjectAcl", "encryption",
		"intelligent-tiering", "inventory", "legal-hold", "metrics", "object-lock",
		"ownershipControls", "policyStatus", "publicAccessBlock", "replication",
		"restore", "retention", "select", "select-type", "storageClass",
	}
}

// SoleSubResources returns the service flags of the ostor administration API.
// Its published clients sign "/?ostor-users" and nothing that follows.
func SoleSubResources() []string {
	return []string{
		"ostor-accounts", "ostor-buckets", "ostor-limits", "ostor-quotas",
		"ostor-usage", "ostor-users",
	}
}

// withDefaults returns a copy of o that is independent of it and complete.
func (o *Options) withDefaults() Options {
	var c Options
	if o != nil {
		c = *o
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.MaxSkew <= 0 {
		c.MaxSkew = defaultMaxSkew
	}
	if c.CachedKeys <= 0 {
		c.CachedKeys = defaultCachedKeys
	}
	c.Services = orDefault(c.Services, []string{"s3", "sts", "iam", "sns"})
	c.SubResources = orDefault(c.SubResources, SubResources())
	c.LateSubResources = orDefault(c.LateSubResources, LateSubResources())
	c.SoleSubResources = orDefault(c.SoleSubResources, SoleSubResources())
	c.Regions = slices.Clone(c.Regions)
	c.Domains = slices.Clone(c.Domains)
	return c
}

func orDefault(v, d []string) []string {
	if v == nil {
		return d
	}
	return slices.Clone(v)
}
