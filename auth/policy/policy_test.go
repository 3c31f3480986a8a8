package policy

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const alice = "arn:aws:iam:::user/alice"

// statementJSON makes a bucket policy of one statement out of its varying parts.
func statementJSON(effect, principal, action, res, condition string) string {
	s := `{"Version":"2012-10-17","Statement":[{"Effect":"` + effect + `","Principal":` + principal +
		`,"Action":` + action + `,"Resource":` + res
	if condition != "" {
		s += `,"Condition":` + condition
	}
	return s + `}]}`
}

func parseBucket(t testing.TB, doc string) *Policy {
	t.Helper()
	p, err := Parse([]byte(doc), ParseOptions{Kind: Bucket, Bucket: "b"})
	require.NoError(t, err, doc)
	return p
}

func get(who, path string, c Map) *Request {
	r := &Request{Action: "s3:GetObject", Resource: Resource{Service: "s3", Path: path}, Context: c}
	if who != "" {
		r.Principal = Principal{ARNs: []string{who}, CanonicalID: strings.TrimPrefix(who, "arn:aws:iam:::user/")}
	}
	return r
}

func TestPrincipals(t *testing.T) {
	for _, tc := range []struct {
		why, principal string
		who            Principal
		want           Decision
	}{
		{"a star is everybody, also anonymous callers", `"*"`, Principal{}, Allow},
		{"AWS star is everybody too", `{"AWS":"*"}`, Principal{}, Allow},
		{"a user is named by ARN", `{"AWS":"` + alice + `"}`, Principal{ARNs: []string{alice}}, Allow},
		{"another user is not", `{"AWS":"` + alice + `"}`, Principal{ARNs: []string{alice + "x"}}, NoMatch},
		{"a list names any of its entries", `{"AWS":["arn:aws:iam:::user/bob","` + alice + `"]}`, Principal{ARNs: []string{alice}}, Allow},
		{"root means every user of the tenant", `{"AWS":"arn:aws:iam::acme:root"}`,
			Principal{ARNs: []string{"arn:aws:iam::acme:user/x"}, Account: "acme"}, Allow},
		{"a bare account is the same as its root", `{"AWS":"acme"}`,
			Principal{ARNs: []string{"arn:aws:iam::acme:user/x"}, Account: "acme"}, Allow},
		{"a tenant's user is not the same-named one of another", `{"AWS":"arn:aws:iam::acme:user/x"}`,
			Principal{ARNs: []string{"arn:aws:iam::other:user/x"}, Account: "other"}, NoMatch},
		{"root of the default tenant does not name an anonymous caller", `{"AWS":"arn:aws:iam:::root"}`, Principal{}, NoMatch},
		{"a canonical id names its user", `{"CanonicalUser":"c1"}`, Principal{ARNs: []string{alice}, CanonicalID: "c1"}, Allow},
		{"a session is named by its role", `{"AWS":"arn:aws:iam:::role/r"}`,
			Principal{ARNs: []string{"arn:aws:sts:::assumed-role/r/s", "arn:aws:iam:::role/r"}}, Allow},
		{"a federated principal is its provider", `{"Federated":"arn:aws:iam:::oidc-provider/idp"}`,
			Principal{Federated: "arn:aws:iam:::oidc-provider/idp"}, Allow},
	} {
		p := parseBucket(t, statementJSON("Allow", tc.principal, `"s3:GetObject"`, `"arn:aws:s3:::b/*"`, ""))
		got := p.Evaluate(&Request{Principal: tc.who, Action: "s3:GetObject", Resource: Resource{Service: "s3", Path: "b/k"}})
		assert.Equal(t, tc.want, got.Decision, tc.why)
	}
}

