package rgwhttp

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/cofferstore/coffer/quota"
)

// quotaJSON is a quota in a body: what is left out becomes 0.
type quotaJSON struct {
	Enabled    jsonBool `json:"enabled"`
	MaxSize    *jsonInt `json:"max_size"`
	MaxSizeKB  *jsonInt `json:"max_size_kb"`
	MaxObjects jsonInt  `json:"max_objects"`
}

// jsonInt is a number, or a string that holds one: RGW does not tell them apart,
// and radosgw-admin4j sends strings.
type jsonInt int64

// UnmarshalJSON implements [json.Unmarshaler].
func (n *jsonInt) UnmarshalJSON(data []byte) error {
	text, err := scalar(data)
	if err != nil || text == null {
		return err
	}
	v, err := strconv.ParseInt(text, 10, 64)
	*n = jsonInt(v)
	return err
}

// jsonBool is a boolean, or a string or number that holds one.
type jsonBool bool

// UnmarshalJSON implements [json.Unmarshaler].
func (b *jsonBool) UnmarshalJSON(data []byte) error {
	text, err := scalar(data)
	if err != nil || text == null {
		return err
	}
	v, err := strconv.ParseBool(strings.ToLower(text))
	*b = jsonBool(v)
	return err
}

// null stands for a member that is left out.
const null = "null"

// scalar is the text of a JSON value without the quotes of a string.
func scalar(data []byte) (string, error) {
	if len(data) == 0 || data[0] != '"' {
		return string(data), nil
	}
	var s string
	err := json.Unmarshal(data, &s)
	return s, err
}

func (j *quotaJSON) spec() (quota.Spec, error) {
	q := quota.Spec{Enabled: bool(j.Enabled), MaxObjects: int64(j.MaxObjects)}
	size, err := sizeOf((*int64)(j.MaxSize), (*int64)(j.MaxSizeKB))
	if size != nil {
		q.MaxBytes = *size
	}
	return q, err
}

// parseQuota reads a body that is one quota.
func parseQuota(body []byte) (quota.Spec, error) {
	var j *quotaJSON
	if json.Unmarshal(body, &j) != nil || j == nil {
		return quota.Spec{}, codeInvalidArgument
	}
	return j.spec()
}

// parseQuotas reads a body that has both quotas of a user, of which one may be
// left out. A body with neither is probably one quota that was sent without its
// quota-type; taking it for two would empty both.
func parseQuotas(body []byte) (q quota.UserSpecs, err error) {
	var j struct {
		User   *quotaJSON `json:"user_quota"`
		Bucket *quotaJSON `json:"bucket_quota"`
	}
	if json.Unmarshal(body, &j) != nil || j.User == nil && j.Bucket == nil {
		return q, codeInvalidArgument
	}
	if j.User != nil {
		q.User, err = j.User.spec()
	}
	if j.Bucket != nil && err == nil {
		q.Bucket, err = j.Bucket.spec()
	}
	return q, err
}
