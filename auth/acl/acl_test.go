package acl

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	alice = Owner{ID: "alice", DisplayName: "Alice"}
	bob   = Owner{ID: "bob", DisplayName: "Bob"}
)

// people resolves alice and bob; two users share twin@x.
type people struct{}

func (people) ByID(_ context.Context, id string) (Owner, error) {
	for _, u := range []Owner{alice, bob} {
		if u.ID == id {
			return u, nil
		}
	}
	return Owner{}, ErrNoSuchUser
}

func (people) ByEmail(_ context.Context, email string) (Owner, error) {
	switch email {
	case "bob@x":
		return bob, nil
	case "twin@x":
		return Owner{}, ErrAmbiguous
	}
	return Owner{}, ErrNoSuchUser
}

func TestCanned(t *testing.T) {
	anon, other, me := Caller{}, Caller{ID: "carol"}, Caller{ID: "alice"}
	for _, tc := range []struct {
		why, name string
		c         Caller
		p         Permission
		want      bool
	}{
		{"the owner has full control", "private", me, Write, true},
		{"nobody else has anything", "private", other, Read, false},
		{"no canned ACL is private", "", anon, Read, false},
		{"public-read is for everybody", "public-read", anon, Read, true},
		{"but not to write", "public-read", other, Write, false},
		{"nor to read the ACL", "public-read", anon, ReadACP, false},
		{"public-read-write", "public-read-write", anon, Write, true},
		{"authenticated-read needs a user", "authenticated-read", anon, Read, false},
		{"any user will do", "authenticated-read", other, Read, true},
		{"the bucket's owner reads", "bucket-owner-read", Caller{ID: "bob"}, Read, true},
		{"and no more", "bucket-owner-read", Caller{ID: "bob"}, ReadACP, false},
		{"the bucket's owner controls", "bucket-owner-full-control", Caller{ID: "bob"}, WriteACP, true},
		{"logs are written by the store alone", "log-delivery-write", Caller{LogDelivery: true}, Write, true},
		{"not by users", "log-delivery-write", other, Write, false},
	} {
		a, err := Canned(tc.name, alice, bob)
		require.NoError(t, err, tc.why)
		_, got := a.Allows(tc.c, tc.p)
		assert.Equal(t, tc.want, got, tc.why)
	}
	_, err := Canned("public", alice, alice)
	assert.ErrorIs(t, err, InvalidArgument, "an unknown name must not fall back to private")
}

func TestOwnerIsNeverLockedOut(t *testing.T) {
	a := &ACL{Owner: alice}
	for p, want := range map[Permission]bool{ReadACP: true, WriteACP: true, Read: false, Write: false} {
		_, got := a.Allows(Caller{ID: "alice"}, p)
		assert.Equal(t, want, got, "%s with an empty list", p)
	}
}

func TestHeaders(t *testing.T) {
	for _, tc := range []struct {
		why  string
		h    Headers
		code Code
	}{
		{"ids, groups and addresses in one header", Headers{Read: `id="bob", uri="` + AllUsers + `", emailAddress=bob@x`}, ""},
		{"canned and explicit exclude each other", Headers{Canned: "private", Read: `id="bob"`}, InvalidArgument},
		{"unknown id", Headers{Read: `id="nobody"`}, InvalidArgument},
		{"unknown address", Headers{Read: `emailAddress="nobody@x"`}, UnresolvableByEmail},
		{"address of two users", Headers{Read: `emailAddress="twin@x"`}, AmbiguousByEmail},
		{"unknown group", Headers{Read: `uri="http://x"`}, InvalidArgument},
		{"unknown kind", Headers{Read: `name="bob"`}, InvalidArgument},
		{"no value", Headers{Read: `id`}, InvalidArgument},
		{"more grants than an ACL holds", Headers{Read: strings.Repeat(`id="bob",`, MaxGrants) + `id="bob"`}, InvalidArgument},
	} {
		a, err := FromHeaders(context.Background(), people{}, tc.h, alice, alice)
		if tc.code != "" {
			assert.ErrorIs(t, err, tc.code, tc.why)
			continue
		}
		require.NoError(t, err, tc.why)
		assert.Equal(t, []Grant{{User: bob, Permission: Read}, {Group: AllUsers, Permission: Read}, {User: bob, Permission: Read}}, a.Grants, tc.why)
	}
}

