package s3http_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth"
)

const (
	hour    = "2026-03-04T06:06:07.890Z" // an hour after the fixture's start
	twoHour = "2026-03-04T07:06:07Z"
)

func lockRule(inner string) string {
	return `<ObjectLockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>` +
		inner + `</DefaultRetention></Rule></ObjectLockConfiguration>`
}

func retention(mode, until string) string {
	return "<Retention><Mode>" + mode + "</Mode><RetainUntilDate>" + until + "</RetainUntilDate></Retention>"
}

// sent is a step with the sum of its body.
func sent(s step) step {
	s.headers = append([]string{contentMD5(s.body)}, s.headers...)
	return s
}

func TestObjectLockConfiguration(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/plain", "")
	f.ok("PUT", "/locked", "", "X-Amz-Bucket-Object-Lock-Enabled: true")
	put := func(why, body string, status int, code string) step {
		return sent(step{why: why, request: "PUT /locked?object-lock", body: body, status: status, code: code})
	}
	const versioning = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
	f.run(
		step{why: "lock brings versions", request: "GET /locked?versioning", status: 200, has: []string{"<Status>Enabled</Status>"}},
		step{why: "which stay", request: "PUT /locked?versioning", body: "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>", status: 409, code: "InvalidBucketState"},
		step{why: "no rule yet", request: "GET /locked?object-lock", status: 200, exact: str(head +
			`<ObjectLockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>`)},
		step{why: "none", request: "GET /plain?object-lock", status: 404, code: "ObjectLockConfigurationNotFoundError"},
		put("a rule", lockRule("<Mode>GOVERNANCE</Mode><Days>2</Days>"), 200, ""),
		step{why: "is told again", request: "GET /locked?object-lock", status: 200, has: []string{"<Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>2</Days></DefaultRetention></Rule>"}},
		put("years", lockRule("<Mode>COMPLIANCE</Mode><Years>1</Years>"), 200, ""),
		put("days and years", lockRule("<Mode>GOVERNANCE</Mode><Days>1</Days><Years>1</Years>"), 400, "MalformedXML"),
		put("neither", lockRule("<Mode>GOVERNANCE</Mode>"), 400, "MalformedXML"),
		put("no days", lockRule("<Mode>GOVERNANCE</Mode><Days>0</Days>"), 400, "InvalidArgument"),
		put("more than a century", lockRule("<Mode>GOVERNANCE</Mode><Years>101</Years>"), 400, "InvalidArgument"),
		put("a mode in small letters", lockRule("<Mode>governance</Mode><Days>1</Days>"), 400, "MalformedXML"),
		put("lock is for good", "<ObjectLockConfiguration><ObjectLockEnabled>Disabled</ObjectLockEnabled></ObjectLockConfiguration>", 400, "MalformedXML"),
		put("nothing", "", 400, "MalformedXML"),
		step{why: "a document needs a sum", request: "PUT /locked?object-lock", body: lockRule("<Mode>GOVERNANCE</Mode><Days>1</Days>"), status: 400, code: "InvalidRequest"},
		sent(step{why: "lock needs versions", request: "PUT /plain?object-lock", body: lockRule("<Mode>GOVERNANCE</Mode><Days>1</Days>"), status: 409, code: "InvalidBucketState"}),
		step{why: "with versions", request: "PUT /plain?versioning", body: versioning, status: 200},
		sent(step{why: "it can be had later", request: "PUT /plain?object-lock", body: lockRule("<Mode>GOVERNANCE</Mode><Days>1</Days>"), status: 200}),
		step{why: "a bucket that is there may have no lock", request: "PUT /locked", headers: []string{"X-Amz-Bucket-Object-Lock-Enabled: true"}, status: 409, code: "BucketAlreadyOwnedByYou"},
		sent(step{why: "a token from the support of Amazon is not needed", request: "PUT /plain?object-lock", body: lockRule("<Mode>GOVERNANCE</Mode><Days>1</Days>"), headers: []string{"X-Amz-Bucket-Object-Lock-Token: t"}, status: 200}),
	)
}

