package awssig_test

import (
	"encoding/base64"
	"maps"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/awssig"
)

// amazonForm is the example of "Browser-Based Upload using HTTP POST (Using AWS
// Signature Version 4)" in the Amazon S3 documentation.
const (
	amazonPolicy = "{ \"expiration\": \"2015-12-30T12:00:00.000Z\",\r\n  \"conditions\": [\r\n    {\"bucket\": \"sigv4examplebucket\"},\r\n" +
		"    [\"starts-with\", \"$key\", \"user/user1/\"],\r\n    {\"acl\": \"public-read\"},\r\n" +
		"    {\"success_action_redirect\": \"http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html\"},\r\n" +
		"    [\"starts-with\", \"$Content-Type\", \"image/\"],\r\n    {\"x-amz-meta-uuid\": \"14365123651274\"},\r\n" +
		"    {\"x-amz-server-side-encryption\": \"AES256\"},\r\n    [\"starts-with\", \"$x-amz-meta-tag\", \"\"],\r\n\r\n" +
		"    {\"x-amz-credential\": \"AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request\"},\r\n" +
		"    {\"x-amz-algorithm\": \"AWS4-HMAC-SHA256\"},\r\n    {\"x-amz-date\": \"20151229T000000Z\" }\r\n  ]\r\n}"
	amazonFormSignature = "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e"
)

func formScope() awssig.Scope {
	return awssig.Scope{Time: time.Date(2015, 12, 29, 0, 0, 0, 0, time.UTC), Region: "us-east-1", Service: "s3"}
}

func verifyForm(t *testing.T, o *awssig.Options, fields map[string]string) (*auth.Identity, error) {
	t.Helper()
	src := keys{
		exampleKey: {AccessKey: exampleKey, Secret: exampleSecret, Principal: auth.Principal{ID: "alice"}},
		"TEMP":     {AccessKey: "TEMP", Secret: "s", SessionToken: "token", Principal: auth.Principal{ID: "temp"}},
		"GONE":     {AccessKey: "GONE", Secret: "s", Suspended: true},
	}
	lower := map[string]string{}
	for name, value := range fields {
		lower[strings.ToLower(name)] = value
	}
	return awssig.Form(src, o).VerifyForm(httptest.NewRequest("POST", "/", nil), func(name string) string { return lower[name] })
}

func TestFormOfAmazon(t *testing.T) {
	fields := awssig.SignFormV4([]byte(amazonPolicy), exampleCredentials(), formScope())
	assert.Equal(t, amazonFormSignature, fields["x-amz-signature"])
	id, err := verifyForm(t, nil, fields)
	require.NoError(t, err)
	assert.Equal(t, "alice", id.ID)
	assert.Equal(t, auth.TransportPOST, id.Transport)
	assert.Equal(t, auth.SchemeV4, id.Scheme)
	assert.Equal(t, "us-east-1", id.Region)
}

func TestFormV2(t *testing.T) {
	id, err := verifyForm(t, nil, awssig.SignFormV2([]byte("{}"), exampleCredentials()))
	require.NoError(t, err)
	assert.Equal(t, "alice", id.ID)
	assert.Equal(t, auth.SchemeV2, id.Scheme)
}

func TestFormWithToken(t *testing.T) {
	temp := awssig.Credentials{AccessKey: "TEMP", Secret: "s", SessionToken: "token"}
	for _, fields := range []map[string]string{awssig.SignFormV4([]byte("{}"), temp, formScope()), awssig.SignFormV2([]byte("{}"), temp)} {
		id, err := verifyForm(t, nil, fields)
		require.NoError(t, err)
		assert.Equal(t, "temp", id.ID)
		fields["x-amz-security-token"] = "other"
		_, err = verifyForm(t, nil, fields)
		assert.ErrorIs(t, err, auth.ErrInvalidToken)
	}
}

func TestFormRefused(t *testing.T) {
	v4 := awssig.SignFormV4([]byte("{}"), exampleCredentials(), formScope())
	v2 := awssig.SignFormV2([]byte("{}"), exampleCredentials())
	with := func(base map[string]string, changes ...string) map[string]string {
		out := maps.Clone(base)
		for i := 0; i < len(changes); i += 2 {
			out[changes[i]] = changes[i+1]
		}
		return out
	}
	for _, tc := range []struct {
		why    string
		fields map[string]string
		reason auth.Reason
	}{
		{"no field at all is nobody", nil, auth.ErrNoCredentials},
		{"a policy that nobody signed", map[string]string{"policy": "e30="}, auth.ErrInvalidArgument},
		{"a signature of no policy", with(v4, "policy", ""), auth.ErrInvalidArgument},
		{"a signature of no policy", with(v2, "policy", ""), auth.ErrInvalidArgument},
		{"another policy", with(v4, "policy", "e30K"), auth.ErrSignatureDoesNotMatch},
		{"another policy", with(v2, "policy", "e30K"), auth.ErrSignatureDoesNotMatch},
		{"another signature", with(v4, "x-amz-signature", strings.Repeat("0", 64)), auth.ErrSignatureDoesNotMatch},
		{"a key that is not there", with(v4, "x-amz-credential", "X/20151229/us-east-1/s3/aws4_request"), auth.ErrInvalidAccessKeyID},
		{"a key that is not there", with(v2, "AWSAccessKeyId", "X"), auth.ErrInvalidAccessKeyID},
		{"both versions", with(v4, "AWSAccessKeyId", "X"), auth.ErrInvalidArgument},
		{"no date", with(v4, "x-amz-date", ""), auth.ErrInvalidArgument},
		{"a date that is none", with(v4, "x-amz-date", "2015-12-29"), auth.ErrInvalidArgument},
		{"a date of another day than the key's", with(v4, "x-amz-date", "20151230T000000Z"), auth.ErrInvalidArgument},
		{"an algorithm that is not built", with(v4, "x-amz-algorithm", "AWS4-ECDSA-P256-SHA256"), auth.ErrNotImplemented},
		{"an algorithm that is none", with(v4, "x-amz-algorithm", "md5"), auth.ErrInvalidArgument},
		{"a credential that is none", with(v4, "x-amz-credential", "AKIA"), auth.ErrInvalidArgument},
		{"a key for another service", awssig.SignFormV4([]byte("{}"), exampleCredentials(), awssig.Scope{Time: exampleTime(), Region: "r", Service: "iam"}), auth.ErrInvalidArgument},
		{"a suspended user", awssig.SignFormV2([]byte("{}"), awssig.Credentials{AccessKey: "GONE", Secret: "s"}), auth.ErrUserSuspended},
	} {
		_, err := verifyForm(t, nil, tc.fields)
		assert.ErrorIs(t, err, tc.reason, tc.why)
	}
	_, err := verifyForm(t, &awssig.Options{Regions: []string{"eu-west-1"}}, v4)
	assert.ErrorIs(t, err, auth.ErrInvalidArgument, "a key for another region")
	assert.Equal(t, base64.StdEncoding.EncodeToString([]byte("{}")), v4["policy"])
}