func TestActionsAndResources(t *testing.T) {
	for _, tc := range []struct {
		why, action, resource, do, path string
		want                            Decision
	}{
		{"actions do not mind case", `"S3:getobject"`, `"arn:aws:s3:::b/*"`, "s3:GetObject", "b/k", Allow},
		{"a wildcard covers a family", `"s3:Get*"`, `"arn:aws:s3:::b/*"`, "s3:GetObjectTagging", "b/k", Allow},
		{"and no more than that", `"s3:Get*"`, `"arn:aws:s3:::b/*"`, "s3:PutObject", "b/k", NoMatch},
		{"resources mind case", `"s3:GetObject"`, `"arn:aws:s3:::b/K"`, "s3:GetObject", "b/k", NoMatch},
		{"a star reaches over slashes", `"s3:GetObject"`, `"arn:aws:s3:::b/a/*/z"`, "s3:GetObject", "b/a/b/c/z", Allow},
		{"a question mark is one character, not one byte", `"s3:GetObject"`, `"arn:aws:s3:::b/?"`, "s3:GetObject", "b/é", Allow},
		{"a question mark is not none", `"s3:GetObject"`, `"arn:aws:s3:::b/a?"`, "s3:GetObject", "b/a", NoMatch},
		{"object resources do not name the bucket", `"s3:List*"`, `"arn:aws:s3:::b/*"`, "s3:ListBucket", "b", NoMatch},
		{"a bucket resource names the bucket", `"s3:ListBucket"`, `"arn:aws:s3:::b"`, "s3:ListBucket", "b", Allow},
	} {
		p := parseBucket(t, statementJSON("Allow", `"*"`, tc.action, tc.resource, ""))
		got := p.Evaluate(&Request{Action: tc.do, Resource: Resource{Service: "s3", Path: tc.path}})
		assert.Equal(t, tc.want, got.Decision, tc.why)
	}
}