func TestObjectLockHeaders(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "", "X-Amz-Bucket-Object-Lock-Enabled: true")
	f.ok("PUT", "/plain", "")
	mode, until := "X-Amz-Object-Lock-Mode: GOVERNANCE", "X-Amz-Object-Lock-Retain-Until-Date: "
	told := []string{mode, until + hour, "X-Amz-Object-Lock-Legal-Hold: ON"}
	put := func(why string, status int, code string, headers ...string) step {
		return sent(step{why: why, request: "PUT /bkt/o", body: "x", headers: headers, status: status, code: code})
	}
	f.run(
		put("all", 200, "", mode, until+hour, "X-Amz-Object-Lock-Legal-Hold: ON"),
		step{why: "HEAD tells", request: "HEAD /bkt/o", status: 200, answer: told},
		step{why: "GET tells", request: "GET /bkt/o", status: 200, answer: told},
		put("a mode alone", 400, "InvalidArgument", mode),
		put("a time alone", 400, "InvalidArgument", until+hour),
		put("an unknown mode", 400, "InvalidArgument", "X-Amz-Object-Lock-Mode: x", until+hour),
		put("no time", 400, "InvalidArgument", mode, until+"tomorrow"),
		put("now is not the future", 400, "InvalidArgument", mode, until+"2026-03-04T05:06:07.890Z"),
		put("an unknown hold", 400, "InvalidArgument", "X-Amz-Object-Lock-Legal-Hold: on"),
		put("an unknown lock", 501, "NotImplemented", "X-Amz-Object-Lock-Forever: true"),
		step{why: "a locked body needs a sum", request: "PUT /bkt/o", body: "x", headers: []string{mode, until + hour}, status: 400, code: "InvalidRequest"},
		sent(step{why: "a bucket without lock", request: "PUT /plain/o", body: "x", headers: []string{mode, until + hour}, status: 400, code: "InvalidRequest"}),
		step{why: "a read sets no lock", request: "GET /bkt/o", headers: []string{mode}, status: 501, code: "NotImplemented"},
		step{why: "a copy has its own", request: "PUT /bkt/copy", headers: []string{"X-Amz-Copy-Source: bkt/o", mode, until + hour}, status: 200},
		step{why: "the source's hold is not copied", request: "HEAD /bkt/copy", status: 200, answer: []string{mode, "X-Amz-Object-Lock-Legal-Hold:"}},
	)
	w := f.ok("POST", "/bkt/up?uploads", "", mode, until+hour)
	up := "/bkt/up?uploadId=" + between(t, w, "<UploadId>", "<")
	f.run(step{why: "parts of what is to be locked need sums", request: "PUT " + up + "&partNumber=1", body: "x", status: 400, code: "InvalidRequest"})
	etag := f.ok("PUT", up+"&partNumber=1", "x", contentMD5("x")).Header().Get("Etag")
	f.ok("POST", up, "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"+etag+"</ETag></Part></CompleteMultipartUpload>")
	f.run(step{why: "an upload remembers", request: "HEAD /bkt/up", status: 200, answer: []string{mode, until + hour}})

	rule := lockRule("<Mode>COMPLIANCE</Mode><Days>1</Days>")
	f.ok("PUT", "/bkt?object-lock", rule, contentMD5(rule))
	f.run(
		step{why: "the default locks too", request: "PUT /bkt/d", body: "x", status: 400, code: "InvalidRequest"},
		sent(step{why: "with a sum", request: "PUT /bkt/d", body: "x", status: 200}),
		step{why: "by the default", request: "HEAD /bkt/d", status: 200, answer: []string{"X-Amz-Object-Lock-Mode: COMPLIANCE", until + "2026-03-05T05:06:07.890Z"}},
	)
}

