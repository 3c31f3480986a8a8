package s3http_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const corsRules = `<CORSConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` +
	`<CORSRule><ID>app</ID><AllowedOrigin>https://app.test</AllowedOrigin><AllowedMethod>PUT</AllowedMethod><AllowedMethod>GET</AllowedMethod>` +
	`<AllowedHeader>x-amz-*</AllowedHeader><ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule>` +
	`<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>`

func corsFixture(t *testing.T) *fixture {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/plain", "")
	f.ok("PUT", "/bkt/o", "x")
	f.ok("PUT", "/bkt?cors", corsRules)
	return f
}

func TestCORSConfiguration(t *testing.T) {
	f := corsFixture(t)
	f.run(
		step{why: "it comes back as it was set", request: "GET /bkt?cors", status: 200, has: []string{
			"<ID>app</ID>", "<AllowedMethod>PUT</AllowedMethod><AllowedMethod>GET</AllowedMethod>", "<AllowedHeader>x-amz-*</AllowedHeader>",
			"<ExposeHeader>ETag</ExposeHeader>", "<MaxAgeSeconds>60</MaxAgeSeconds>"}},
		step{why: "no XML", request: "PUT /bkt?cors", body: "{}", status: 400, code: "MalformedXML"},
		step{why: "no rule", request: "PUT /bkt?cors", body: "<CORSConfiguration/>", status: 400, code: "MalformedXML"},
		step{why: "an empty body", request: "PUT /bkt?cors", status: 400, code: "MalformedXML"},
		step{why: "a method that browsers do not ask for", request: "PUT /bkt?cors", body: strings.Replace(corsRules, ">PUT<", ">PATCH<", 1), status: 400, code: "InvalidRequest"},
		step{why: "a body that arrived damaged", request: "PUT /bkt?cors", body: corsRules, headers: []string{"Content-MD5: 1B2M2Y8AsgTpgAmY7PhCfg=="}, status: 400, code: "BadDigest"},
		step{why: "a refused configuration changes nothing", request: "GET /bkt?cors", status: 200, has: []string{"<ID>app</ID>"}},
		step{why: "the owner's business", request: "GET /bkt?cors", headers: []string{"X-Test-User: bob"}, status: 403, code: "AccessDenied"},
		step{why: "the owner's business", request: "PUT /bkt?cors", body: corsRules, headers: []string{"X-Test-User: bob"}, status: 403, code: "AccessDenied"},
		step{why: "removed", request: "DELETE /bkt?cors", status: 204},
		step{why: "and gone", request: "GET /bkt?cors", status: 404, code: "NoSuchCORSConfiguration"},
		step{why: "removed again", request: "DELETE /bkt?cors", status: 204},
		step{why: "from then on nothing is allowed", request: "GET /bkt/o", headers: []string{"Origin: https://app.test"}, status: 200, answer: []string{"Access-Control-Allow-Origin:", "Vary:"}},
	)
}

func TestCrossOriginAnswers(t *testing.T) {
	f := corsFixture(t)
	const app, other = "Origin: https://app.test", "Origin: https://evil.test"
	f.run(
		step{why: "the first rule that fits answers", request: "GET /bkt/o", headers: []string{app}, status: 200, answer: []string{
			"Access-Control-Allow-Origin: https://app.test", "Access-Control-Allow-Credentials: true", "Access-Control-Allow-Methods: PUT, GET",
			"Access-Control-Expose-Headers: ETag", "Access-Control-Max-Age: 60", "Access-Control-Allow-Headers:",
			"Vary: Origin, Access-Control-Request-Headers, Access-Control-Request-Method"}},
		step{why: "everybody else gets the rule for all", request: "GET /bkt/o", headers: []string{other}, status: 200, answer: []string{
			"Access-Control-Allow-Origin: *", "Access-Control-Allow-Credentials:"}},
		step{why: "a method that the origin may not use is done but not shown", request: "PUT /bkt/o", headers: []string{other}, status: 200, answer: []string{"Access-Control-Allow-Origin:"}},
		step{why: "a page can read why it failed", request: "GET /bkt/none", headers: []string{app}, status: 404, code: "NoSuchKey", answer: []string{"Access-Control-Allow-Origin: https://app.test"}},
		step{why: "also that its signature is bad", request: "GET /bkt/o", headers: []string{app, "X-Test-User: unknown"}, status: 403, code: "InvalidAccessKeyId", answer: []string{"Access-Control-Allow-Origin: https://app.test"}},
		step{why: "also that it may not", request: "GET /bkt/o", headers: []string{app, "X-Test-User: -"}, status: 403, code: "AccessDenied", answer: []string{"Access-Control-Allow-Origin: https://app.test"}},
		step{why: "operations on the bucket count too", request: "GET /bkt?versioning", headers: []string{app}, status: 200, answer: []string{"Access-Control-Allow-Origin: https://app.test"}},
		step{why: "a cache must know that answers differ, also of requests without an origin", request: "GET /bkt/o", status: 200, answer: []string{
			"Access-Control-Allow-Origin:", "Vary: Origin, Access-Control-Request-Headers, Access-Control-Request-Method"}},
		step{why: "a bucket without rules says nothing", request: "GET /plain", headers: []string{app}, status: 200, answer: []string{"Access-Control-Allow-Origin:", "Vary:"}},
		step{why: "no bucket, no rules", request: "GET /none/o", headers: []string{app}, status: 404, code: "NoSuchBucket", answer: []string{"Access-Control-Allow-Origin:"}},
	)
}