func TestConditions(t *testing.T) {
	ip := func(s string) Map { return Map{"aws:sourceip": {s}} }
	for _, tc := range []struct {
		why, condition string
		c              Map
		want           bool
	}{
		{"equal strings", `{"StringEquals":{"s3:prefix":"a"}}`, Map{"s3:prefix": {"a"}}, true},
		{"keys do not mind case", `{"StringEquals":{"S3:Prefix":"a"}}`, Map{"s3:prefix": {"a"}}, true},
		{"any of the policy's values will do", `{"StringEquals":{"s3:prefix":["a","b"]}}`, Map{"s3:prefix": {"b"}}, true},
		{"StringEquals takes a star literally", `{"StringEquals":{"s3:prefix":"a*"}}`, Map{"s3:prefix": {"ab"}}, false},
		{"StringLike does not", `{"StringLike":{"s3:prefix":"a*"}}`, Map{"s3:prefix": {"ab"}}, true},
		{"a missing key fails a comparison", `{"StringEquals":{"s3:prefix":"a"}}`, Map{}, false},
		{"a missing key passes a negated one", `{"StringNotEquals":{"s3:prefix":"a"}}`, Map{}, true},
		{"IfExists passes a missing key", `{"StringEqualsIfExists":{"s3:prefix":"a"}}`, Map{}, true},
		{"IfExists compares a present one", `{"StringEqualsIfExists":{"s3:prefix":"a"}}`, Map{"s3:prefix": {"b"}}, false},
		{"negated: none of the policy's values", `{"StringNotEquals":{"s3:prefix":["a","b"]}}`, Map{"s3:prefix": {"b"}}, false},
		{"IgnoreCase", `{"StringEqualsIgnoreCase":{"s3:prefix":"AbC"}}`, Map{"s3:prefix": {"aBc"}}, true},
		{"all conditions must hold", `{"StringEquals":{"s3:prefix":"a","s3:delimiter":"/"}}`, Map{"s3:prefix": {"a"}}, false},
		{"numbers compare as numbers", `{"NumericLessThanEquals":{"s3:max-keys":10}}`, Map{"s3:max-keys": {"9"}}, true},
		{"not as strings", `{"NumericGreaterThan":{"s3:max-keys":"9"}}`, Map{"s3:max-keys": {"10"}}, true},
		{"no number is no match", `{"NumericLessThan":{"s3:max-keys":"9"}}`, Map{"s3:max-keys": {"x"}}, false},
		{"dates compare as times", `{"DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}}`, Map{"aws:currenttime": {"2026-01-01T02:00:00+01:00"}}, true},
		{"seconds since 1970 are dates", `{"DateLessThan":{"aws:EpochTime":"1700000000"}}`, Map{"aws:epochtime": {"1699999999"}}, true},
		{"booleans", `{"Bool":{"aws:SecureTransport":true}}`, Map{"aws:securetransport": {"true"}}, true},
		{"binary compares bytes", `{"BinaryEquals":{"x:y":"QUI="}}`, Map{"x:y": {"QUI="}}, true},
		{"an address in the range", `{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`, ip("10.1.2.3"), true},
		{"and outside", `{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","192.168.0.0/16"]}}`, ip("11.1.2.3"), false},
		{"IPv6", `{"IpAddress":{"aws:SourceIp":"2001:db8::/32"}}`, ip("2001:db8::1"), true},
		{"an IPv4 address in IPv6 clothes", `{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`, ip("::ffff:10.1.2.3"), true},
		{"NotIpAddress", `{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`, ip("10.1.2.3"), false},
		{"ARN wildcards stay within a member", `{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:123:t"}}`, Map{"aws:sourcearn": {"arn:aws:sns:r:123:t"}}, true},
		{"and do not cross a colon", `{"ArnLike":{"aws:SourceArn":"arn:aws:*:123:t:x"}}`, Map{"aws:sourcearn": {"arn:aws:sns:r:123:t"}}, false},
		{"Null true: the key is absent", `{"Null":{"s3:prefix":"true"}}`, Map{}, true},
		{"Null false: the key is there", `{"Null":{"s3:prefix":"false"}}`, Map{"s3:prefix": {"a"}}, true},
		{"ForAllValues: each value must match", `{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}`, Map{"aws:tagkeys": {"a", "c"}}, false},
		{"ForAllValues passes where there is none", `{"ForAllValues:StringEquals":{"aws:TagKeys":["a"]}}`, Map{}, true},
		{"ForAnyValue: one is enough", `{"ForAnyValue:StringEquals":{"aws:TagKeys":["a","b"]}}`, Map{"aws:tagkeys": {"a", "c"}}, true},
		{"ForAnyValue fails where there is none", `{"ForAnyValue:StringEquals":{"aws:TagKeys":["a"]}}`, Map{}, false},
		{"ForAnyValue negated: one that equals none", `{"ForAnyValue:StringNotEquals":{"aws:TagKeys":["a"]}}`, Map{"aws:tagkeys": {"a", "c"}}, true},
		{"variables are replaced", `{"StringLike":{"s3:prefix":"home/${aws:username}/*"}}`, Map{"s3:prefix": {"home/al/x"}, "aws:username": {"al"}}, true},
		{"a wildcard in a variable's value is text", `{"StringLike":{"s3:prefix":"home/${aws:username}/*"}}`, Map{"s3:prefix": {"home/al/x"}, "aws:username": {"*"}}, false},
		{"a variable without a value matches nothing", `{"StringLike":{"s3:prefix":"${aws:username}*"}}`, Map{"s3:prefix": {"x"}}, false},
		{"a variable's default", `{"StringEquals":{"s3:prefix":"${aws:username, 'anon'}"}}`, Map{"s3:prefix": {"anon"}}, true},
		{"a star can be written as text", `{"StringLike":{"s3:prefix":"a${*}"}}`, Map{"s3:prefix": {"ab"}}, false},
		{"tag keys keep their case after the slash", `{"StringEquals":{"S3:ExistingObjectTag/Team":"x"}}`, Map{"s3:existingobjecttag/Team": {"x"}}, true},
	} {
		p := parseBucket(t, statementJSON("Allow", `"*"`, `"s3:GetObject"`, `"arn:aws:s3:::b/*"`, tc.condition))
		got := p.Evaluate(get("", "b/k", tc.c)).Decision == Allow
		assert.Equal(t, tc.want, got, "%s: %s", tc.why, tc.condition)
	}
}

