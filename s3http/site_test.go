package s3http_test

import (
	"strings"
	"testing"

	"github.com/cofferstore/coffer/auth"
)

const siteConfig = `<WebsiteConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IndexDocument><Suffix>index.html</Suffix></IndexDocument>` +
	`<ErrorDocument><Key>oops.html</Key></ErrorDocument><RoutingRules>` +
	`<RoutingRule><Condition><KeyPrefixEquals>old/</KeyPrefixEquals></Condition><Redirect><ReplaceKeyPrefixWith>new/</ReplaceKeyPrefixWith></Redirect></RoutingRule>` +
	`<RoutingRule><Condition><KeyPrefixEquals>gone/</KeyPrefixEquals><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition>` +
	`<Redirect><HostName>archive.test</HostName><HttpRedirectCode>302</HttpRedirectCode></Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>`

// siteFixture has a website that nobody in particular may read; keys below
// "secret/" they may not.
func siteFixture(t *testing.T) *fixture {
	f := newFixture(t, func(o *optionsT) {
		o.Domains, o.WebsiteDomains = []string{"s3.test"}, []string{"web.test", "web.s3.test"}
		o.Authorizer = rights(func(r *auth.Request) bool {
			return r.Identity.ID == "alice" || r.Resource.Bucket != "private" && (r.Action == "s3:GetObject" || r.Action == "s3:ListBucket") && !strings.HasPrefix(r.Resource.Key, "secret/")
		})
	})
	for _, bucket := range []string{"/site", "/plain", "/private"} {
		f.ok("PUT", bucket, "")
	}
	for key, body := range map[string]string{"index.html": "home", "news/index.html": "news", "a.txt": "text", "oops.html": "oops", "gone/b": "b", "secret/x": "x"} {
		f.ok("PUT", "/site/"+key, body, "Content-Type: text/html")
	}
	f.ok("PUT", "/site/moved", "", "X-Amz-Website-Redirect-Location: /a.txt")
	f.ok("PUT", "/site?website", siteConfig)
	f.ok("PUT", "/private/index.html", "x")
	f.ok("PUT", "/private?website", siteConfig)
	return f
}

func TestWebsiteConfiguration(t *testing.T) {
	f := siteFixture(t)
	f.run(
		step{why: "it comes back as it was set", request: "GET /site?website", status: 200, has: []string{siteConfig}},
		step{why: "what Amazon refuses is refused", request: "PUT /site?website", body: "<WebsiteConfiguration/>", status: 400, code: "InvalidArgument"},
		step{why: "no document", request: "PUT /site?website", status: 400, code: "MalformedXML"},
		step{why: "none", request: "GET /plain?website", status: 404, code: "NoSuchWebsiteConfiguration"},
		step{why: "the owner's business", request: "PUT /site?website", body: siteConfig, headers: []string{"X-Test-User: bob"}, status: 403, code: "AccessDenied"},
		step{why: "removed", request: "DELETE /site?website", status: 204},
		step{why: "and gone", request: "GET /site?website", status: 404, code: "NoSuchWebsiteConfiguration"},
	)
}

func TestWebsite(t *testing.T) {
	f := siteFixture(t)
	const host = "Host: site.web.test"
	page := func(why, request string, status int, body string, more ...string) step {
		return step{why: why, request: request, headers: []string{host}, status: status, exact: str(body), answer: more}
	}
	f.run(
		page("the index of the root", "GET /", 200, "home", "Content-Type: text/html"),
		page("the index of a directory", "GET /news/", 200, "news"),
		page("a page", "GET /a.txt", 200, "text"),
		page("its head", "HEAD /a.txt", 200, "", "Content-Length: 4"),
		page("a query means nothing", "GET /a.txt?acl&partNumber=x&versionId=y", 200, "text"),
		page("a directory without its slash", "GET /news", 302, "", "Location: /news/"),
		page("an object that is elsewhere", "GET /moved", 301, "", "Location: /a.txt"),
		page("a routing rule by prefix", "GET /old/x%20y", 301, "", "Location: http://site.web.test/new/x%20y"),
		page("a routing rule for an error waits for it", "GET /gone/b", 200, "b"),
		page("and then counts", "GET /gone/c", 302, "", "Location: http://archive.test/gone/c"),
		page("the error document has the error's status", "GET /none", 404, "oops", "Content-Type: text/html"),
		page("its head too", "HEAD /none", 404, ""),
		page("also where access is denied", "GET /secret/x", 403, "oops"),
		step{why: "a range", request: "GET /a.txt", headers: []string{host, "Range: bytes=1-2"}, status: 206, exact: str("ex")},
		step{why: "a condition", request: "GET /a.txt", headers: []string{host, "If-None-Match: *"}, status: 304, exact: str("")},
		step{why: "credentials mean nothing", request: "GET /a.txt", headers: []string{host, "X-Test-User: unknown"}, status: 200, exact: str("text")},
		step{why: "ports and upper case in the host", request: "GET /a.txt", headers: []string{"Host: Site.Web.Test:8080"}, status: 200, exact: str("text")},
		step{why: "the longest domain counts, be it of websites", request: "GET /a.txt", headers: []string{"Host: site.web.s3.test"}, status: 200, exact: str("text")},
		step{why: "the API's hosts stay the API's", request: "GET /none", headers: []string{"Host: site.s3.test"}, status: 404, code: "NoSuchKey"},
	)
}

