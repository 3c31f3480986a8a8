package awssig

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestEscaped(t *testing.T) {
	tests := []struct {
		why, raw, want string
		mode           escapeMode
	}{
		{"unreserved bytes are plain", "AZaz09-._~", "AZaz09-._~", escapePath},
		{"however they were sent", "%41%7E%2d", "A~-", escapePath},
		{"escapes are in capitals", "%c3%bc", "%C3%BC", escapePath},
		{"a slash separates", "/a//b/", "/a//b/", escapePath},
		{"an escaped slash is data", "a%2fb", "a%2Fb", escapePath},
		{"dots are data", "/a/../b/./", "/a/../b/./", escapePath},
		{"a plus is a plus in a path", "a+b", "a%2Bb", escapePath},
		{"and a space in a form", "a+b", "a%20b", escapeForm},
		{"or not", "a+b", "a%2Bb", escapeQuery},
		{"a slash in a query is data", "a/b", "a%2Fb", escapeForm},
		{"a percent sign that escapes nothing is data", "100%", "100%25", escapePath},
		{"nor does this one", "%4g%", "%254g%25", escapePath},
		{"escapes are resolved once", "%2541", "%2541", escapePath},
		{"bytes of any kind", "\x00\xff é", "%00%FF%20%C3%A9", escapePath},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, string(appendEscaped(nil, tt.raw, tt.mode)), tt.why)
	}
}

func TestCanonicalQuery(t *testing.T) {
	tests := []struct{ why, query, want string }{
		{"nothing", "", ""},
		{"a flag gets an equals sign", "acl", "acl="},
		{"sorted by name", "b=1&a=2", "a=2&b=1"},
		{"then by value", "a=2&a=1", "a=1&a=2"},
		{"by name even where the equals sign would sort otherwise", "a-b=1&a=2", "a=2&a-b=1"},
		{"sorted as escaped", "%C3%BC=1&~=2&Z=3", "%C3%BC=1&Z=3&~=2"},
		{"equals signs in values", "a=b=c", "a=b%3Dc"},
		{"empty items are nothing", "&a=1&&", "a=1"},
		{"an empty name is a name", "=x", "=x"},
		{"a semicolon is data", "a=1;b=2", "a=1%3Bb%3D2"},
		{"the signature does not sign itself", "X-Amz-Signature=1&a=2&X-Amz-Sign%61ture=3", "a=2"},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, string(appendQuery(nil, tt.query, escapeForm, true, new(scratch))), tt.why)
	}
}

func TestFolded(t *testing.T) {
	for in, want := range map[string]string{
		"": "", " ": "", "a": "a", "  a  b\t\tc ": "a b c", "\"a  b\"": "\"a b\"", "a\r\n b": "a b",
	} {
		assert.Equal(t, want, string(appendFolded([]byte("x:"), in))[2:], "%q", in)
	}
}

// TestHeadersOutsideTheMap: net/http keeps some headers elsewhere.
func TestHeadersOutsideTheMap(t *testing.T) {
	r := &http.Request{Header: http.Header{}, ContentLength: 7, TransferEncoding: []string{"chunked"}, Trailer: http.Header{"X-T": nil}, URL: &url.URL{Host: "u"}}
	m := message{Request: r}
	s := new(scratch)
	for name, want := range map[string]string{"content-length": "7", "transfer-encoding": "chunked", "trailer": "X-T", "expect": "100-continue", "x-none": ""} {
		assert.Equal(t, want, strings.Join(m.values(name, s), ","), name)
	}
	r.ContentLength = -1
	assert.Nil(t, m.values("content-length", s))
	assert.Equal(t, "u", m.host())
}

func TestUnsorted(t *testing.T) {
	s := new(scratch)
	assert.True(t, parseSignedHeaders("x-amz-date;host", s))
	assert.Equal(t, []string{"host", "x-amz-date"}, s.names, "headers are signed in their order whatever the list says")
	assert.False(t, parseSignedHeaders("x-amz-date;host;x-amz-date", s))
}

func TestDates(t *testing.T) {
	want := time.Date(2026, 11, 2, 9, 31, 47, 0, time.UTC)
	for _, in := range []string{
		"Mon, 02 Nov 2026 09:31:47 GMT", "Mon, 02 Nov 2026 09:31:47 +0000", "Mon, 02 Nov 2026 18:31:47 +0900", "Mon, 2 Nov 2026 09:31:47 +0000",
		"Mon, 2 Nov 2026 09:31:47 GMT", "Mon, 02 Nov 2026 09:31:47 UTC", "2 Nov 2026 04:31:47 -0500", "Monday, 02-Nov-26 09:31:47 GMT",
		"Mon Nov  2 09:31:47 2026", "20261102T093147Z", "2026-11-02T09:31:47Z", "2026-11-02T10:31:47+01:00", "2026-11-02T09:31:47.000Z", " 20261102T093147Z ",
	} {
		got, ok := parseDate(in)
		assert.True(t, ok, in)
		assert.True(t, want.Equal(got), "%s is %s", in, got)
	}
	for _, in := range []string{
		"", "now", "Mon, 02 Nov 2026 09:31:47 CET", "Mon, 32 Nov 2026 09:31:47 GMT", "20261131T093147Z", "20261102T240000Z", "20261102T096047Z",
		"20261102T093160Z", "20260002T093147Z", "20261100T093147Z", "2026110xT093147Z", "20261102 093147Z", strings.Repeat("2", 100),
	} {
		_, ok := parseDate(in)
		assert.False(t, ok, in)
	}
}

