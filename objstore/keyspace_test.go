package objstore

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
)

func FuzzEscaping(f *testing.F) {
	for _, s := range []string{"", "a", "a\x00", "a\x00\x01", "a\x00\xff", "\x00\x00", "a/b", "\xff\xff"} {
		f.Add(s, "a\x00", []byte("tail"))
	}
	f.Fuzz(func(t *testing.T, a, b string, tail []byte) {
		ea, eb := appendEscaped(nil, a), appendEscaped(nil, b)
		got, rest, ok := cutEscaped(append(ea[:len(ea):len(ea)], tail...))
		require.True(t, ok)
		require.Equal(t, a, got)
		require.True(t, bytes.Equal(tail, rest))
		require.Equal(t, strings.Compare(a, b), bytes.Compare(ea, eb), "order is kept")
		if a != b {
			require.False(t, bytes.HasPrefix(ea, eb), "no component is a prefix of another")
		}
		// Any bytes may be in a damaged row.
		if s, rest, ok := cutEscaped(tail); ok {
			require.True(t, bytes.Equal(tail, append(appendEscaped(nil, s), rest...)))
		}
	})
}

func TestRowsOfOneKeyDoNotMixWithOthers(t *testing.T) {
	ref := [16]byte{1}
	prefix := versionsOf(ref, "a")
	for _, other := range []string{"", "a\x00", "a\x00\x01", "ab", "a\xff"} {
		at := versionRow(ref, other, 5)
		inside := bytes.Compare(at, prefix) >= 0 && bytes.Compare(at, after(prefix)) < 0
		assert.False(t, inside, "a version of %q among those of %q", other, "a")
	}
	newer, older := versionRow(ref, "a", 6), versionRow(ref, "a", 5)
	assert.Negative(t, bytes.Compare(newer, older), "newest first")
}

func TestRowKeysFit(t *testing.T) {
	worst := strings.Repeat("\x00", MaxKeyLen)
	assert.LessOrEqual(t, len(versionRow([16]byte{}, worst, 1)), driver.MaxKeyLen)
	assert.LessOrEqual(t, len(uploadRow([16]byte{}, worst, [16]byte{})), driver.MaxKeyLen)
	owner := BucketID{Tenant: strings.Repeat("\x00", maxTenant), Name: strings.Repeat("a", 63)}
	assert.LessOrEqual(t, len(ownerRow(strings.Repeat("\x00", maxOwner), owner)), driver.MaxKeyLen)
}

func TestAfter(t *testing.T) {
	tests := []struct {
		prefix, want string
		why          string
	}{
		{"a", "b", "the next byte"},
		{"a\xff", "b", "a byte that overflows carries"},
		{"\xff\xff", "", "nothing is after the last prefix: to the end"},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, string(after([]byte(tt.prefix))), tt.why)
	}
}
