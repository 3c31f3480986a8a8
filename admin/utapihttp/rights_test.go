package utapihttp_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/admin/utapihttp"
	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/auth/policy"
	"github.com/cofferstore/coffer/s3http/s3test"
)

// seen asks as u for names of a level and returns those that were answered.
func (l *lab) seen(u s3test.User, level string, names ...string) string {
	l.t.Helper()
	body := fmt.Sprintf(`{%q:["%s"],"timeRange":[0]}`, level, strings.Join(names, `","`))
	status, list, code := l.ask(u, "/"+level+"?Action=ListMetrics", body)
	if status != 200 {
		return fmt.Sprint(status, " ", code)
	}
	var got []string
	for _, m := range list {
		got = append(got, m.BucketName+m.AccountID+m.UserID+m.ServiceName)
	}
	return strings.Join(got, " ")
}

func TestRights(t *testing.T) {
	l := newLab(t, nil)
	account := func(uid, tenant string, change func(*iam.Account)) s3test.User {
		a := iam.Account{User: iam.User{UserID: iam.UserID{UID: uid, Tenant: tenant}}}
		if change != nil {
			change(&a)
		}
		return l.user(a)
	}
	alice := account("alice", "", func(a *iam.Account) {
		a.Subusers = []iam.Subuser{{Name: "reader", Access: iam.AccessFull}}
		a.Keys = []iam.AccountKey{{AccessKey: "alice-key", Secret: "secret"}, {AccessKey: "reader-key", Secret: "secret", Subuser: "reader"}}
	})
	reader := s3test.User{ID: alice.ID, AccessKey: "reader-key", SecretKey: "secret"}
	bob := account("bob", "", nil)
	carol := account("carol", "tenant", nil)
	meter := account("meter", "", func(a *iam.Account) { a.Caps = iam.Caps{{Type: "usage", Perm: iam.PermRead}} })
	system := account("system", "", func(a *iam.Account) { a.System = true })
	blind := account("blind", "", func(a *iam.Account) { a.Withheld = auth.OpRead })
	l.s3(alice, "PUT", "/photos", "")
	l.s3(bob, "PUT", "/bobs", "")
	l.s3(carol, "PUT", "/carols", "")

	const denied = "403 AccessDenied"
	for _, tt := range []struct {
		explanation string
		user        s3test.User
		level       string
		names       []string
		want        string
	}{
		{"an administrator sees all, in the order asked", l.Root(), "buckets", []string{"photos", "bobs", "photos"}, "photos bobs photos"},
		{"and what was never there, as zeros", l.Root(), "buckets", []string{"none", "Not A Name"}, "none Not A Name"},
		{"buckets of tenants by full name", l.Root(), "buckets", []string{"tenant:carols"}, "tenant:carols"},
		{"accounts", l.Root(), "accounts", []string{"bob", "alice", "tenant$carol"}, "bob alice tenant$carol"},
		{"but no account that is not there", l.Root(), "accounts", []string{"nobody", "alice"}, "alice"},
		{"if none is left, nothing", l.Root(), "accounts", []string{"nobody", ""}, denied},
		{"users", l.Root(), "users", []string{"alice:reader"}, "alice:reader"},
		{"the service", l.Root(), "service", []string{"s3"}, "s3"},
		{"so does who may read usage", meter, "service", []string{"s3"}, "s3"},
		{"and a user of the system", system, "buckets", []string{"photos"}, "photos"},
		{"an owner sees own buckets; others are left out", alice, "buckets", []string{"bobs", "photos", "none"}, "photos"},
		{"not those of others alone", alice, "buckets", []string{"bobs", "tenant:carols"}, denied},
		{"nor what is not there", alice, "buckets", []string{"none"}, denied},
		{"the own account", alice, "accounts", []string{"bob", "alice"}, "alice"},
		{"own users", alice, "users", []string{"alice:reader", "bob:reader"}, "alice:reader"},
		{"not the service", alice, "service", []string{"s3"}, denied},
		{"names without a tenant are of the caller's", carol, "buckets", []string{"carols", "tenant:carols", "photos"}, "carols tenant:carols"},
		{"a subuser needs a policy", reader, "buckets", []string{"photos"}, denied},
		{"who may not read", blind, "accounts", []string{"blind"}, denied},
	} {
		assert.Equal(t, tt.want, l.seen(tt.user, tt.level, tt.names...), tt.explanation)
	}
	l.s3(carol, "PUT", "/carols/a", "123")
	_, list, _ := l.ask(carol, "/buckets?Action=ListMetrics", `{"buckets":["carols"],"timeRange":[0]}`)
	require.Len(t, list, 1)
	assert.EqualValues(t, 3, list[0].StorageUtilized[1], "of the bucket that is meant")
}

// known is a Verifier to which everybody is the same.
type known struct{ id auth.Identity }

