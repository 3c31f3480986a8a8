package awssig_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/awssig"
)

// The signatures in this file are what boto 2.49 made.
const (
	botoKey    = "QPBEF6DD3AUY97V89DCH"
	botoSecret = "Zcl6xbjQSloQRp2tEdkUdZjPtOdJvN4hWgUH0j6h"

	// botoExpires is 2026-11-22T10:33:20Z, an hour after the requests.
	botoExpires = 1795343600
)

// botoAt is the server at a moment, which knows the domain of virtual hosts.
func botoAt(now time.Time) auth.Verifier {
	src := keys{botoKey: {AccessKey: botoKey, Secret: botoSecret, Principal: auth.Principal{ID: "juser"}}}
	return awssig.V2(src, &awssig.Options{Now: clock(now), Domains: []string{"s3.msi.umn.edu"}})
}

func TestBoto2Header(t *testing.T) {
	const date = "Date: Sun, 22 Nov 2026 09:33:20 GMT\nContent-Length: 0\n"
	now := time.Date(2026, 11, 22, 9, 33, 20, 0, time.UTC)
	for _, tt := range []struct{ explanation, head, signature string }{
		{"get_all_buckets has no bucket", "GET / HTTP/1.1\nHost: s3.msi.umn.edu\n", "JWgVA/kr2VLMLjWzD2qOwTKvuE8="},
		{"get_bucket by virtual host: the resource ends in a slash", "HEAD / HTTP/1.1\nHost: mybucket.s3.msi.umn.edu\n", "zl/wCYYxtDCN4OlRaG3Sxx6yND4="},
		{"get_bucket by path is the same resource", "HEAD /mybucket/ HTTP/1.1\nHost: 127.0.0.1:9000\n", "zl/wCYYxtDCN4OlRaG3Sxx6yND4="},
		{"get_key by virtual host", "HEAD /bigfiletoshare.txt HTTP/1.1\nHost: mybucket.s3.msi.umn.edu\n", "dUPhhEpk5Su8ASlUUvho9xY5BQs="},
		{"get_key by path", "HEAD /mybucket/bigfiletoshare.txt HTTP/1.1\nHost: 127.0.0.1:9000\n", "dUPhhEpk5Su8ASlUUvho9xY5BQs="},
	} {
		r := parse(t, tt.head+date+"Authorization: AWS "+botoKey+":"+tt.signature, "")
		_, err := botoAt(now).Verify(r)
		assert.NoError(t, err, "%s\n%s", tt.explanation, detail(err, "StringToSign"))
	}
}

// botoURL is what generate_url(3600, query_auth=True, force_http=True) returned.
const botoURL = "GET /bigfiletoshare.txt?Signature=nhx%2Fy58s1qAZHInx1oshnBr1beM%3D&Expires=1795343600&AWSAccessKeyId=QPBEF6DD3AUY97V89DCH HTTP/1.1\n" +
	"Host: mybucket.s3.msi.umn.edu\n"

func TestBoto2URL(t *testing.T) {
	const before, last = botoExpires - 3600, botoExpires
	replace := func(old, by string) func(string) string {
		return func(head string) string { return strings.Replace(head, old, by, 1) }
	}
	for _, tt := range []struct {
		explanation string
		at          int64
		change      func(string) string
		want        auth.Reason // "" is good
	}{
		{"an hour before the end", before, nil, ""},
		{"the last second", last, nil, ""},
		{"a second later", last + 1, nil, auth.ErrExpiredRequest},
		{"a year before: only the end counts", before - 365*86400, nil, ""},
		{"path style", before, func(string) string {
			return strings.NewReplacer("/big", "/mybucket/big", "mybucket.s3.msi.umn.edu", "127.0.0.1:9000").Replace(botoURL)
		}, ""},
		{"another bucket", before, replace("mybucket.", "yourbucket."), auth.ErrSignatureDoesNotMatch},
		{"another key", before, replace("bigfile", "smallfile"), auth.ErrSignatureDoesNotMatch},
		{"another method", before, replace("GET", "DELETE"), auth.ErrSignatureDoesNotMatch},
		{"HEAD is another method, too", before, replace("GET", "HEAD"), auth.ErrSignatureDoesNotMatch},
		{"a later end", last + 1, replace("1795343600", "1895343600"), auth.ErrSignatureDoesNotMatch},
		{"another version", before, replace("?", "?versionId=1&"), auth.ErrSignatureDoesNotMatch},
		{"another type of the answer", before, replace("?", "?response-content-type=text/html&"), auth.ErrSignatureDoesNotMatch},
		{"what is no sub-resource is not signed", before, replace("?", "?download=1&"), ""},
		{"an unknown key", before, replace("QPBEF6DD3AUY97V89DCH", "QPBEF6DD3AUY97V89DCX"), auth.ErrInvalidAccessKeyID},
		{"no end", before, replace("&Expires=1795343600", ""), auth.ErrAccessDenied},
		{"no key", before, replace("&AWSAccessKeyId=QPBEF6DD3AUY97V89DCH", ""), auth.ErrAccessDenied},
		{"no signature", before, replace("Signature=nhx%2Fy58s1qAZHInx1oshnBr1beM%3D&", ""), auth.ErrAccessDenied},
	} {
		head := botoURL
		if tt.change != nil {
			head = tt.change(head)
			require.NotEqual(t, botoURL, head, tt.explanation)
		}
		_, err := botoAt(time.Unix(tt.at, 0)).Verify(parse(t, head, ""))
		if tt.want == "" {
			assert.NoError(t, err, "%s\n%s", tt.explanation, detail(err, "StringToSign"))
			continue
		}
		assert.ErrorIs(t, err, tt.want, tt.explanation)
	}
}

// TestBoto2URLOfAnswer: the parameters that change the answer are signed as they
// are before they are escaped.
func TestBoto2URLOfAnswer(t *testing.T) {
	r := newRequest(t, http.MethodGet, "http://127.0.0.1:9000/mybucket/k?response-content-disposition=attachment%3B%20filename%3D%22a%20b%22&versionId=null", nil)
	r.URL = awssig.PresignV2(r, awssig.Credentials{AccessKey: botoKey, Secret: botoSecret}, time.Unix(botoExpires, 0), nil)
	_, err := botoAt(time.Unix(botoExpires, 0)).Verify(r)
	require.NoError(t, err)
	r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "a%20b", "a%20c", 1)
	_, err = botoAt(time.Unix(botoExpires, 0)).Verify(r)
	assert.ErrorIs(t, err, auth.ErrSignatureDoesNotMatch)
	assert.Contains(t, detail(err, "StringToSign"), `?response-content-disposition=attachment; filename="a c"&versionId=null`)
}