func TestDenyWinsWhereverItStands(t *testing.T) {
	allow := `{"Sid":"a","Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/*"}`
	deny := `{"Sid":"d","Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}`
	for _, order := range []string{allow + "," + deny, deny + "," + allow} {
		p := parseBucket(t, `{"Version":"2012-10-17","Statement":[`+order+`]}`)
		r := p.Evaluate(get(alice, "b/k", nil))
		assert.Equal(t, Deny, r.Decision)
		assert.Equal(t, "d", r.Sid, "the result names the statement that decided")
	}
}

func TestNegatedElements(t *testing.T) {
	for _, tc := range []struct {
		why, statement string
		r              *Request
		want           Decision
	}{
		{"NotAction leaves its actions out", `"Effect":"Deny","Principal":"*","NotAction":"s3:GetObject","Resource":"arn:aws:s3:::b/*"`, get(alice, "b/k", nil), NoMatch},
		{"NotResource leaves its resources out", `"Effect":"Deny","Principal":"*","Action":"s3:*","NotResource":"arn:aws:s3:::b/open/*"`, get(alice, "b/open/k", nil), NoMatch},
		{"and takes the others", `"Effect":"Deny","Principal":"*","Action":"s3:*","NotResource":"arn:aws:s3:::b/open/*"`, get(alice, "b/k", nil), Deny},
		{"NotPrincipal denies all others", `"Effect":"Deny","NotPrincipal":{"AWS":"` + alice + `"},"Action":"s3:*","Resource":"arn:aws:s3:::b/*"`, get(alice+"2", "b/k", nil), Deny},
		{"and spares those it names", `"Effect":"Deny","NotPrincipal":{"AWS":"` + alice + `"},"Action":"s3:*","Resource":"arn:aws:s3:::b/*"`, get(alice, "b/k", nil), NoMatch},
		{"an unresolved variable does not widen an Allow", `"Effect":"Allow","Principal":"*","Action":"s3:*","NotResource":"arn:aws:s3:::b/${aws:username}/*"`, get(alice, "b/k", Map{}), NoMatch},
		{"nor narrow a Deny", `"Effect":"Deny","Principal":"*","Action":"s3:*","NotResource":"arn:aws:s3:::b/${aws:username}/*"`, get(alice, "b/k", Map{}), Deny},
	} {
		p := parseBucket(t, `{"Version":"2012-10-17","Statement":{`+tc.statement+`}}`)
		assert.Equal(t, tc.want, p.Evaluate(tc.r).Decision, tc.why)
	}
}