func TestRetentionAndLegalHold(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "", "X-Amz-Bucket-Object-Lock-Enabled: true")
	f.ok("PUT", "/plain", "")
	f.ok("PUT", "/plain/o", "x")
	v := f.ok("PUT", "/bkt/o", "x").Header().Get("X-Amz-Version-Id")
	put := func(why, target, body string, status int, code string, headers ...string) step {
		return sent(step{why: why, request: "PUT " + target, body: body, headers: headers, status: status, code: code})
	}
	bypass := "X-Amz-Bypass-Governance-Retention: true"
	f.run(
		step{why: "none yet", request: "GET /bkt/o?retention", status: 404, code: "NoSuchObjectLockConfiguration"},
		step{why: "none yet", request: "GET /bkt/o?legal-hold", status: 404, code: "NoSuchObjectLockConfiguration"},
		step{why: "no lock at all", request: "GET /plain/o?retention", status: 400, code: "InvalidRequest"},
		put("no lock at all", "/plain/o?retention", retention("GOVERNANCE", hour), 400, "InvalidRequest"),
		put("no lock at all", "/plain/o?legal-hold", "<LegalHold><Status>ON</Status></LegalHold>", 400, "InvalidRequest"),
		put("no such key", "/bkt/none?retention", retention("GOVERNANCE", hour), 404, "NoSuchKey"),
		put("governance", "/bkt/o?retention", retention("GOVERNANCE", hour), 200, ""),
		step{why: "of a version", request: "GET /bkt/o?retention&versionId=" + v, status: 200, exact: str(head +
			`<Retention xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Mode>GOVERNANCE</Mode><RetainUntilDate>` + hour + `</RetainUntilDate></Retention>`)},
		put("prolonged", "/bkt/o?retention", retention("GOVERNANCE", twoHour), 200, ""),
		put("shortened", "/bkt/o?retention", retention("GOVERNANCE", hour), 403, "AccessDenied"),
		put("removed", "/bkt/o?retention", "<Retention/>", 403, "AccessDenied"),
		put("shortened by who may", "/bkt/o?retention", retention("GOVERNANCE", hour), 200, "", bypass),
		put("removed by who may", "/bkt/o?retention", "<Retention></Retention>", 200, "", bypass),
		put("compliance", "/bkt/o?retention", retention("COMPLIANCE", hour), 200, ""),
		put("removed by nobody", "/bkt/o?retention", "<Retention/>", 403, "AccessDenied", bypass),
		put("the past", "/bkt/o?retention", retention("COMPLIANCE", "2020-01-01T00:00:00Z"), 400, "InvalidArgument"),
		put("half", "/bkt/o?retention", "<Retention><Mode>COMPLIANCE</Mode></Retention>", 400, "MalformedXML"),
		put("another mode", "/bkt/o?retention", retention("x", hour), 400, "MalformedXML"),
		put("no time", "/bkt/o?retention", retention("COMPLIANCE", "soon"), 400, "MalformedXML"),
		put("nothing", "/bkt/o?retention", "", 400, "MalformedXML"),
		put("on", "/bkt/o?legal-hold", "<LegalHold><Status>ON</Status></LegalHold>", 200, ""),
		step{why: "on", request: "GET /bkt/o?legal-hold", status: 200, exact: str(head + `<LegalHold xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>ON</Status></LegalHold>`)},
		put("odd", "/bkt/o?legal-hold", "<LegalHold><Status>abc</Status></LegalHold>", 400, "MalformedXML"),
		step{why: "held", request: "DELETE /bkt/o?versionId=" + v, headers: []string{bypass}, status: 403, code: "AccessDenied", has: []string{"object protected by object lock"}},
		put("off", "/bkt/o?legal-hold", "<LegalHold><Status>OFF</Status></LegalHold>", 200, ""),
		step{why: "retained", request: "DELETE /bkt/o?versionId=" + v, headers: []string{bypass}, status: 403, code: "AccessDenied"},
		step{why: "a marker may hide it", request: "DELETE /bkt/o", status: 204},
		put("a marker has none", "/bkt/o?retention", retention("GOVERNANCE", hour), 405, "MethodNotAllowed"),
	)
	f.now = f.now.Add(time.Hour)
	f.run(step{why: "the time is over", request: "DELETE /bkt/o?versionId=" + v, status: 204})
}

