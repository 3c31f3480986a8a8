package website_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/s3http/website"
)

const index = "<IndexDocument><Suffix>index.html</Suffix></IndexDocument>"

func site(inner string) string {
	return `<WebsiteConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` + inner + `</WebsiteConfiguration>`
}

func rules(inner string) string { return site(index + "<RoutingRules>" + inner + "</RoutingRules>") }

func rule(condition, redirect string) string {
	if condition != "" {
		condition = "<Condition>" + condition + "</Condition>"
	}
	return "<RoutingRule>" + condition + "<Redirect>" + redirect + "</Redirect></RoutingRule>"
}

func TestRedirect(t *testing.T) {
	const docs = "<KeyPrefixEquals>docs/</KeyPrefixEquals>"
	const notFound = "<HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals>"
	for _, tc := range []struct {
		why, rules, key string
		status          int // 0 = before the object is looked up
		want            website.Target
	}{
		{"another prefix", rule(docs, "<ReplaceKeyPrefixWith>documents/</ReplaceKeyPrefixWith>"), "docs/a", 0, website.Target{Status: 301, URL: "http://h/documents/a"}},
		{"an empty prefix", rule(docs, "<ReplaceKeyPrefixWith></ReplaceKeyPrefixWith>"), "docs/a", 0, website.Target{Status: 301, URL: "http://h/a"}},
		{"one page for all", rule(docs, "<ReplaceKeyWith>gone.html</ReplaceKeyWith>"), "docs/a", 0, website.Target{Status: 301, URL: "http://h/gone.html"}},
		{"another host, protocol and code", rule("", "<Protocol>https</Protocol><HostName>x.test</HostName><HttpRedirectCode>307</HttpRedirectCode>"), "a b?", 0, website.Target{Status: 307, URL: "https://x.test/a%20b%3F"}},
		{"a rule for errors waits for one", rule(notFound, "<HostName>x.test</HostName>"), "a", 0, website.Target{}},
		{"of its code", rule(notFound, "<HostName>x.test</HostName>"), "a", 403, website.Target{}},
		{"and then counts", rule(notFound, "<HostName>x.test</HostName><ReplaceKeyPrefixWith>report-404/</ReplaceKeyPrefixWith>"), "a", 404, website.Target{Status: 301, URL: "http://x.test/report-404/a"}},
		{"both conditions must hold", rule(docs+notFound, "<HostName>x.test</HostName>"), "a", 404, website.Target{}},
		{"a rule without an error is not one for errors", rule(docs, "<HostName>x.test</HostName>"), "docs/a", 404, website.Target{}},
		{"the first that fits", rule(docs, "<HostName>x.test</HostName>") + rule("", "<HostName>y.test</HostName>"), "docs/a", 0, website.Target{Status: 301, URL: "http://x.test/docs/a"}},
		{"no rule fits", rule(docs, "<HostName>x.test</HostName>"), "a", 0, website.Target{}},
	} {
		c, err := website.Parse([]byte(rules(tc.rules)))
		require.NoError(t, err, tc.why)
		got, found := c.Redirect(website.Request{Scheme: "http", Host: "h", Key: tc.key}, tc.status)
		assert.Equal(t, tc.want, got, tc.why)
		assert.Equal(t, tc.want.Status != 0, found, tc.why)
	}
}

func TestRedirectAll(t *testing.T) {
	for _, tc := range []struct{ why, inner, want string }{
		{"the protocol stays", "<HostName>x.test</HostName>", "http://x.test/a/b"},
		{"or is set", "<HostName>x.test</HostName><Protocol>https</Protocol>", "https://x.test/a/b"},
		{"a path may stand in the host", "<HostName>x.test/sub</HostName>", "http://x.test/sub/a/b"},
	} {
		c, err := website.Parse([]byte(site("<RedirectAllRequestsTo>" + tc.inner + "</RedirectAllRequestsTo>")))
		require.NoError(t, err, tc.why)
		got, found := c.RedirectAll(website.Request{Scheme: "http", Host: "h", Key: "a/b"})
		assert.True(t, found, tc.why)
		assert.Equal(t, website.Target{Status: 301, URL: tc.want}, got, tc.why)
	}
}