// Statements are looked up by whom they name; what they say together must not
// depend on it.
func TestStatementsByPrincipal(t *testing.T) {
	bob := "arn:aws:iam::acme:user/bob"
	st := func(sid, effect, principal string) string {
		return `{"Sid":"` + sid + `","Effect":"` + effect + `","Principal":` + principal + `,"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}`
	}
	for _, tc := range []struct {
		why        string
		statements []string
		who, sid   string
		want       Decision
	}{
		{"the first that allows is told", []string{st("a", "Allow", `{"AWS":"`+alice+`"}`), st("b", "Allow", `"*"`)}, alice, "a", Allow},
		{"also when it speaks of all", []string{st("a", "Allow", `"*"`), st("b", "Allow", `{"AWS":"`+alice+`"}`)}, alice, "a", Allow},
		{"a denial of one wins over what all may", []string{st("a", "Allow", `"*"`), st("b", "Deny", `{"AWS":["`+bob+`","`+alice+`","`+alice+`"]}`)}, alice, "b", Deny},
		{"a denial of all wins over what one may", []string{st("a", "Allow", `{"AWS":"`+alice+`"}`), st("b", "Deny", `"*"`)}, alice, "b", Deny},
		{"others are not concerned", []string{st("a", "Deny", `{"AWS":"`+alice+`"}`), st("b", "Allow", `"*"`)}, bob, "b", Allow},
		{"an account with a user", []string{st("a", "Allow", `{"AWS":["`+alice+`","acme"]}`)}, bob, "a", Allow},
		{"nobody in particular", []string{st("a", "Allow", `{"AWS":"`+alice+`"}`)}, bob, "", NoMatch},
	} {
		p := parseBucket(t, `{"Version":"2012-10-17","Statement":[`+strings.Join(tc.statements, ",")+`]}`)
		r := p.Evaluate(&Request{
			Principal: Principal{ARNs: []string{tc.who}, Account: "acme"}, Action: "s3:GetObject", Resource: Resource{Service: "s3", Path: "b/k"},
		})
		assert.Equal(t, tc.want, r.Decision, tc.why)
		assert.Equal(t, tc.sid, r.Sid, tc.why)
	}
}

