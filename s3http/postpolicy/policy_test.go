package postpolicy_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/s3http/postpolicy"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func encode(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func policyOf(conditions string) string {
	return encode(`{"expiration": "2026-01-02T03:04:06.000Z", "conditions": [` + conditions + `]}`)
}

func TestCheck(t *testing.T) {
	type fields = map[string]string
	for _, tc := range []struct {
		why, conditions string
		fields          fields
		message         string // of the refusal; "" = allowed
	}{
		{"an object is an equation", `{"key": "a"}`, fields{"key": "a"}, ""},
		{"that must hold", `{"key": "a"}`, fields{"key": "A"}, `Policy Condition failed: ["eq", "$key", "a"]`},
		{"eq is the same", `["eq", "$key", "a"]`, fields{"key": "a"}, ""},
		{"operators and names do not mind case", `["EQ", "$Key", "a"]`, fields{"key": "a"}, ""},
		{"a prefix", `["starts-with", "$key", "user/"]`, fields{"key": "user/x"}, ""},
		{"another prefix", `["starts-with", "$key", "user/"]`, fields{"key": "other/x"}, "Policy Condition failed"},
		{"any value", `["starts-with", "$key", ""]`, fields{"key": "x"}, ""},
		{"no value is not any value", `["starts-with", "$key", ""]`, fields{}, "Policy Condition failed"},
		{"of several conditions all must hold", `["starts-with", "$key", "a"], {"key": "ab"}`, fields{"key": "ac"}, "Policy Condition failed"},
		{"a field that no condition names", ``, fields{"key": "a", "acl": "public-read"}, "Extra input fields: acl, key"},
		{"fields that carry the signature need none", ``, fields{"policy": "", "signature": "", "awsaccesskeyid": "", "x-amz-signature": ""}, ""},
		{"the date of a signature does", ``, fields{"x-amz-date": ""}, "Extra input fields: x-amz-date"},
		{"fields to be ignored need none", ``, fields{"x-ignore-me": "1"}, ""},
		{"each of several content types must fit", `["starts-with", "$Content-Type", "image/"]`, fields{"content-type": "image/a, image/b"}, ""},
		{"each of several content types must fit", `["starts-with", "$Content-Type", "image/"]`, fields{"content-type": "image/a,text/html"}, "Policy Condition failed"},
		{"a dollar sign may be escaped, which JSON does not know", `["eq", "$key", "a\$b\\"]`, fields{"key": `a$b\`}, ""},
		{"a list elsewhere is a value", `["starts-with", "$x-amz-meta-a", "x"]`, fields{"x-amz-meta-a": "x,y"}, ""},
	} {
		p, err := postpolicy.Parse(policyOf(tc.conditions))
		require.NoError(t, err, tc.why)
		_, err = p.Check(now, tc.fields)
		if tc.message == "" {
			assert.NoError(t, err, tc.why)
			continue
		}
		assert.ErrorIs(t, err, postpolicy.AccessDenied, tc.why)
		assert.ErrorContains(t, err, "Invalid according to Policy: "+tc.message, tc.why)
	}
}

func TestExpired(t *testing.T) {
	p, err := postpolicy.Parse(policyOf(""))
	require.NoError(t, err)
	_, err = p.Check(now.Add(time.Second), nil)
	assert.ErrorContains(t, err, "Policy expired.")
}

func TestRange(t *testing.T) {
	for _, tc := range []struct {
		why, conditions string
		want            postpolicy.Range
	}{
		{"both ends belong to it", `["content-length-range", 1, 10]`, postpolicy.Range{Min: 1, Max: 10}},
		{"digits in quotes", `["content-length-range", "1", "10"]`, postpolicy.Range{Min: 1, Max: 10}},
		{"several: all count", `["content-length-range", 1, 10], ["content-length-range", 5, 20]`, postpolicy.Range{Min: 5, Max: 10}},
	} {
		p, err := postpolicy.Parse(policyOf(tc.conditions))
		require.NoError(t, err, tc.why)
		got, err := p.Check(now, nil)
		require.NoError(t, err, tc.why)
		assert.Equal(t, tc.want, got, tc.why)
	}
}

func TestRefused(t *testing.T) {
	for _, tc := range []struct{ why, policy string }{
		{"empty", ""},
		{"not Base64", "{}"},
		{"not JSON", encode("x")},
		{"not an object", encode("[]")},
		{"no expiration", encode(`{"conditions": []}`)},
		{"no conditions", encode(`{"expiration": "2026-01-02T03:04:06Z"}`)},
		{"a date that is none", encode(`{"expiration": "tomorrow", "conditions": []}`)},
		{"a member that means nothing", encode(`{"expiration": "2026-01-02T03:04:06Z", "conditions": [], "x": 1}`)},
		{"something behind the end", encode(`{"expiration": "2026-01-02T03:04:06Z", "conditions": []} x`)},
		{"a condition that is none", policyOf(`1`)},
		{"null", policyOf(`null`)},
		{"two equations in one", policyOf(`{"a": "1", "b": "2"}`)},
		{"a value that is no text", policyOf(`{"a": 1}`)},
		{"an operator that is none", policyOf(`["ends-with", "$key", "a"]`)},
		{"a field without a dollar sign", policyOf(`["eq", "key", "a"]`)},
		{"two members", policyOf(`["eq", "$key"]`)},
		{"a range that is none", policyOf(`["content-length-range", "a", 1]`)},
		{"a range upside down", policyOf(`["content-length-range", 2, 1]`)},
		{"a range below nothing", policyOf(`["content-length-range", -1, 1]`)},
		{"too long", encode(strings.Repeat(" ", postpolicy.MaxSize+1))},
		{"too many conditions", policyOf(strings.TrimSuffix(strings.Repeat(`{"":""},`, 1001), ","))},
	} {
		_, err := postpolicy.Parse(tc.policy)
		assert.ErrorIs(t, err, postpolicy.InvalidPolicyDocument, tc.why)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`{"expiration": "2026-01-02T03:04:06Z", "conditions": [{"a": "b"}, ["starts-with", "$key", ""], ["content-length-range", 1, 2]]}`, "key", "x")
	f.Fuzz(func(t *testing.T, policy, field, value string) {
		p, err := postpolicy.Parse(encode(policy))
		if err != nil {
			return
		}
		r, err := p.Check(now, map[string]string{field: value})
		assert.True(t, err != nil || r.Min >= 0)
	})
}