func TestWebsiteErrors(t *testing.T) {
	f := siteFixture(t)
	html := []string{"Content-Type: text/html; charset=utf-8"}
	f.run(
		step{why: "no such bucket", request: "GET /", headers: []string{"Host: none.web.test"}, status: 404, answer: append(html, "X-Amz-Error-Code: NoSuchBucket"),
			has: []string{"<h1>404 Not Found</h1>", "<li>Code: NoSuchBucket</li>", "<li>BucketName: none</li>"}},
		step{why: "no website", request: "GET /", headers: []string{"Host: plain.web.test"}, status: 404, answer: html, has: []string{"<li>Code: NoSuchWebsiteConfiguration</li>"}},
		step{why: "the error document is denied as well", request: "GET /", headers: []string{"Host: private.web.test"}, status: 403, answer: html,
			has: []string{"<li>Code: AccessDenied</li>", "An Error Occurred While Attempting to Retrieve a Custom Error Document"}},
		step{why: "nothing can be written", request: "PUT /x", body: "x", headers: []string{"Host: site.web.test"}, status: 405, answer: append(html, "Allow: GET, HEAD, OPTIONS"), has: []string{"<li>Code: MethodNotAllowed</li>"}},
		step{why: "nor by a form", request: "POST /", body: "x", headers: []string{"Host: site.web.test"}, status: 405},
	)
	f.ok("DELETE", "/site/oops.html", "")
	f.run(step{why: "keys cannot break out of the page", request: "GET /%3Cscript%3E", headers: []string{"Host: site.web.test"}, status: 404, answer: html,
		has: []string{"<li>Key: &lt;script&gt;</li>", "Custom Error Document"}, hasNot: []string{"<script>"}})
	f.ok("PUT", "/site?website", `<WebsiteConfiguration><RedirectAllRequestsTo><HostName>new.test</HostName><Protocol>https</Protocol></RedirectAllRequestsTo></WebsiteConfiguration>`)
	f.run(step{why: "all of it is elsewhere", request: "GET /a/b", headers: []string{"Host: site.web.test"}, status: 301, answer: []string{"Location: https://new.test/a/b"}})
	f.ok("PUT", "/site?cors", corsRules)
	f.run(step{why: "CORS holds for websites too", request: "OPTIONS /a", headers: []string{"Host: site.web.test", "Origin: https://app.test", "Access-Control-Request-Method: GET"}, status: 200,
		answer: []string{"Access-Control-Allow-Origin: https://app.test"}})
}

// TestWebsiteByPolicy is a website as most are set up: a policy lets everybody
// read the objects, and nobody list them.
func TestWebsiteByPolicy(t *testing.T) {
	f := newFixture(t, func(o *optionsT) { o.WebsiteDomains = []string{"web.test"} })
	f.ok("PUT", "/site", "")
	f.ok("PUT", "/site/index.html", "home")
	f.ok("PUT", "/site?website", siteConfig)
	const host = "Host: site.web.test"
	f.run(step{why: "private until somebody says otherwise", request: "GET /", headers: []string{host}, status: 403, has: []string{"<li>Code: AccessDenied</li>"}})
	f.ok("PUT", "/site?policy", `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::site/*"}]}`)
	f.run(
		step{why: "public", request: "GET /", headers: []string{host}, status: 200, exact: str("home")},
		step{why: "who may not list does not learn what is absent", request: "GET /none", headers: []string{host}, status: 403, has: []string{"<li>Code: AccessDenied</li>"}},
	)
}
