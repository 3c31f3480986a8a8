package s3http_test

import (
	"context"
	"testing"

	"github.com/cofferstore/coffer/auth"
)

// oneCode takes the code 123456 of alice's device "phone".
type oneCode struct{}

func (oneCode) VerifyMFA(_ context.Context, user, serial, code string) error {
	if user == "alice" && serial == "phone" && code == "123456" {
		return nil
	}
	return &auth.Error{Reason: auth.ErrAccessDenied, Message: "MFA authentication failed."}
}

func TestMFADelete(t *testing.T) {
	f := newFixture(t, func(o *optionsT) {
		o.SecondFactor = oneCode{}
		o.Authorizer = everything
	})
	f.ok("PUT", "/bkt", "")
	right, wrong := []string{"X-Amz-Mfa: phone 123456"}, []string{"X-Amz-Mfa: phone 654321"}
	versioning := func(why, inner string, headers []string, status int, code string) step {
		return step{why: why, request: "PUT /bkt?versioning", body: "<VersioningConfiguration>" + inner + "</VersioningConfiguration>", headers: headers, status: status, code: code}
	}
	const on, off = "<Status>Enabled</Status><MfaDelete>Enabled</MfaDelete>", "<Status>Enabled</Status><MfaDelete>Disabled</MfaDelete>"
	rule := lifecycleOf(logsRule)
	f.run(
		versioning("what is off may be switched off by anybody", off, nil, 200, ""),
		versioning("not on", on, nil, 403, "AccessDenied"),
		versioning("a wrong code", on, wrong, 403, "AccessDenied"),
		versioning("half a header", on, []string{"X-Amz-Mfa: 123456"}, 403, "AccessDenied"),
		versioning("who does not own the bucket", on, []string{"X-Test-User: bob"}, 403, "AccessDenied"),
		versioning("an odd value", "<Status>Enabled</Status><MfaDelete>on</MfaDelete>", right, 400, "MalformedXML"),
		sent(step{why: "rules", request: "PUT /bkt?lifecycle", body: rule, status: 200}),
		versioning("rules could not delete", on, right, 409, "InvalidBucketState"),
		step{why: "without rules", request: "DELETE /bkt?lifecycle", status: 204},
		versioning("with the code", on, right, 200, ""),
		step{why: "it is told", request: "GET /bkt?versioning", status: 200, has: []string{"<Status>Enabled</Status><MfaDelete>Enabled</MfaDelete>"}},
		sent(step{why: "rules could not delete", request: "PUT /bkt?lifecycle", body: rule, status: 409, code: "InvalidBucketState"}),
		versioning("nothing changes without the code", "<Status>Suspended</Status>", nil, 403, "AccessDenied"),
	)
	v := f.ok("PUT", "/bkt/o", "x").Header().Get("X-Amz-Version-Id")
	w := f.ok("PUT", "/bkt/o", "y").Header().Get("X-Amz-Version-Id")
	list := "<Delete><Object><Key>other</Key></Object><Object><Key>o</Key><VersionId>" + w + "</VersionId></Object></Delete>"
	f.run(
		step{why: "a marker deletes nothing", request: "DELETE /bkt/o", status: 204},
		step{why: "a version", request: "DELETE /bkt/o?versionId=" + v, status: 403, code: "AccessDenied", has: []string{"Mfa Authentication must be used for this request"}},
		step{why: "a wrong code", request: "DELETE /bkt/o?versionId=" + v, headers: wrong, status: 403, code: "AccessDenied"},
		step{why: "somebody else's device", request: "DELETE /bkt/o?versionId=" + v, headers: append([]string{"X-Test-User: bob"}, right...), status: 403, code: "AccessDenied"},
		step{why: "nobody has a device", request: "DELETE /bkt/o?versionId=" + v, headers: append([]string{"X-Test-User: -"}, right...), status: 403, code: "AccessDenied"},
		step{why: "with the code", request: "DELETE /bkt/o?versionId=" + v, headers: right, status: 204},
		sent(step{why: "a list with a version fails as a whole", request: "POST /bkt?delete", body: list, status: 403, code: "AccessDenied"}),
		sent(step{why: "with the code", request: "POST /bkt?delete", body: list, headers: right, status: 200, has: []string{"<Deleted><Key>o</Key>"}}),
		step{why: "a wrong code is refused where none is needed", request: "DELETE /bkt/o", headers: wrong, status: 403, code: "AccessDenied"},
		step{why: "other operations take no code", request: "GET /bkt/o", headers: right, status: 501, code: "NotImplemented"},
		versioning("what is not said stays", "<Status>Enabled</Status>", right, 200, ""),
		step{why: "it stays", request: "GET /bkt?versioning", status: 200, has: []string{"<MfaDelete>Enabled"}},
		versioning("off again", off, right, 200, ""),
		step{why: "off", request: "GET /bkt?versioning", status: 200, hasNot: []string{"MfaDelete"}},
	)
}
