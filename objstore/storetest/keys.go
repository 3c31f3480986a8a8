package storetest

import (
	"slices"
	"strings"

	"github.com/stretchr/testify/assert"

	"github.com/cofferstore/coffer/objstore"
)

// oddKeys are keys that a store gets wrong when it takes them for paths, URLs
// or text.
var oddKeys = []struct{ key, why string }{
	{"..", "a key is no path: the parent directory does not exist"},
	{"../../etc/passwd", "nor may it lead out of anywhere"},
	{".", "nor is there a current directory"},
	{"a/./b", "a path would be cleaned to a/b"},
	{"a/b", "it is another key than a/./b and a//b"},
	{"a//b", "empty components count"},
	{"a/", "a key may end in a slash beside the keys below it"},
	{"a", "and be a prefix of others, as no file can beside a directory"},
	{"/a", "a leading slash belongs to the key"},
	{"//", "a key may be slashes alone"},
	{"%2F", "it is not decoded twice"},
	{"%", "nor need it be decodable"},
	{"a b+c", "a plus is no space"},
	{"?versionId=x&b#c", "these delimit parts of a URL, not of a key"},
	{"\x01\x1f\x7f", "control characters are bytes like others"},
	{"a\x00b", "zero ends no key, although it ends strings elsewhere"},
	{"a\x00", "and sorts right behind its prefix"},
	{"\xff\xfe", "a key need not be UTF-8"},
	{"a\xffb", "not even in the middle"},
	{"\u00e9", "composed and"},
	{"e\u0301", "decomposed characters are different keys"},
	{"A", "upper and lower case are different"},
	{"null", "a key may look like a version id"},
	{strings.Repeat("k", objstore.MaxKeyLen), "1024 bytes is the longest key"},
	{strings.Repeat("\x00", objstore.MaxKeyLen), "also of bytes that a store may have to escape"},
	{strings.Repeat("d/", objstore.MaxKeyLen/2), "also of many components"},
}

func (e *env) carries(key string) bool { return e.Key == nil || e.Key(key) }

func keyCases() []testCase {
	var cases []testCase
	cases = append(cases, testCase{
		name: "all beside each other",
		why:  "different keys are different objects, listed in byte order",
		run: func(e *env) {
			var want []string
			for _, k := range oddKeys {
				if e.carries(k.key) {
					e.put(k.key, "body of "+k.key)
					want = append(want, k.key)
				}
			}
			slices.Sort(want)
			assert.Equal(e.t, want, e.keys())
			for _, key := range want {
				assert.Equal(e.t, "body of "+key, e.get(key, ""), "%q", key)
			}
		},
	}, testCase{
		name: "longer than 1024 bytes",
		why:  "S3 limits keys; a longer one must not be cut, which would overwrite another",
		run: func(e *env) {
			_, err := e.Objects.Put(e.ctx, e.bucket, strings.Repeat("k", objstore.MaxKeyLen+1), nil, objstore.Conditions{})
			e.fails(err, objstore.ErrKeyTooLong)
			assert.Empty(e.t, e.keys())
		},
	})
	for _, k := range oddKeys {
		cases = append(cases, testCase{name: caseName(k.key), why: k.why, run: func(e *env) {
			if !e.carries(k.key) {
				e.t.Skip("the protocol cannot carry this key")
			}
			e.put(k.key, "1")
			assert.Equal(e.t, []string{k.key}, e.keys())
			e.put(k.key, "second")
			assert.Equal(e.t, "second", e.get(k.key, ""))
			e.delete(k.key, "")
			e.gone(k.key)
			assert.Empty(e.t, e.keys())
		}})
	}
	return cases
}

// caseName makes a readable name of a key for a test.
func caseName(key string) string {
	if len(key) > 20 {
		key = key[:20] + "..."
	}
	return key
}
