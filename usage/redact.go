package usage

import (
	"net/url"
	"strings"
)

// redacted replaces a value that must not be logged.
const redacted = "REDACTED"

// isSecretParameter tells whether a query parameter, in lower case, carries
// what a reader could use in the caller's stead: signatures and tokens of S3
// (versions 4 and 2), keys of customers, STS, Swift temporary URLs, and keys of
// admin requests.
func isSecretParameter(name string) bool {
	switch name {
	case "x-amz-signature", "x-amz-credential", "x-amz-security-token", "signature",
		"webidentitytoken", "samlassertion", "tokencode", "temp_url_sig", "temp_url_sig_prefix",
		"secret-key", "secret_key", "secretkey", "secret", "password", "x-auth-token", "token",
		"x-amz-server-side-encryption-customer-key", "x-amz-copy-source-server-side-encryption-customer-key":
		return true
	}
	return false
}

// RedactQuery replaces the values of query parameters that hold signatures,
// tokens or secrets in a path with a query. Names are compared without regard
// to case and percent-encoding. A path without a query is returned as it is.
func RedactQuery(path string) string {
	i := strings.IndexByte(path, '?')
	if i < 0 {
		return path
	}
	var b strings.Builder
	done := 0 // of path, how much is in b
	for start := i + 1; start < len(path); {
		end := len(path)
		if j := strings.IndexAny(path[start:], "&;"); j >= 0 {
			end = start + j
		}
		if eq := strings.IndexByte(path[start:end], '='); eq >= 0 && secretName(path[start:start+eq]) {
			b.WriteString(path[done : start+eq+1])
			b.WriteString(redacted)
			done = end
		}
		start = end + 1
	}
	if done == 0 {
		return path
	}
	b.WriteString(path[done:])
	return b.String()
}

func secretName(name string) bool {
	if strings.ContainsAny(name, "%+") {
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
	}
	return isSecretParameter(strings.ToLower(strings.TrimSpace(name)))
}
