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
	if err != nil {
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
	if err != nil {
		return err
	}
	v, err := strconv.ParseBool(strings.ToLower(text))
	*b = jsonBool(v)
	return err
}

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
	err := setSize(&q, (*int64)(j.MaxSize), (*int64)(j.MaxSizeKB))
	return q, err
}

// quotaChange reads a body: one quota, or with the kind "" both.
func quotaChange(body []byte, kind string) (func(*quota.UserSpecs) error, error) {
	var one quotaJSON
	var both struct {
		User   quotaJSON `json:"user_quota"`
		Bucket quotaJSON `json:"bucket_quota"`
	}
	var into any = &one
	if kind == "" {
		into = &both
	}
	if json.Unmarshal(body, into) != nil {
		return nil, codeInvalidArgument
	}
	if kind != "" {
		both.User, both.Bucket = one, one
	}
	user, err := both.User.spec()
	if err != nil {
		return nil, err
	}
	bucket, err := both.Bucket.spec()
	if err != nil {
		return nil, err
	}
	return func(q *quota.UserSpecs) error {
		if kind != "bucket" {
			q.User = user
		}
		if kind != "user" {
			q.Bucket = bucket
		}
		return nil
	}, nil
}
