package objstore

import (
	"fmt"
	"strings"
)

// What names may add to a row key, in bytes.
const (
	maxBucketName = 63
	maxTenant     = 255
	maxOwner      = 1024
)

// tooLong tells that no bucket can have such an id, so that a name which a
// client made up does not become a row key.
func (id BucketID) tooLong() bool {
	return len(id.Name) > maxBucketName || len(id.Tenant) > maxTenant
}

// checkBucketID judges the name of a new bucket by the rules of Amazon S3
// ("General purpose bucket naming rules"), except that the prefix which Amazon
// keeps for the examples of its documentation is allowed.
func checkBucketID(id BucketID) error {
	if len(id.Tenant) > maxTenant {
		return fmt.Errorf("%w: a tenant has at most %d bytes", ErrInvalidArgument, maxTenant)
	}
	if why := bucketNameFault(id.Name); why != "" {
		return fmt.Errorf("%w: %s", ErrInvalidBucketName, why)
	}
	return nil
}

// bucketNameFault tells what is wrong with a name; "" when nothing is.
func bucketNameFault(name string) string {
	if len(name) < 3 || len(name) > maxBucketName {
		return "a name has 3 to 63 characters"
	}
	for i := 0; i < len(name); i++ {
		if c := name[i]; !isAlphanumeric(c) && c != '.' && c != '-' {
			return "a name is made of lower-case letters, digits, dots and hyphens"
		}
	}
	switch {
	case !isAlphanumeric(name[0]), !isAlphanumeric(name[len(name)-1]):
		return "a name begins and ends with a letter or a digit"
	case strings.Contains(name, ".."):
		return "a name has no adjacent dots"
	case looksLikeIPv4(name):
		return "a name does not look like an IP address"
	}
	for _, p := range reservedPrefixes {
		if strings.HasPrefix(name, p) {
			return "the prefix is reserved"
		}
	}
	for _, s := range reservedSuffixes {
		if strings.HasSuffix(name, s) {
			return "the suffix is reserved"
		}
	}
	return ""
}

// Affixes by which Amazon S3 tells other things from buckets.
var (
	reservedPrefixes = []string{"xn--", "sthree-"}
	reservedSuffixes = []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"}
)

func isAlphanumeric(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' }

// looksLikeIPv4 tells whether a name is four numbers with dots between them,
// whatever their size.
func looksLikeIPv4(name string) bool {
	if strings.Count(name, ".") != 3 {
		return false
	}
	return strings.Trim(name, "0123456789.") == ""
}
