package control

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
)

func FuzzReadRequest(f *testing.F) {
	var b bytes.Buffer
	if err := writeRequest(&b, &request{Tool: "t", Args: []string{"a", ""}}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("\xff\xff\xff\xff"))
	f.Add([]byte("\x00\x00\x00\x02{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		q, err := readRequest(bytes.NewReader(data))
		if err != nil {
			return
		}
		assert.LessOrEqual(t, len(q.Args), maxArgs)
		var again bytes.Buffer
		if writeRequest(&again, q) == nil { // escapes may make it longer
			same, err := readRequest(&again)
			assert.NoError(t, err)
			assert.Equal(t, q, same)
		}
	})
}

func FuzzReadFrame(f *testing.F) {
	f.Add([]byte("o\x00\x00\x00\x02hi"))
	f.Add([]byte("x\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, content, err := readFrame(bytes.NewReader(data))
		if err == nil {
			assert.LessOrEqual(t, len(content), maxFrame)
		}
	})
}
