package xmldoc_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cofferstore/coffer/internal/xmldoc"
)

type document struct {
	Name string `xml:"Name"`
}

func TestDecode(t *testing.T) {
	const doc = `<Doc xmlns="urn:x"><Name>n</Name></Doc>`
	for _, tt := range []struct {
		explanation string
		data        string
		ok          bool
	}{
		{"the document alone", doc, true},
		{"as text files end", doc + "\r\n", true},
		{"as .NET writes it", "\ufeff" + `<?xml version="1.0" encoding="utf-8"?>` + "\n" + doc, true},
		{"comments", "<!-- a -->" + doc + "<!-- b -->", true},
		{"instructions", `<?xml-stylesheet href="x"?>` + doc + "<?x?>", true},
		{"text behind", doc + "x", false},
		{"a second root", doc + doc, false},
		{"an end behind", doc + "</Doc>", false},
		{"text in front", "x" + doc, false},
		{"a mark that is not in front", " \ufeff" + doc, false},
		{"a document type could define entities", `<!DOCTYPE Doc [<!ENTITY a "b">]>` + doc, false},
		{"a document type behind", doc + "<!DOCTYPE Doc>", false},
		{"an entity that nobody defined", `<Doc><Name>&a;</Name></Doc>`, false},
		{"another root", `<Other/>`, false},
		{"no root", "<!-- a -->", false},
		{"nothing", "", false},
		{"cut off", doc[:len(doc)-2], false},
		{"another encoding", `<?xml version="1.0" encoding="UTF-16"?>` + doc, false},
		{"no UTF-8", "<Doc><Name>\xff</Name></Doc>", false},
	} {
		t.Run(tt.explanation, func(t *testing.T) {
			var d document
			err := xmldoc.Decode([]byte(tt.data), "Doc", &d)
			if !tt.ok {
				assert.Error(t, err)
				return
			}
			assert.NoError(t, err)
			assert.Equal(t, "n", d.Name)
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("\ufeff<Doc><Name>n</Name></Doc>\n"))
	f.Add([]byte("<!DOCTYPE Doc><Doc/>"))
	f.Fuzz(func(_ *testing.T, data []byte) {
		var d document
		_ = xmldoc.Decode(data, "Doc", &d) // any error is right, a panic is not
	})
}
