package rgwdoc_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/admin/rgwdoc"
)

// names is a sequence of n names of 100 bytes, and then of err where there is one.
func names(n int, err error) rgwdoc.Sequence {
	return rgwdoc.Sequence{Item: "name", Items: func(yield func(any, error) bool) {
		for range n {
			if !yield(strings.Repeat("x", 100), nil) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}}
}

func TestSequences(t *testing.T) {
	for _, n := range []int{0, 1, 1000} {
		l := rgwdoc.List{Item: "name"}
		for item := range names(n, nil).Items {
			l.Items = append(l.Items, item)
		}
		want := rgwdoc.Document{Root: "r", Body: rgwdoc.Object{rgwdoc.Field("names", l), rgwdoc.Field("n", n)}}
		got := rgwdoc.Document{Root: "r", Body: rgwdoc.Object{rgwdoc.Field("names", names(n, nil)), rgwdoc.Field("n", n)}}
		assert.Equal(t, string(want.JSON()), string(got.JSON()), "a sequence of %d is written as a list", n)
		assert.Equal(t, string(want.XML()), string(got.XML()), "a sequence of %d is written as a list", n)
	}
}

// limited takes some bytes, and fails then.
type limited struct{ left int }

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

func TestSequencesEndWithAnError(t *testing.T) {
	broken := errors.New("disk on fire")
	for _, write := range []func(*rgwdoc.Document, io.Writer) error{(*rgwdoc.Document).WriteJSON, (*rgwdoc.Document).WriteXML} {
		var b bytes.Buffer
		nested := rgwdoc.List{Item: "list", Items: []any{names(1000, broken), names(1000, nil)}}
		require.ErrorIs(t, write(&rgwdoc.Document{Root: "r", Body: nested}, &b), broken)
		assert.Less(t, b.Len(), 150_000, "nothing comes after it")

		made := 0
		endless := rgwdoc.Sequence{Item: "name", Items: func(yield func(any, error) bool) {
			for yield("name", nil) {
				made++
			}
		}}
		require.ErrorIs(t, write(&rgwdoc.Document{Root: "r", Body: endless}, &limited{left: 10_000}), io.ErrClosedPipe, "nobody is left to read on")
		assert.NotZero(t, made)
	}
}