func TestDocument(t *testing.T) {
	c, err := website.Parse([]byte(site(index)))
	require.NoError(t, err)
	for key, want := range map[string]string{"": "index.html", "a": "a", "a/": "a/index.html", "a/b": "a/b"} {
		assert.Equal(t, want, c.Document(key))
	}
}

func TestRefused(t *testing.T) {
	const host = "<HostName>x</HostName>"
	for _, tc := range []struct {
		why, doc string
		code     website.Code
	}{
		{"not XML", "x", website.MalformedXML},
		{"another document", "<a/>", website.MalformedXML},
		{"something behind the end", site(index) + "<a/>", website.MalformedXML},
		{"an element that means nothing", site(index + "<Robots/>"), website.MalformedXML},
		{"an element twice", site(index + index), website.MalformedXML},
		{"no index", site(""), website.InvalidArgument},
		{"an index in a directory", site("<IndexDocument><Suffix>a/b</Suffix></IndexDocument>"), website.InvalidArgument},
		{"an empty error document", site(index + "<ErrorDocument><Key></Key></ErrorDocument>"), website.InvalidArgument},
		{"both kinds", site(index + "<RedirectAllRequestsTo>" + host + "</RedirectAllRequestsTo>"), website.InvalidArgument},
		{"a redirect to nowhere", site("<RedirectAllRequestsTo></RedirectAllRequestsTo>"), website.MalformedXML},
		{"a protocol that is none", site("<RedirectAllRequestsTo>" + host + "<Protocol>ftp</Protocol></RedirectAllRequestsTo>"), website.InvalidRequest},
		{"no rules", rules(""), website.MalformedXML},
		{"a rule without a redirect", rules("<RoutingRule></RoutingRule>"), website.MalformedXML},
		{"a condition without one", rules("<RoutingRule><Condition></Condition><Redirect>" + host + "</Redirect></RoutingRule>"), website.InvalidRequest},
		{"a code that is no error", rules(rule("<HttpErrorCodeReturnedEquals>200</HttpErrorCodeReturnedEquals>", host)), website.InvalidRequest},
		{"a code that is no redirect", rules(rule("", host+"<HttpRedirectCode>200</HttpRedirectCode>")), website.InvalidRequest},
		{"two replacements", rules(rule("", "<ReplaceKeyWith>a</ReplaceKeyWith><ReplaceKeyPrefixWith>b</ReplaceKeyPrefixWith>")), website.InvalidRequest},
		{"a host that would break a header", rules(rule("", "<HostName>x&#13;&#10;y</HostName>")), website.InvalidRequest},
		{"too many rules", rules(strings.Repeat(rule("", host), website.MaxRules+1)), website.InvalidRequest},
		{"too long", site(index + strings.Repeat(" ", website.MaxSize)), website.MalformedXML},
	} {
		_, err := website.Parse([]byte(tc.doc))
		assert.ErrorIs(t, err, tc.code, tc.why)
	}
}

func TestRoundTrip(t *testing.T) {
	doc := site(index + "<ErrorDocument><Key>e</Key></ErrorDocument><RoutingRules>" +
		rule("<KeyPrefixEquals>a</KeyPrefixEquals>", "<ReplaceKeyPrefixWith></ReplaceKeyPrefixWith>") + rule("", "<HostName>x</HostName>") + "</RoutingRules>")
	c, err := website.Parse([]byte(doc))
	require.NoError(t, err)
	data, err := c.XML()
	require.NoError(t, err)
	assert.Equal(t, doc, string(data))
}

func FuzzParse(f *testing.F) {
	f.Add(rules(rule("<KeyPrefixEquals>a</KeyPrefixEquals>", "<HostName>x/y</HostName>")), "key")
	f.Fuzz(func(t *testing.T, doc, key string) {
		c, err := website.Parse([]byte(doc))
		if err != nil {
			return
		}
		r := website.Request{Scheme: "http", Host: "h", Key: key}
		if target, found := c.Redirect(r, 0); found {
			assert.NotContains(t, target.URL, "\n")
			assert.Greater(t, target.Status, 300)
		}
		if _, all := c.RedirectAll(r); !all {
			c.Document(key)
		}
	})
}
