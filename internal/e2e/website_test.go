package e2e

import (
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestWebsiteByCurl visits a bucket as a website, by its name as a host.
func TestWebsiteByCurl(t *testing.T) {
	const domain = "web.localhost"
	plain, secure := serve(t, "--domain", "localhost", "--website-domain", domain), serveTLS(t, "--website-domain", domain)
	for name, tt := range map[string]struct {
		server *server
		flags  []string
	}{
		"HTTP": {plain, nil},
		"TLS":  {secure, []string{"--cacert", secure.ca}},
	} {
		t.Run(name, func(t *testing.T) {
			c := tt.server.sdk(t)
			bucket := newWebsite(t, c)
			u, err := url.Parse(tt.server.url)
			require.NoError(t, err)
			host := bucket + "." + domain + ":" + u.Port()
			root := u.Scheme + "://" + host
			flags := append(tt.flags, "--resolve", host+":127.0.0.1")
			for _, p := range []struct {
				why, path, status string
				text              []string
			}{
				{"the index", "/", "200", []string{"Content-Type: text/html", "the root"}},
				{"of a directory too", "/docs/", "200", []string{"the docs"}},
				{"a directory by its name alone", "/docs", "302", []string{"Location: /docs/"}},
				{"a page", "/docs/page.html?query=1", "200", []string{"a page"}},
				{"the error document", "/none", "404", []string{"Content-Type: text/html", "nothing here"}},
				{"a rule by prefix", "/old/page.html", "301", []string{"Location: " + root + "/docs/page.html"}},
				{"a rule by error", "/gone/x", "307", []string{"Location: https://archive.example.org/x"}},
				{"an object that says where it is", "/moved", "301", []string{"Location: https://www.example.org/"}},
			} {
				status, text := curl(t, append(flags, root+p.path)...)
				assert.Equal(t, p.status, status, "%s\n%s", p.why, text)
				for _, want := range p.text {
					assert.Contains(t, strings.ToLower(text), strings.ToLower(want), p.why) // HTTP/2 writes names in lower case
				}
			}
			_, text := curl(t, append(flags, "--location", root+"/docs")...)
			assert.Contains(t, text, "the docs", "a browser follows")
			status, text := curl(t, append(flags, "--head", root+"/")...)
			assert.Equal(t, "200", status)
			assert.NotContains(t, text, "the root")
			status, _ = curl(t, append(flags, "--request", "PUT", "--data-binary", "x", root+"/docs/page.html")...)
			assert.Equal(t, "405", status, "nothing is written through a website")
			status, text = curl(t, append(flags, strings.Replace(root, bucket, "no-such-site", 1)+"/", "--resolve", strings.Replace(host, bucket, "no-such-site", 1)+":127.0.0.1")...)
			assert.Equal(t, "404", status)
			assert.Contains(t, text, "NoSuchBucket")
		})
	}
}

// newWebsite makes a bucket that everybody may read as a website.
func newWebsite(t *testing.T, c *s3.Client) string {
	t.Helper()
	bucket := newBucket(t, c)
	for key, body := range map[string]string{"index.html": "the root", "docs/index.html": "the docs", "docs/page.html": "a page", "errors/404.html": "nothing here"} {
		_, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader(body), ContentType: aws.String("text/html")})
		require.NoError(t, err)
	}
	_, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: aws.String("moved"), Body: strings.NewReader(""), WebsiteRedirectLocation: aws.String("https://www.example.org/")})
	require.NoError(t, err)
	_, err = c.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: bucketPolicy(`{"Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::` + bucket + `","arn:aws:s3:::` + bucket + `/*"]}`)})
	require.NoError(t, err)
	_, err = c.PutBucketWebsite(t.Context(), &s3.PutBucketWebsiteInput{Bucket: &bucket, WebsiteConfiguration: &types.WebsiteConfiguration{
		IndexDocument: &types.IndexDocument{Suffix: aws.String("index.html")}, ErrorDocument: &types.ErrorDocument{Key: aws.String("errors/404.html")},
		RoutingRules: []types.RoutingRule{
			{Condition: &types.Condition{KeyPrefixEquals: aws.String("old/")}, Redirect: &types.Redirect{ReplaceKeyPrefixWith: aws.String("docs/")}},
			{Condition: &types.Condition{KeyPrefixEquals: aws.String("gone/"), HttpErrorCodeReturnedEquals: aws.String("404")},
				Redirect: &types.Redirect{Protocol: types.ProtocolHttps, HostName: aws.String("archive.example.org"), ReplaceKeyPrefixWith: aws.String(""), HttpRedirectCode: aws.String("307")}},
		}}})
	require.NoError(t, err)
	return bucket
}