func (k *known) Verify(*http.Request) (*auth.Identity, error) {
	id := k.id
	id.Scheme, id.Transport, id.Service = auth.SchemeV4, auth.TransportHeader, "s3"
	return &id, nil
}

func TestPolicies(t *testing.T) {
	who := &known{}
	l := newLab(t, &utapihttp.Options{Verifier: who})
	l.s3(l.user(iam.Account{User: iam.User{UserID: iam.UserID{UID: "alice"}}}), "PUT", "/photos", "")
	l.s3(l.user(iam.Account{User: iam.User{UserID: iam.UserID{UID: "bob"}}}), "PUT", "/bobs", "")
	statement := func(effect, action, resource string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"` + effect + `","Action":"` + action + `","Resource":"` + resource + `"}]}`
	}
	const denied = "403 AccessDenied"
	for _, tt := range []struct {
		explanation, subuser, policy, level, name, want string
	}{
		{"a pattern, of any account", "reader", statement("Allow", "utapi:ListMetrics", "arn:scality:utapi:::buckets/*"), "buckets", "photos", "photos"},
		{"by account", "reader", statement("Allow", "utapi:ListMetrics", "arn:scality:utapi::alice:buckets/photos"), "buckets", "photos", "photos"},
		{"another account", "reader", statement("Allow", "utapi:ListMetrics", "arn:scality:utapi::bob:buckets/photos"), "buckets", "photos", denied},
		{"the other action's name", "reader", statement("Allow", "utapi:ListRecentMetrics", "arn:scality:utapi:::buckets/*"), "buckets", "photos", "photos"},
		{"all actions", "reader", statement("Allow", "utapi:*", "arn:scality:utapi:::accounts/*"), "accounts", "alice", "alice"},
		{"a level that is not named", "reader", statement("Allow", "utapi:*", "arn:scality:utapi:::accounts/*"), "buckets", "photos", denied},
		{"not beyond the own account", "reader", statement("Allow", "utapi:*", "*"), "buckets", "bobs", denied},
		{"nor the service", "reader", statement("Allow", "utapi:*", "*"), "service", "s3", denied},
		{"another API's action", "reader", statement("Allow", "s3:*", "*"), "buckets", "photos", denied},
		{"the account itself needs none", "", statement("Allow", "s3:*", "*"), "buckets", "photos", "photos"},
		{"but can be denied", "", statement("Deny", "utapi:*", "*"), "buckets", "photos", denied},
	} {
		p, err := policy.Parse([]byte(tt.policy), policy.ParseOptions{Kind: policy.Identity})
		require.NoError(t, err, tt.explanation)
		who.id = auth.Identity{Principal: auth.Principal{ID: "alice", Subuser: tt.subuser, Policies: []*policy.Policy{p}}}
		assert.Equal(t, tt.want, l.seen(s3test.User{AccessKey: "x", SecretKey: "x"}, tt.level, tt.name), tt.explanation)
	}
}

// Conditions of a policy are about the request, as they are in S3.
func TestConditions(t *testing.T) {
	who := &known{}
	l := newLab(t, &utapihttp.Options{Verifier: who})
	l.s3(l.user(iam.Account{User: iam.User{UserID: iam.UserID{UID: "alice"}}}), "PUT", "/photos", "")
	for condition, want := range map[string]bool{
		`"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}`:                          true, // as httptest has it
		`"IpAddress":{"aws:SourceIp":"198.51.100.0/24"}`:                       false,
		`"DateLessThan":{"aws:CurrentTime":"2017-10-01T00:00:00Z"}`:            true,
		`"DateGreaterThan":{"aws:CurrentTime":"2017-10-01T00:00:00Z"}`:         false,
		`"NumericGreaterThan":{"aws:EpochTime":"1505476000"}`:                  true,
		`"Bool":{"aws:SecureTransport":"false"}`:                               true,
		`"Bool":{"aws:SecureTransport":"true"}`:                                false,
		`"Null":{"aws:UserAgent":"true"}`:                                      true, // there is none
		`"StringEquals":{"aws:username":"alice"}`:                              true,
		`"StringEquals":{"aws:userid":"alice"}`:                                true,
		`"StringEquals":{"aws:userid":"bob"}`:                                  false,
		`"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam:::user/alice"}`:          true,
		`"Null":{"aws:PrincipalOrgID":"true"}`:                                 true, // nor is what this API has no word for
		`"StringEquals":{"aws:username":"alice","aws:PrincipalOrgID":"o-123"}`: false,
	} {
		text := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"utapi:*","Resource":"*","Condition":{` + condition + `}}]}`
		p, err := policy.Parse([]byte(text), policy.ParseOptions{Kind: policy.Identity})
		require.NoError(t, err, condition)
		who.id = auth.Identity{Principal: auth.Principal{ID: "alice", Subuser: "reader", Policies: []*policy.Policy{p}}}
		assert.Equal(t, want, l.seen(s3test.User{AccessKey: "x", SecretKey: "x"}, "buckets", "photos") == "photos", condition)
	}
}