func TestRefusedDocuments(t *testing.T) {
	ok := statementJSON("Allow", `"*"`, `"s3:GetObject"`, `"arn:aws:s3:::b/*"`, "")
	parseBucket(t, ok)
	for _, tc := range []struct{ why, doc string }{
		{"not JSON", `{`},
		{"not an object", `[]`},
		{"no statement", `{"Version":"2012-10-17"}`},
		{"empty statements", `{"Version":"2012-10-17","Statement":[]}`},
		{"unknown version", strings.Replace(ok, "2012-10-17", "2013-10-17", 1)},
		{"unknown member", strings.Replace(ok, `"Effect"`, `"Effekt":1,"Effect"`, 1)},
		{"a member twice: readers would disagree", strings.Replace(ok, `"Effect"`, `"Effect":"Deny","Effect"`, 1)},
		{"members mind case", strings.Replace(ok, `"Effect"`, `"effect"`, 1)},
		{"bad effect", statementJSON("Maybe", `"*"`, `"s3:GetObject"`, `"arn:aws:s3:::b/*"`, "")},
		{"an action on buckets, of objects", statementJSON("Allow", `"*"`, `"s3:ListBucket"`, `"arn:aws:s3:::b/*"`, "")},
		{"an action on objects, of a bucket", statementJSON("Allow", `"*"`, `["s3:ListBucket","s3:GetObject"]`, `"arn:aws:s3:::b"`, "")},
		{"another bucket's resource", statementJSON("Allow", `"*"`, `"s3:GetObject"`, `"arn:aws:s3:::c/*"`, "")},
		{"a bucket with this one's name as prefix", statementJSON("Allow", `"*"`, `"s3:GetObject"`, `"arn:aws:s3:::bb/*"`, "")},
		{"unknown action", statementJSON("Allow", `"*"`, `"s3:Frobnicate"`, `"arn:aws:s3:::b/*"`, "")},
		{"another service's action", statementJSON("Allow", `"*"`, `"iam:CreateUser"`, `"arn:aws:s3:::b/*"`, "")},
		{"bad principal", statementJSON("Allow", `{"AWS":"arn:aws:s3:::b"}`, `"s3:GetObject"`, `"arn:aws:s3:::b/*"`, "")},
		{"wildcard inside a principal", statementJSON("Allow", `{"AWS":"arn:aws:iam:::user/*"}`, `"s3:GetObject"`, `"arn:aws:s3:::b/*"`, "")},
		{"null principal", statementJSON("Allow", `null`, `"s3:GetObject"`, `"arn:aws:s3:::b/*"`, "")},
		{"unknown operator", statementJSON("Allow", `"*"`, `"s3:GetObject"`, `"arn:aws:s3:::b/*"`, `{"StringIs":{"s3:prefix":"a"}}`)},
		{"bad number", statementJSON("Allow", `"*"`, `"s3:GetObject"`, `"arn:aws:s3:::b/*"`, `{"NumericEquals":{"s3:max-keys":"x"}}`)},
		{"bad address", statementJSON("Allow", `"*"`, `"s3:GetObject"`, `"arn:aws:s3:::b/*"`, `{"IpAddress":{"aws:SourceIp":"10.0.0.0/33"}}`)},
		{"open variable", statementJSON("Allow", `"*"`, `"s3:GetObject"`, `"arn:aws:s3:::b/${aws:username"`, "")},
		{"NotPrincipal with Allow grants the world", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","NotPrincipal":{"AWS":"` + alice + `"},"Action":"s3:*","Resource":"arn:aws:s3:::b"}}`},
		{"too long", strings.Replace(ok, "{", "{"+strings.Repeat(" ", MaxSize), 1)},
	} {
		_, err := Parse([]byte(tc.doc), ParseOptions{Kind: Bucket, Bucket: "b"})
		var e *Error
		assert.True(t, errors.As(err, &e), "%s: got %v", tc.why, err)
	}
}

func TestKnownKeys(t *testing.T) {
	for _, tc := range []struct {
		why, key string
		known    bool
	}{
		{"a key of S3", "s3:prefix", true},
		{"as it is spelled elsewhere", "S3:VersionID", true},
		{"of what few servers have", "s3:AccessGrantsInstanceArn", true},
		{"a header", "s3:x-amz-server-side-encryption-aws-kms-key-id", true},
		{"a tag by its key", "s3:RequestObjectTag/Team", true},
		{"the keys of all tags", "s3:RequestObjectTagKeys", true},
		{"RGW knows the tags of what is there by another name", "s3:ResourceTag/Team", true},
		{"global keys are not looked at", "aws:Unheard", true},
		{"nor those of other services", "sns:Endpoint", true},
		{"a key that S3 does not have", "s3:Unheard", false},
		{"a header that S3 has no key for", "s3:x-amz-tagging", false},
		{"two keys in one", "s3:prefix s3:requestjoboperation", false},
		{"a tag without a key", "s3:ExistingObjectTag", false},
		{"with an empty key", "s3:ExistingObjectTag/", false},
		{"what has no tags", "s3:prefix/a", false},
		{"no name", "s3:", false},
	} {
		doc := []byte(statementJSON("Allow", `"*"`, `"s3:GetObject"`, `"arn:aws:s3:::b/*"`, `{"StringEquals":{"`+tc.key+`":"a"}}`))
		_, err := Parse(doc, ParseOptions{Kind: Bucket, Bucket: "b", KnownKeys: true})
		if tc.known {
			assert.NoError(t, err, "%s: %s", tc.why, tc.key)
		} else {
			assert.EqualError(t, err, "Policy has an invalid condition key", "%s: %s", tc.why, tc.key)
		}
		_, err = Parse(doc, ParseOptions{Kind: Bucket, Bucket: "b"})
		assert.NoError(t, err, "%s: %s: any key where nobody asked", tc.why, tc.key)
	}
}

func TestKinds(t *testing.T) {
	identity := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["s3:*","iam:Get*"],"Resource":"*"}}`
	p, err := Parse([]byte(identity), ParseOptions{Kind: Identity})
	require.NoError(t, err)
	assert.Equal(t, Allow, p.Evaluate(get(alice, "any/k", nil)).Decision)
	_, err = Parse([]byte(identity), ParseOptions{Kind: Bucket, Bucket: "b"})
	assert.Error(t, err, "a bucket policy needs a principal")
	trust := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + alice + `"},"Action":"sts:AssumeRole"}}`
	p, err = Parse([]byte(trust), ParseOptions{Kind: Trust})
	require.NoError(t, err)
	assert.Equal(t, Allow, p.Evaluate(&Request{Principal: Principal{ARNs: []string{alice}}, Action: "sts:AssumeRole"}).Decision)
}

