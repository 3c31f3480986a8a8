package cors

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func rule(inner string) string {
	return `<CORSConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><CORSRule>` + inner + `</CORSRule></CORSConfiguration>`
}

const get = `<AllowedMethod>GET</AllowedMethod>`

func TestMatch(t *testing.T) {
	for _, tc := range []struct {
		why, rule, origin, method string
		headers                   []string
		want                      bool
	}{
		{"the origin itself", get + `<AllowedOrigin>http://a</AllowedOrigin>`, "http://a", "GET", nil, true},
		{"origins mind scheme and port", get + `<AllowedOrigin>http://a</AllowedOrigin>`, "http://a:8080", "GET", nil, false},
		{"one star stands for anything", get + `<AllowedOrigin>http://*.a</AllowedOrigin>`, "http://x.y.a", "GET", nil, true},
		{"head and tail must not overlap", get + `<AllowedOrigin>http://a*a</AllowedOrigin>`, "http://a", "GET", nil, false},
		{"methods must be listed", get + `<AllowedOrigin>*</AllowedOrigin>`, "http://a", "PUT", nil, false},
		{"headers that are asked for must be allowed", get + `<AllowedOrigin>*</AllowedOrigin>`, "http://a", "GET", []string{"x-y"}, false},
		{"header names do not mind case", get + `<AllowedOrigin>*</AllowedOrigin><AllowedHeader>X-Amz-*</AllowedHeader>`, "http://a", "GET", []string{"x-amz-date"}, true},
		{"all of them", get + `<AllowedOrigin>*</AllowedOrigin><AllowedHeader>x-a</AllowedHeader>`, "http://a", "GET", []string{"x-a", "x-b"}, false},
		{"without an origin it is no cross-origin request", get + `<AllowedOrigin>*</AllowedOrigin>`, "", "GET", nil, false},
	} {
		c, err := Parse([]byte(rule(tc.rule)))
		require.NoError(t, err, tc.why)
		assert.Equal(t, tc.want, c.Match(tc.origin, tc.method, tc.headers) != nil, tc.why)
	}
}

func TestFirstRuleAnswers(t *testing.T) {
	c, err := Parse([]byte(`<CORSConfiguration><CORSRule><ID>1</ID>` + get + `<AllowedOrigin>http://a</AllowedOrigin></CORSRule>` +
		`<CORSRule><ID>2</ID>` + get + `<AllowedOrigin>*</AllowedOrigin><MaxAgeSeconds>9</MaxAgeSeconds><ExposeHeader>ETag</ExposeHeader></CORSRule></CORSConfiguration>`))
	require.NoError(t, err)
	assert.Equal(t, "1", c.Match("http://a", "GET", nil).ID)
	r := c.Match("http://b", "GET", nil)
	assert.Equal(t, []Field{
		{"Access-Control-Allow-Origin", "*"}, {"Access-Control-Allow-Methods", "GET"}, {"Access-Control-Allow-Headers", "x-y"},
		{"Access-Control-Expose-Headers", "ETag"}, {"Access-Control-Max-Age", "9"},
		{"Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"},
	}, r.Answer("http://b", []string{"X-Y"}), "a rule for everybody is answered with a star and no credentials")
	assert.Contains(t, c.Rules[0].Answer("http://a", nil), Field{"Access-Control-Allow-Credentials", "true"})
}

func TestRefused(t *testing.T) {
	for _, tc := range []struct {
		why, doc string
		code     Code
	}{
		{"not XML", "x", MalformedXML},
		{"no rule", "<CORSConfiguration/>", MalformedXML},
		{"a rule without origin", rule(get), MalformedXML},
		{"a rule without method", rule("<AllowedOrigin>*</AllowedOrigin>"), MalformedXML},
		{"a method that browsers do not ask for", rule("<AllowedOrigin>*</AllowedOrigin><AllowedMethod>PATCH</AllowedMethod>"), InvalidRequest},
		{"two stars in an origin", rule(get + "<AllowedOrigin>*.*</AllowedOrigin>"), InvalidRequest},
		{"two stars in a header", rule(get + "<AllowedOrigin>*</AllowedOrigin><AllowedHeader>*-*</AllowedHeader>"), InvalidRequest},
		{"a star among exposed headers", rule(get + "<AllowedOrigin>*</AllowedOrigin><ExposeHeader>x-*</ExposeHeader>"), InvalidRequest},
		{"too many rules", "<CORSConfiguration>" + strings.Repeat("<CORSRule>"+get+"<AllowedOrigin>*</AllowedOrigin></CORSRule>", MaxRules+1) + "</CORSConfiguration>", InvalidRequest},
		{"an element that means nothing", rule(get + "<AllowedOrigin>*</AllowedOrigin><AllowCredentials>true</AllowCredentials>"), MalformedXML},
		{"a header name that would break the answer", rule(get + "<AllowedOrigin>*</AllowedOrigin><ExposeHeader>a&#13;&#10;b: c</ExposeHeader>"), InvalidRequest},
	} {
		_, err := Parse([]byte(tc.doc))
		assert.ErrorIs(t, err, tc.code, tc.why)
	}
}

func TestRoundTrip(t *testing.T) {
	c, err := Parse([]byte(rule(get + `<AllowedOrigin>*</AllowedOrigin><MaxAgeSeconds>0</MaxAgeSeconds>`)))
	require.NoError(t, err)
	data, err := c.XML()
	require.NoError(t, err)
	again, err := Parse(data)
	require.NoError(t, err)
	assert.Equal(t, c.Rules, again.Rules)
}

func FuzzParse(f *testing.F) {
	f.Add(rule(get+`<AllowedOrigin>http://*</AllowedOrigin>`), "http://a")
	f.Fuzz(func(t *testing.T, doc, origin string) {
		c, err := Parse([]byte(doc))
		if err != nil {
			return
		}
		if r := c.Match(origin, "GET", nil); r != nil {
			r.Answer(origin, nil)
		}
	})
}
