package rgwhttp

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/quota"
)

func TestQuotaJSON(t *testing.T) {
	none := rgwdoc.NoQuota()
	for _, c := range []struct {
		body, kind  string
		user        quota.Spec
		explanation string
	}{
		{`{"enabled":true,"max_size":-1,"max_size_kb":0,"max_objects":5}`, "user", quota.Spec{Enabled: true, MaxBytes: -1, MaxObjects: 5}, "bytes win"},
		{`{"enabled":"True","max_size_kb":"100","max_objects":"5"}`, "user", quota.Spec{Enabled: true, MaxBytes: 102400, MaxObjects: 5}, "strings are taken for what is in them"},
		{`{"enabled":1}`, "user", quota.Spec{Enabled: true}, "what is left out becomes 0"},
		{`{"max_size_kb":-3}`, "user", quota.Spec{MaxBytes: quota.Unlimited}, "negative is no limit"},
		{`{"user_quota":{"max_objects":7},"bucket_quota":{}}`, "", quota.Spec{MaxObjects: 7}, "both"},
		{`{"max_objects":7}`, "bucket", none, "the other one stays"},
		{`{"galaxies":[1,{}]}`, "user", quota.Spec{}, "members that are not known do not count"},
	} {
		change, err := quotaChange([]byte(c.body), c.kind)
		require.NoError(t, err, c.explanation)
		q := quota.UserSpecs{User: none, Bucket: none}
		require.NoError(t, change(&q))
		assert.Equal(t, c.user, q.User, c.explanation)
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
		`{"enabled":true}{"enabled":false}`:     "two documents",
		`{"max_objects":"5","max_objects":"x"}`: "the second one counts, as everywhere in JSON",
	} {
		_, err := quotaChange([]byte(body), "user")
		assert.ErrorIs(t, err, codeInvalidArgument, explanation)
	}
}

func FuzzQuotaJSON(f *testing.F) {
	f.Add([]byte(`{"enabled":"true","max_size_kb":"1"}`), "user")
	f.Add([]byte(`{"user_quota":{"max_size":-1}}`), "")
	f.Fuzz(func(t *testing.T, body []byte, kind string) {
		change, err := quotaChange(body, kind)
		if err != nil {
			assert.ErrorIs(t, err, codeInvalidArgument)
			return
		}
		var q quota.UserSpecs
		require.NoError(t, change(&q))
	})
}