func TestKeyCache(t *testing.T) {
	c := newKeyCache(2)
	id := func(i int) cacheKey { return cacheKey{accessKey: strconv.Itoa(i)} }
	a, b := deriveV2("a"), deriveV2("b")
	c.put(id(1), "a", a)
	c.put(id(2), "b", b)
	assert.Same(t, a, c.get(id(1), "a"))
	c.put(id(3), "c", deriveV2("c"))
	assert.Nil(t, c.get(id(2), "b"), "the one used longest ago goes")
	assert.Same(t, a, c.get(id(1), "a"))
	assert.Nil(t, c.get(id(1), "new"), "a key with another secret is another key")
	c.put(id(1), "new", b)
	assert.Same(t, b, c.get(id(1), "new"))
	assert.Len(t, c.items, 2)
	assert.Equal(t, 2, c.order.Len())

	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 100 {
				k := id((g + i) % 4)
				if mac := c.get(k, "s"); mac == nil {
					c.put(k, "s", deriveV2("s"))
				} else {
					assert.Len(t, mac.appendSum(nil, []byte("x")), 20)
				}
			}
		})
	}
	wg.Wait()
}

// referenceQuery is the definition of the canonical query, written down slowly.
func referenceQuery(query string) string {
	type pair struct{ name, value string }
	var all []pair
	for item := range strings.SplitSeq(query, "&") {
		if item == "" {
			continue
		}
		name, value, _ := strings.Cut(item, "=")
		all = append(all, pair{referenceEscape(name), referenceEscape(value)})
	}
	slices.SortFunc(all, func(a, b pair) int {
		if c := strings.Compare(a.name, b.name); c != 0 {
			return c
		}
		return strings.Compare(a.value, b.value)
	})
	var out []string
	for _, p := range all {
		out = append(out, p.name+"="+p.value)
	}
	return strings.Join(out, "&")
}

func referenceEscape(s string) string {
	plain, err := url.QueryUnescape(s)
	if err != nil {
		return "\x00invalid"
	}
	return strings.NewReplacer("+", "%20", "%7E", "~").Replace(url.QueryEscape(plain))
}

func FuzzCanonicalQuery(f *testing.F) {
	for _, s := range []string{"", "a", "a=1&a=0", "prefix=a+b%2f&x", "%C3%BC=~", "=&==", "a%", "k=" + strings.Repeat("%20", 50)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		s := new(scratch)
		got := string(appendQuery(nil, query, escapeForm, false, s))
		if want := referenceQuery(query); !strings.Contains(want, "\x00") && got != want {
			t.Fatalf("%q: got %q, want %q", query, got, want)
		}
		if again := string(appendQuery(nil, got, escapeForm, false, s)); again != got {
			t.Fatalf("%q: canonical form %q is not its own canonical form, %q", query, got, again)
		}
	})
}

func FuzzCanonicalPath(f *testing.F) {
	for _, s := range []string{"/", "/a b", "/%2F", "/a/../b", "/%", "/\xff", "/ü/~"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got := string(appendEscaped(nil, raw, escapePath))
		if again := string(appendEscaped(nil, got, escapePath)); again != got {
			t.Fatalf("%q: %q becomes %q", raw, got, again)
		}
		want, err := url.PathUnescape(raw)
		if back, e := url.PathUnescape(got); err == nil && (e != nil || back != want) {
			t.Fatalf("%q: %q is another path", raw, got)
		}
		if strings.Count(got, "/") != strings.Count(raw, "/") {
			t.Fatalf("%q: %q has other segments", raw, got)
		}
	})
}

// FuzzAuthorization: what the parser of the header accepts can be put together
// again from its parts.
func FuzzAuthorization(f *testing.F) {
	for _, s := range []string{
		"Credential=A/20130524/r/s3/aws4_request, SignedHeaders=host, Signature=0", "Signature=0,SignedHeaders=a;b,Credential=/a/b/20130524/r/s3/aws4_request",
		"Credential=,SignedHeaders=,Signature=", "Credential", "Credential=a,Credential=b", ",,,", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, header string) {
		cred, signed, signature, ok := parseAuthorization(header)
		if !ok {
			return
		}
		again := "Signature=" + signature + ",Credential=" + cred + ",SignedHeaders=" + signed
		if c, h, s, ok := parseAuthorization(again); !ok || c != cred || h != signed || s != signature {
			t.Fatalf("%q: %q reads differently", header, again)
		}
		if c, problem := parseCredential(cred); problem == "" && c.accessKey+"/"+c.scope != cred {
			t.Fatalf("%q: credential %q is not %q and %q", header, cred, c.accessKey, c.scope)
		}
		parseSignedHeaders(signed, new(scratch))
	})
}
