package xmldoc_test

import (
	"fmt"

	"github.com/cofferstore/coffer/internal/xmldoc"
)

func ExampleDecode() {
	var tag struct {
		Key   string `xml:"Key"`
		Value string `xml:"Value"`
	}
	fmt.Println(xmldoc.Decode([]byte("\ufeff<Tag><Key>a</Key><Value>b</Value></Tag>\n"), "Tag", &tag), tag.Key, tag.Value)
	fmt.Println(xmldoc.Decode([]byte("<Tag/><Tag/>"), "Tag", &tag))
	// Output:
	// <nil> a b
	// xmldoc: something is behind the document
}
