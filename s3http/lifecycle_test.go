package s3http_test

import (
	"testing"
	"time"
)

func lifecycleOf(rules string) string {
	return `<LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` + rules + `</LifecycleConfiguration>`
}

const logsRule = `<Rule><ID>old logs, 1</ID><Status>Enabled</Status><Filter><And><Prefix>logs/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter><Expiration><Days>10</Days></Expiration></Rule>`

func TestLifecycleConfiguration(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	put := func(why, body string, status int, code string) step {
		return sent(step{why: why, request: "PUT /bkt?lifecycle", body: body, status: status, code: code})
	}
	f.run(
		step{why: "none", request: "GET /bkt?lifecycle", status: 404, code: "NoSuchLifecycleConfiguration"},
		put("rules", lifecycleOf(logsRule), 200, ""),
		step{why: "are told again", request: "GET /bkt?lifecycle", status: 200, exact: str(head + lifecycleOf(logsRule))},
		put("the older form, without a name", lifecycleOf(`<Rule><Prefix>a</Prefix><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>`), 200, ""),
		step{why: "replace them, and get a name", request: "GET /bkt?lifecycle", status: 200, has: []string{"<ID>rule-1</ID><Status>Enabled</Status><Prefix>a</Prefix>"}, hasNot: []string{"logs"}},
		put("no action", lifecycleOf(`<Rule><ID>a</ID><Status>Enabled</Status><Filter/></Rule>`), 400, "InvalidRequest"),
		put("no days", lifecycleOf(`<Rule><Status>Enabled</Status><Filter/><Expiration><Days>0</Days></Expiration></Rule>`), 400, "InvalidArgument"),
		put("not a rule", lifecycleOf(`<Role/>`), 400, "MalformedXML"),
		put("nothing", "", 400, "MalformedXML"),
		put("a promise to move bytes", lifecycleOf(`<Rule><Status>Enabled</Status><Filter/><Transition><Days>1</Days><StorageClass>GLACIER</StorageClass></Transition></Rule>`), 501, "NotImplemented"),
		sent(step{why: "a size for transitions is kept", request: "PUT /bkt?lifecycle", body: lifecycleOf(logsRule), headers: []string{"X-Amz-Transition-Default-Minimum-Object-Size: varies_by_storage_class"}, status: 200, answer: []string{"X-Amz-Transition-Default-Minimum-Object-Size: varies_by_storage_class"}}),
		step{why: "and told, since tools wait for it", request: "GET /bkt?lifecycle", status: 200, answer: []string{"X-Amz-Transition-Default-Minimum-Object-Size: varies_by_storage_class"}},
		sent(step{why: "there are two such sizes", request: "PUT /bkt?lifecycle", body: lifecycleOf(logsRule), headers: []string{"X-Amz-Transition-Default-Minimum-Object-Size: small"}, status: 400, code: "InvalidArgument"}),
		sent(step{why: "rules without it are with the default", request: "PUT /bkt?lifecycle", body: lifecycleOf(logsRule), status: 200, answer: []string{"X-Amz-Transition-Default-Minimum-Object-Size: all_storage_classes_128K"}}),
		step{why: "which is told too", request: "GET /bkt?lifecycle", status: 200, answer: []string{"X-Amz-Transition-Default-Minimum-Object-Size: all_storage_classes_128K"}},
		step{why: "a document needs a sum", request: "PUT /bkt?lifecycle", body: lifecycleOf(logsRule), status: 400, code: "InvalidRequest"},
		step{why: "somebody else's", request: "GET /bkt?lifecycle", headers: []string{"X-Test-User: bob"}, status: 403, code: "AccessDenied"},
		step{why: "removed", request: "DELETE /bkt?lifecycle", status: 204},
		step{why: "removed again", request: "DELETE /bkt?lifecycle", status: 204},
		step{why: "gone", request: "GET /bkt?lifecycle", status: 404, code: "NoSuchLifecycleConfiguration"},
	)
}

func TestExpirationHeader(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt?lifecycle", lifecycleOf(logsRule), contentMD5(lifecycleOf(logsRule)))
	expires := []string{`X-Amz-Expiration: expiry-date="Sun, 15 Mar 2026 00:00:00 GMT", rule-id="old%20logs%2C%201"`}
	never := []string{"X-Amz-Expiration:"}
	tagged := []string{"X-Amz-Tagging: k=v"}
	f.run(
		step{why: "what a rule selects", request: "PUT /bkt/logs/1", body: "x", headers: tagged, status: 200, answer: expires},
		step{why: "what it does not", request: "PUT /bkt/logs/2", body: "x", status: 200, answer: never},
		step{why: "GET", request: "GET /bkt/logs/1", status: 200, answer: expires},
		step{why: "HEAD", request: "HEAD /bkt/logs/1", status: 200, answer: expires},
		step{why: "HEAD of the other", request: "HEAD /bkt/logs/2", status: 200, answer: never},
		step{why: "a copy", request: "PUT /bkt/logs/3", headers: []string{"X-Amz-Copy-Source: bkt/logs/1"}, status: 200, answer: expires},
		step{why: "another prefix", request: "PUT /bkt/x", body: "x", headers: tagged, status: 200, answer: never},
		step{why: "the rules change", request: "DELETE /bkt?lifecycle", status: 204},
		step{why: "and count at once", request: "HEAD /bkt/logs/1", status: 200, answer: never},
	)
}

func TestAbortHeaders(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	rule := lifecycleOf(`<Rule><ID>left over</ID><Status>Enabled</Status><Filter><Prefix>a</Prefix></Filter>` +
		`<AbortIncompleteMultipartUpload><DaysAfterInitiation>3</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>`)
	f.ok("PUT", "/bkt?lifecycle", rule, contentMD5(rule))
	told := []string{"X-Amz-Abort-Date: Sun, 08 Mar 2026 00:00:00 GMT", "X-Amz-Abort-Rule-Id: left%20over"}
	id := between(t, f.ok("POST", "/bkt/a?uploads", ""), "<UploadId>", "<")
	f.run(
		step{why: "at the start", request: "POST /bkt/a?uploads", status: 200, answer: told},
		step{why: "and with the parts", request: "GET /bkt/a?uploadId=" + id, status: 200, answer: told},
		step{why: "another prefix", request: "POST /bkt/b?uploads", status: 200, answer: []string{"X-Amz-Abort-Date:", "X-Amz-Abort-Rule-Id:"}},
	)
}

func TestExpirationHeaderWithShortDays(t *testing.T) {
	f := newFixture(t, func(o *optionsT) { o.LifecycleDay = 10 * time.Second })
	f.ok("PUT", "/bkt", "")
	rule := lifecycleOf(`<Rule><ID>a</ID><Status>Enabled</Status><Filter/><Expiration><Days>3</Days></Expiration></Rule>`)
	f.ok("PUT", "/bkt?lifecycle", rule, contentMD5(rule))
	f.run(step{why: "thirty seconds", request: "PUT /bkt/x", body: "x", status: 200,
		answer: []string{`X-Amz-Expiration: expiry-date="Wed, 04 Mar 2026 05:06:37 GMT", rule-id="a"`}})
}