func TestXMLRoundTrip(t *testing.T) {
	a, err := FromHeaders(context.Background(), people{}, Headers{FullControl: "id=alice", Read: "uri=" + AllUsers, WriteACP: "id=bob"}, alice, alice)
	require.NoError(t, err)
	data, err := a.XML()
	require.NoError(t, err)
	assert.Contains(t, string(data), `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group"><URI>`+AllUsers)
	back, err := ParseXML(context.Background(), people{}, data, alice)
	require.NoError(t, err)
	assert.Equal(t, a, back)
	stored, err := a.Encode()
	require.NoError(t, err)
	back, err = Decode(stored)
	require.NoError(t, err)
	assert.Equal(t, a, back)
}

func TestRefusedXML(t *testing.T) {
	doc := func(owner, grants string) string {
		return `<AccessControlPolicy><Owner><ID>` + owner + `</ID></Owner><AccessControlList>` + grants + `</AccessControlList></AccessControlPolicy>`
	}
	grant := func(typ, who, p string) string {
		return `<Grant><Grantee xmlns:xsi="` + xsiNamespace + `" xsi:type="` + typ + `">` + who + `</Grantee><Permission>` + p + `</Permission></Grant>`
	}
	ok := grant("CanonicalUser", "<ID>bob</ID>", "READ")
	for _, tc := range []struct {
		why, doc string
		code     Code
	}{
		{"not XML", "x", MalformedACL},
		{"another document", "<Tagging/>", MalformedACL},
		{"no owner", "<AccessControlPolicy><AccessControlList/></AccessControlPolicy>", MalformedACL},
		{"an owner is not changed by an ACL", doc("bob", ok), InvalidArgument},
		{"unknown permission", doc("alice", grant("CanonicalUser", "<ID>bob</ID>", "ALL")), MalformedACL},
		{"unknown kind of grantee", doc("alice", grant("Robot", "<ID>bob</ID>", "READ")), MalformedACL},
		{"nobody is named", doc("alice", grant("CanonicalUser", "", "READ")), MalformedACL},
		{"unknown user", doc("alice", grant("CanonicalUser", "<ID>zed</ID>", "READ")), InvalidArgument},
		{"unknown address", doc("alice", grant("AmazonCustomerByEmail", "<EmailAddress>z@x</EmailAddress>", "READ")), UnresolvableByEmail},
		{"too many", doc("alice", strings.Repeat(ok, MaxGrants+1)), MalformedACL},
		{"something behind the document", doc("alice", ok) + "<a/>", MalformedACL},
	} {
		_, err := ParseXML(context.Background(), people{}, []byte(tc.doc), alice)
		assert.ErrorIs(t, err, tc.code, tc.why)
	}
}

func TestPublicAndOwnerOnly(t *testing.T) {
	for name, want := range map[string]struct{ public, ownerOnly bool }{
		"private":                   {false, true},
		"public-read":               {true, false},
		"authenticated-read":        {true, false},
		"bucket-owner-full-control": {false, true},
		"bucket-owner-read":         {false, false},
		"log-delivery-write":        {false, false},
	} {
		a, err := Canned(name, alice, bob)
		require.NoError(t, err)
		assert.Equal(t, want.public, a.Public(), name)
		assert.Equal(t, want.ownerOnly, a.OwnerOnly("bob"), name)
	}
}

func FuzzParseXML(f *testing.F) {
	f.Add(`<AccessControlPolicy><Owner><ID>alice</ID></Owner><AccessControlList><Grant><Grantee/><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>`)
	f.Fuzz(func(t *testing.T, doc string) {
		a, err := ParseXML(context.Background(), people{}, []byte(doc), alice)
		if err == nil && a.Owner != alice {
			t.Fatal("the owner was changed")
		}
	})
}

func FuzzFromHeaders(f *testing.F) {
	f.Add("", `id="bob", uri="`+AllUsers+`"`)
	f.Add("public-read", "")
	f.Fuzz(func(t *testing.T, canned, list string) {
		a, err := FromHeaders(context.Background(), people{}, Headers{Canned: canned, Read: list}, alice, bob)
		if err != nil {
			return
		}
		if a.Owner != alice || len(a.Grants) > MaxGrants {
			t.Fatal("the owner was changed, or there are too many grants")
		}
		for _, g := range a.Grants {
			if (g.User.ID == "") == (g.Group == "") {
				t.Fatalf("a grant to nobody, or to two: %+v", g)
			}
		}
	})
}