func TestGovernanceBypassNeedsRight(t *testing.T) {
	allowed := map[string]bool{}
	f := newFixture(t, func(o *optionsT) {
		o.Authorizer = rights(func(r *auth.Request) bool { return r.Identity.ID == "alice" || allowed[r.Action] })
	})
	f.ok("PUT", "/bkt", "", "X-Amz-Bucket-Object-Lock-Enabled: true")
	locked := []string{contentMD5("x"), "X-Amz-Object-Lock-Mode: GOVERNANCE", "X-Amz-Object-Lock-Retain-Until-Date: " + hour}
	v := f.ok("PUT", "/bkt/o", "x", locked...).Header().Get("X-Amz-Version-Id")
	for _, a := range []string{"s3:DeleteObjectVersion", "s3:PutObjectRetention", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"} {
		allowed[a] = true
	}
	list := "<Delete><Object><Key>o</Key><VersionId>" + v + "</VersionId></Object></Delete>"
	bob := []string{"X-Test-User: bob", "X-Amz-Bypass-Governance-Retention: true"}
	f.run(
		step{why: "the header alone is nothing", request: "DELETE /bkt/o?versionId=" + v, headers: bob, status: 403, code: "AccessDenied"},
		sent(step{why: "nor in a list", request: "POST /bkt?delete", body: list, headers: bob, status: 200, has: []string{"<Code>AccessDenied</Code>"}}),
		sent(step{why: "nor to shorten", request: "PUT /bkt/o?retention", body: "<Retention/>", headers: bob, status: 403, code: "AccessDenied"}),
		step{why: "who may not read retention is not told", request: "HEAD /bkt/o", headers: bob[:1], status: 200, answer: []string{"X-Amz-Object-Lock-Mode:"}},
		sent(step{why: "a hold is a right of its own", request: "PUT /bkt/p", body: "x", headers: append([]string{"X-Amz-Object-Lock-Legal-Hold: ON"}, bob...), status: 403, code: "AccessDenied"}),
	)
	delete(allowed, "s3:PutObjectRetention")
	w := f.do("PUT", "/bkt/p", "x", append(locked, "X-Test-User: bob")...)
	assert.Equal(t, 403, w.Code, "and so is retention")
	allowed["s3:BypassGovernanceRetention"] = true
	f.run(sent(step{why: "with the right", request: "POST /bkt?delete", body: list, headers: bob, status: 200, has: []string{"<Deleted>"}}))
	require.Equal(t, 404, f.do("GET", "/bkt/o?versionId="+v, "").Code)
}

// TestRetentionConditions bounds by a policy what may be asked for in the body.
func TestRetentionConditions(t *testing.T) {
	f := newFixture(t, withPeople)
	f.ok("PUT", "/bkt", "", "X-Amz-Bucket-Object-Lock-Enabled: true")
	f.ok("PUT", "/bkt/o", "x", "X-Amz-Tagging: level=low")
	f.ok("PUT", "/bkt/p", "x")
	put := func(why, target, body string, status int, code string) step {
		return sent(step{why: why, request: "PUT " + target, body: body, headers: []string{asBob}, status: status, code: code})
	}
	f.ok("PUT", "/bkt?policy", statement("Allow", `"*"`, `"s3:PutObjectRetention"`,
		`{"NumericLessThanEquals":{"s3:object-lock-remaining-retention-days":"1"},"StringEquals":{"s3:object-lock-mode":"GOVERNANCE","s3:ExistingObjectTag/level":"low"}}`))
	f.run(
		put("within the bounds", "/bkt/o?retention", retention("GOVERNANCE", hour), 200, ""),
		put("too long", "/bkt/o?retention", retention("GOVERNANCE", "2026-03-06T00:00:00Z"), 403, "AccessDenied"),
		put("too strong", "/bkt/o?retention", retention("COMPLIANCE", hour), 403, "AccessDenied"),
		put("another object", "/bkt/p?retention", retention("GOVERNANCE", hour), 403, "AccessDenied"),
		put("who may not does not learn what is wrong", "/bkt/p?retention", "<Retention>", 403, "AccessDenied"),
		put("a hold is another right", "/bkt/o?legal-hold", "<LegalHold><Status>ON</Status></LegalHold>", 403, "AccessDenied"),
	)
	f.ok("PUT", "/bkt?policy", statement("Allow", `"*"`, `"s3:PutObjectLegalHold"`, `{"StringEquals":{"s3:object-lock-legal-hold":"ON"}}`))
	f.run(
		put("on", "/bkt/o?legal-hold", "<LegalHold><Status>ON</Status></LegalHold>", 200, ""),
		put("not off", "/bkt/o?legal-hold", "<LegalHold><Status>OFF</Status></LegalHold>", 403, "AccessDenied"),
	)
}