func TestPreflight(t *testing.T) {
	f := corsFixture(t)
	f.ok("PUT", "/bkt", "", "X-Test-User: acme$carol")
	f.ok("PUT", "/bkt?cors", strings.ReplaceAll(corsRules, "https://app.test", "https://acme.test"), "X-Test-User: acme$carol")
	ask := func(origin, method string, more ...string) []string {
		return append([]string{"X-Test-User: unknown", "Origin: " + origin, "Access-Control-Request-Method: " + method}, more...)
	}
	f.run(
		step{why: "allowed; nobody signs it", request: "OPTIONS /bkt/o", headers: ask("https://app.test", "PUT", "Access-Control-Request-Headers: X-Amz-Date, x-amz-acl"), status: 200, exact: str(""), answer: []string{
			"Access-Control-Allow-Origin: https://app.test", "Access-Control-Allow-Headers: x-amz-date, x-amz-acl", "Access-Control-Allow-Methods: PUT, GET",
			"Access-Control-Max-Age: 60", "Vary: Origin, Access-Control-Request-Headers, Access-Control-Request-Method"}},
		step{why: "the object need not exist, nor the query mean anything", request: "OPTIONS /bkt/new?X-Amz-Signature=1", headers: ask("https://app.test", "PUT"), status: 200},
		step{why: "of a sub-resource", request: "OPTIONS /bkt/o?uploads", headers: ask("https://app.test", "PUT"), status: 200},
		step{why: "the bucket itself", request: "OPTIONS /bkt", headers: ask("https://app.test", "GET"), status: 200},
		step{why: "a header that no rule allows", request: "OPTIONS /bkt/o", headers: ask("https://app.test", "PUT", "Access-Control-Request-Headers: x-other"), status: 403, code: "AccessForbidden",
			has: []string{"This CORS request is not allowed", "<Method>PUT</Method>", "<ResourceType>OBJECT</ResourceType>"}, answer: []string{"Access-Control-Allow-Origin:"}},
		step{why: "a method that no rule allows", request: "OPTIONS /bkt/o", headers: ask("https://app.test", "DELETE"), status: 403, code: "AccessForbidden"},
		step{why: "an origin that no rule allows", request: "OPTIONS /bkt/o", headers: ask("https://evil.test", "PUT"), status: 403, code: "AccessForbidden"},
		step{why: "no rules", request: "OPTIONS /plain", headers: ask("https://app.test", "GET"), status: 403, code: "AccessForbidden", has: []string{"CORS is not enabled", "<ResourceType>BUCKET</ResourceType>"}},
		step{why: "no bucket", request: "OPTIONS /none", headers: ask("https://app.test", "GET"), status: 403, code: "AccessForbidden", has: []string{"Bucket not found"}},
		step{why: "no bucket in the address", request: "OPTIONS /", headers: ask("https://app.test", "GET"), status: 403, code: "AccessForbidden"},
		step{why: "no origin", request: "OPTIONS /bkt/o", headers: []string{"Access-Control-Request-Method: PUT"}, status: 400, code: "BadRequest"},
		step{why: "no method", request: "OPTIONS /bkt/o", headers: []string{"Origin: https://app.test"}, status: 400, code: "BadRequest"},
		step{why: "no method of S3", request: "OPTIONS /bkt/o", headers: ask("https://app.test", "PATCH"), status: 400, code: "BadRequest"},
		step{why: "a bucket of a tenant, by name", request: "OPTIONS /acme:bkt/o", headers: ask("https://acme.test", "PUT"), status: 200, answer: []string{"Access-Control-Allow-Origin: https://acme.test"}},
		step{why: "is not the one of the default tenant", request: "OPTIONS /bkt/o", headers: ask("https://acme.test", "PUT"), status: 403, code: "AccessForbidden"},
	)
	assert.Equal(t, 200, f.serve(request(http.MethodOptions, "/bkt/o", "", ask("https://app.test", "PUT")...)).Code)
}
