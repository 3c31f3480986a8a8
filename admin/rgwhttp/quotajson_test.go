package rgwhttp

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/quota"
)

func TestQuotaJSON(t *testing.T) {
	for _, c := range []struct {
		body        string
		want        quota.Spec
		explanation string
	}{
		{`{"enabled":true,"max_size":-1,"max_size_kb":0,"max_objects":5}`, quota.Spec{Enabled: true, MaxBytes: -1, MaxObjects: 5}, "bytes win"},
		{`{"enabled":"True","max_size_kb":"100","max_objects":"5"}`, quota.Spec{Enabled: true, MaxBytes: 102400, MaxObjects: 5}, "strings are taken for what is in them"},
		{`{"enabled":1}`, quota.Spec{Enabled: true}, "what is left out becomes 0"},
		{`{"enabled":null,"max_size":null,"max_objects":null}`, quota.Spec{}, "null is left out"},
		{`{"max_size_kb":-3}`, quota.Spec{MaxBytes: quota.Unlimited}, "negative is no limit"},
		{`{"galaxies":[1,{}]}`, quota.Spec{}, "members that are not known do not count"},
	} {
		q, err := parseQuota([]byte(c.body))
		require.NoError(t, err, c.explanation)
		assert.Equal(t, c.want, q, c.explanation)
	}
	for body, explanation := range map[string]string{
		`{"enabled":"yes"}`:                     "not a boolean",
		`{"enabled":{}}`:                        "an object is none",
		`{"enabled":[true]}`:                    "nor is a list",
		`{"max_objects":"many"}`:                "not a number",
		`{"max_objects":""}`:                    "an empty string is none",
		`{"max_objects":1.5}`:                   "half an object",
		`{"max_objects":1e3}`:                   "not written as whole numbers are",
		`{"max_size":9223372036854775808}`:      "does not fit",
		`{"max_size_kb":9223372036854775807}`:   "nor in bytes",
		`{"max_objects":5`:                      "cut off",
		`[]`:                                    "not an object",
		`null`:                                  "nothing, which would empty the quota",
		`{"enabled":true}{"enabled":false}`:     "two documents",
		`{"max_objects":"5","max_objects":"x"}`: "the second one counts, as everywhere in JSON",
	} {
		_, err := parseQuota([]byte(body))
		assert.ErrorIs(t, err, codeInvalidArgument, explanation)
	}
}

func TestQuotasJSON(t *testing.T) {
	for _, c := range []struct {
		body        string
		want        quota.UserSpecs
		explanation string
	}{
		{`{"user_quota":{"max_objects":7},"bucket_quota":{"max_objects":8}}`,
			quota.UserSpecs{User: quota.Spec{MaxObjects: 7}, Bucket: quota.Spec{MaxObjects: 8}}, "both"},
		{`{"bucket_quota":{"max_objects":8}}`, quota.UserSpecs{Bucket: quota.Spec{MaxObjects: 8}}, "what is left out becomes 0"},
	} {
		q, err := parseQuotas([]byte(c.body))
		require.NoError(t, err, c.explanation)
		assert.Equal(t, c.want, q, c.explanation)
	}
	for body, explanation := range map[string]string{
		``:                                  "no body",
		`{"max_objects":7,"enabled":true}`:  "one quota without its quota-type must not empty both",
		`null`:                              "neither",
		`{"user_quota":null}`:               "neither",
		`{"user_quota":[]}`:                 "not an object",
		`{"bucket_quota":{"max_size":"x"}}`: "not a number",
		`{"user_quota":{"max_size":"x"},"bucket_quota":{}}`: "in the first of two",
	} {
		_, err := parseQuotas([]byte(body))
		assert.ErrorIs(t, err, codeInvalidArgument, explanation)
	}
}

func FuzzQuotaJSON(f *testing.F) {
	f.Add([]byte(`{"enabled":"true","max_size_kb":"1"}`))
	f.Add([]byte(`{"user_quota":{"max_size":-1}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := parseQuota(body); err != nil {
			assert.ErrorIs(t, err, codeInvalidArgument)
		}
		if _, err := parseQuotas(body); err != nil {
			assert.ErrorIs(t, err, codeInvalidArgument)
		}
	})
}
