package lifecycle

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
)

// elements are the children that each element of a configuration may have; a
// '*' marks those that may be repeated. encoding/xml passes over what it does
// not know and lets the last of several win: a slip of the pen in a filter
// would then select every object.
var elements = map[string][]string{
	"":                       {"LifecycleConfiguration"},
	"LifecycleConfiguration": {"*Rule"},
	"Rule": {"ID", "Status", "Prefix", "Filter", "Expiration", "NoncurrentVersionExpiration",
		"AbortIncompleteMultipartUpload", "*Transition", "*NoncurrentVersionTransition"},
	"Filter":                         {"Prefix", "Tag", "ObjectSizeGreaterThan", "ObjectSizeLessThan", "And"},
	"And":                            {"Prefix", "*Tag", "ObjectSizeGreaterThan", "ObjectSizeLessThan"},
	"Tag":                            {"Key", "Value"},
	"Expiration":                     {"Days", "Date", "ExpiredObjectDeleteMarker"},
	"NoncurrentVersionExpiration":    {"NoncurrentDays", "NewerNoncurrentVersions"},
	"AbortIncompleteMultipartUpload": {"DaysAfterInitiation"},
	"Transition":                     {"Days", "Date", "StorageClass"},
	"NoncurrentVersionTransition":    {"NoncurrentDays", "NewerNoncurrentVersions", "StorageClass"},
}

const notSchema = "The XML you provided was not well-formed or did not validate against our published schema"

// checkElements refuses a document with elements where they do not belong.
func checkElements(data []byte) error {
	d := xml.NewDecoder(bytes.NewReader(data))
	path := []string{""}
	seen := []map[string]bool{{}}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && len(path) == 1 {
			return nil
		}
		if err != nil {
			return refuse(MalformedXML, notSchema)
		}
		switch t := token.(type) {
		case xml.StartElement:
			name, parent, top := t.Name.Local, path[len(path)-1], seen[len(seen)-1]
			once := slices.Contains(elements[parent], name)
			if !once && !slices.Contains(elements[parent], "*"+name) || once && top[name] {
				return refuse(MalformedXML, notSchema)
			}
			top[name] = true
			path, seen = append(path, name), append(seen, map[string]bool{})
		case xml.EndElement:
			path, seen = path[:len(path)-1], seen[:len(seen)-1]
		}
	}
}
