package lifecycle

import (
	"encoding/xml"
	"time"
)

// Limits of a configuration (S3: PutBucketLifecycleConfiguration).
const (
	MaxRules = 1000
	MaxSize  = 2 << 20 // bytes of XML
	maxID    = 255     // characters of a rule's ID
)

// Document is the kind of the bucket document that holds a configuration, as
// [Config.XML] makes it.
const Document = "lifecycle"

// Config is the lifecycle rules of a bucket. It does not change.
type Config struct {
	XMLName xml.Name `xml:"LifecycleConfiguration"`
	Rules   []Rule   `xml:"Rule"`
}

// Rule says what becomes of the objects that it filters.
type Rule struct {
	ID     string  `xml:"ID"`
	Status string  `xml:"Status"` // Enabled or Disabled
	Prefix *string `xml:"Prefix"` // the older form of a filter
	Filter *Filter `xml:"Filter"`

	Expiration  *Expiration           `xml:"Expiration"`
	Noncurrent  *NoncurrentExpiration `xml:"NoncurrentVersionExpiration"`
	AbortUpload *AbortUpload          `xml:"AbortIncompleteMultipartUpload"`

	Transitions           []struct{} `xml:"Transition"`
	NoncurrentTransitions []struct{} `xml:"NoncurrentVersionTransition"`
}

// Filter selects objects; And holds several conditions that must all hold.
type Filter struct {
	Prefix      *string `xml:"Prefix"`
	Tag         *Tag    `xml:"Tag"`
	GreaterThan *int64  `xml:"ObjectSizeGreaterThan"` // bytes
	LessThan    *int64  `xml:"ObjectSizeLessThan"`    // bytes
	And         *And    `xml:"And"`
}

// And is a conjunction of conditions.
type And struct {
	Prefix      *string `xml:"Prefix"`
	Tags        []Tag   `xml:"Tag"`
	GreaterThan *int64  `xml:"ObjectSizeGreaterThan"`
	LessThan    *int64  `xml:"ObjectSizeLessThan"`
}

// Tag is a tag that an object must have.
type Tag struct {
	Key   string `xml:"Key"`
	Value string `xml:"Value"`
}

// Expiration removes current versions: Days after they were written, or from
// Date on; DeleteMarker removes delete markers that hide nothing any more.
type Expiration struct {
	Days         *int       `xml:"Days"`
	Date         *time.Time `xml:"Date"`
	DeleteMarker *bool      `xml:"ExpiredObjectDeleteMarker"`
}

// NoncurrentExpiration removes noncurrent versions Days after they became so,
// all but the Newer newest ones.
type NoncurrentExpiration struct {
	Days  *int `xml:"NoncurrentDays"`
	Newer *int `xml:"NewerNoncurrentVersions"`
}

// AbortUpload aborts multipart uploads Days after they were begun.
type AbortUpload struct {
	Days *int `xml:"DaysAfterInitiation"`
}

// XML returns the configuration as a document, without the XML declaration.
func (c *Config) XML() ([]byte, error) {
	out := struct {
		XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ LifecycleConfiguration"`
		Rules   []Rule   `xml:"Rule"`
	}{Rules: c.Rules}
	return xml.Marshal(out)
}