func TestTenants(t *testing.T) {
	doc := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/*"}}`
	p, err := Parse([]byte(doc), ParseOptions{Kind: Bucket, Bucket: "b", Account: "acme"})
	require.NoError(t, err)
	r := get(alice, "b/k", nil)
	assert.Equal(t, NoMatch, p.Evaluate(r).Decision, "an ARN without account is of the policy's own tenant")
	r.Resource.Account = "acme"
	assert.Equal(t, Allow, p.Evaluate(r).Decision)
}

func TestPublic(t *testing.T) {
	for _, tc := range []struct {
		why, principal, effect, condition string
		want                              bool
	}{
		{"everybody may read", `"*"`, "Allow", "", true},
		{"a user is not everybody", `{"AWS":"` + alice + `"}`, "Allow", "", false},
		{"a denial grants nothing", `"*"`, "Deny", "", false},
		{"a site's addresses are a fixed set", `"*"`, "Allow", `{"IpAddress":{"aws:SourceIp":"10.1.0.0/16"}}`, false},
		{"half the internet is not", `"*"`, "Allow", `{"IpAddress":{"aws:SourceIp":"0.0.0.0/1"}}`, true},
		{"a referer can be claimed by anybody", `"*"`, "Allow", `{"StringLike":{"aws:Referer":"https://x/*"}}`, true},
		{"a negated condition fixes nothing", `"*"`, "Allow", `{"StringNotEquals":{"aws:PrincipalArn":"x:y"}}`, true},
		{"wildcards fix nothing", `"*"`, "Allow", `{"StringLike":{"aws:SourceVpc":"vpc-*"}}`, true},
	} {
		p := parseBucket(t, statementJSON(tc.effect, tc.principal, `"s3:GetObject"`, `"arn:aws:s3:::b/*"`, tc.condition))
		assert.Equal(t, tc.want, p.Public(), tc.why)
	}
}

// An exponential matcher would not come back from this.
func TestWildcardsDoNotBacktrackExponentially(t *testing.T) {
	p, err := compilePattern(strings.Repeat("*a", 200)+"b", false)
	require.NoError(t, err)
	assert.False(t, p.matches(strings.Repeat("a", 1000)))
	assert.True(t, p.matches(strings.Repeat("a", 1000)+"b"))
}

func FuzzParse(f *testing.F) {
	f.Add(statementJSON("Allow", `"*"`, `"s3:*"`, `"arn:aws:s3:::b/${aws:username}"`, `{"ForAllValues:StringLike":{"s3:prefix":["a*"]}}`), "k")
	f.Add(`{"Statement":[{}]}`, "")
	f.Fuzz(func(t *testing.T, doc, key string) {
		p, err := Parse([]byte(doc), ParseOptions{Kind: Bucket, Bucket: "b"})
		if err != nil {
			return
		}
		p.Public()
		p.Evaluate(get(alice, "b/"+key, Map{"s3:prefix": {key}, "aws:username": {key}}))
	})
}

func BenchmarkEvaluate20Statements(b *testing.B) {
	var st []string
	for range 20 {
		st = append(st, `{"Effect":"Allow","Principal":{"AWS":"`+alice+`"},"Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::b/team/${aws:username}/*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}`)
	}
	p := parseBucket(b, `{"Version":"2012-10-17","Statement":[`+strings.Join(st, ",")+`]}`)
	r := get(alice, "b/team/bob/k", Map{"aws:username": {"alice"}, "aws:sourceip": {"10.1.1.1"}})
	b.ReportAllocs()
	for b.Loop() {
		p.Evaluate(r)
	}
}
