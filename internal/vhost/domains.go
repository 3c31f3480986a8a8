package vhost

import (
	"net"
	"strings"
)

// Domains are host names below which the first labels name a bucket of S3.
type Domains []string

// NewDomains returns domains in lower case, without dots around them.
func NewDomains(names []string) Domains {
	ds := make(Domains, 0, len(names))
	for _, name := range names {
		name = strings.Trim(strings.ToLower(strings.TrimSpace(name)), ".")
		if name != "" {
			ds = append(ds, name)
		}
	}
	return ds
}

// Bucket returns the bucket that a host names, as a Host header has it: what is
// left of the longest domain that it ends in. "" means that it names none.
func (ds Domains) Bucket(host string) string {
	bucket, _ := ds.Find(host)
	return bucket
}

// Find is Bucket, and tells whether the host is one of the domains or below. A
// host that is a domain names no bucket, be it below another domain.
func (ds Domains) Find(host string) (bucket string, under bool) {
	if len(ds) == 0 {
		return "", false
	}
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	longest := -1
	for _, d := range ds {
		switch {
		case host == d:
			return "", true
		case len(d) > longest && len(host) > len(d)+1 && strings.HasSuffix(host, d) && host[len(host)-len(d)-1] == '.':
			bucket, longest = host[:len(host)-len(d)-1], len(d)
		}
	}
	return bucket, bucket != ""
}
