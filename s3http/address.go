package s3http

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/internal/vhost"
	"github.com/cofferstore/coffer/objstore"
)

// address is the resource that a request names. A bucket without a tenant is
// of the caller's tenant.
type address struct {
	tenant   string
	explicit bool // the tenant was named, be it the empty one
	bucket   string
	key      string
}

// parseAddress splits host and path. The key is what the path says after
// percent-decoding, byte by byte: no segment is cleaned away, an encoded slash
// is no separator before the key.
func parseAddress(ds vhost.Domains, host string, u *url.URL) (address, error) {
	path := u.Path
	if u.RawPath != "" {
		path = u.EscapedPath()
	}
	path = strings.TrimPrefix(path, "/")
	var a address
	if a.bucket = ds.Bucket(host); a.bucket != "" {
		a.key = path
	} else {
		a.bucket, a.key, _ = strings.Cut(path, "/")
	}
	if u.RawPath != "" {
		var err error
		if a.bucket, err = url.PathUnescape(a.bucket); err != nil {
			return address{}, refusal(codeInvalidURI, "")
		}
		if a.key, err = url.PathUnescape(a.key); err != nil {
			return address{}, refusal(codeInvalidURI, "")
		}
	}
	if tenant, name, found := strings.Cut(a.bucket, ":"); found {
		a.tenant, a.bucket, a.explicit = tenant, name, true
	}
	return a, a.check()
}

func (a address) check() error {
	switch {
	case a.bucket == "" && (a.key != "" || a.explicit):
		return refusal("InvalidBucketName", "")
	case len(a.key) > objstore.MaxKeyLen:
		return keyTooLong(a.key)
	}
	return nil
}

// id returns the bucket's id for a caller of the given tenant.
func (a address) id(tenant string) objstore.BucketID {
	if a.explicit {
		tenant = a.tenant
	}
	return objstore.BucketID{Tenant: tenant, Name: a.bucket}
}

func keyTooLong(key string) *fault {
	return refusal(codeKeyTooLong, "",
		auth.Detail{Name: "Size", Value: strconv.Itoa(len(key))},
		auth.Detail{Name: "MaxSizeAllowed", Value: strconv.Itoa(objstore.MaxKeyLen)})
}

// parseBucketID reads "tenant:name".
func parseBucketID(s string) (objstore.BucketID, error) {
	tenant, name, found := strings.Cut(s, ":")
	if !found {
		return objstore.BucketID{}, codeInvalidArgument
	}
	return objstore.BucketID{Tenant: tenant, Name: name}, nil
}
