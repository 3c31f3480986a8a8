package rgwhttp_test

import (
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/admin/internal/admintest"
	"github.com/cofferstore/coffer/admin/rgwhttp"
	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/acl"
	"github.com/cofferstore/coffer/auth/awssig"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/internal/rgwreplay"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/usage"
)

// lab is a server with the users of the recordings.
type lab struct {
	*admintest.Lab
	t    *testing.T
	url  string
	refs *strings.Replacer // recorded ids of buckets -> those of this server
}

func newLab(t *testing.T) *lab {
	t.Helper()
	return newLabWith(t, nil)
}

func newLabWith(t *testing.T, o *admintest.Options) *lab {
	t.Helper()
	l := &lab{Lab: admintest.New(t, o), t: t}
	verifier := auth.Chain(awssig.V4(l.Users, nil), awssig.V2(l.Users, nil), awssig.Anonymous())
	server := httptest.NewServer(rgwhttp.New(l.Service, &rgwhttp.Options{Verifier: verifier}))
	t.Cleanup(server.Close)
	l.url = server.URL
	l.user("lab-admin", "Lab Admin", "users=*;buckets=*;usage=*;metadata=*;zone=*;roles=*;oidc-provider=*;user-policy=*")
	l.user("lab-user", "Lab User", "")
	l.user("lab-other", "Lab Other", "")
	l.user("acme$lab-tenant", "Lab Tenant", "")
	return l
}

// user makes a user whose key has the name of the user.
func (l *lab) user(name, display, caps string) {
	l.t.Helper()
	u := iam.User{UserID: iam.ParseUserID(name), DisplayName: display, MaxBuckets: 1000}
	if caps != "" {
		var err error
		u.Caps, err = iam.ParseCaps(caps)
		require.NoError(l.t, err)
	}
	l.AddUser(u, iam.AccountKey{AccessKey: accessKey(name), Secret: "secret"})
}

func accessKey(name string) string { return strings.ReplaceAll(name, "$", "-") }

// credentials finds those of users that the lab or a recording has made.
func (l *lab) credentials(name string) awssig.Credentials {
	a, err := l.Users.Account(l.t.Context(), iam.ParseUserID(name))
	require.NoError(l.t, err)
	require.NotEmpty(l.t, a.Keys)
	return awssig.Credentials{AccessKey: a.Keys[0].AccessKey, Secret: a.Keys[0].Secret}
}

func (l *lab) replay(name string) {
	l.t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", filepath.FromSlash(name)+".txt"))
	require.NoError(l.t, err)
	e, err := rgwreplay.Parse(string(text))
	require.NoError(l.t, err, name)
	if l.refs != nil {
		e.Target = l.refs.Replace(e.Target)
	}
	r, err := e.Request(l.url, l.credentials, time.Now())
	require.NoError(l.t, err, name)
	resp, err := http.DefaultClient.Do(r)
	require.NoError(l.t, err, name)
	defer resp.Body.Close()
	found, err := e.Differences(resp)
	require.NoError(l.t, err, name)
	for _, f := range found {
		assert.Fail(l.t, name+": "+f)
	}
}

// all replays recordings of a folder in order.
func (l *lab) all(folder, names string) {
	l.t.Helper()
	for _, name := range strings.Fields(names) {
		l.replay(folder + "/" + name)
	}
}

// created are the recordings that make the users of the others, in the order
// in which they were made.
const created = `create-minimal create-all-parameters create-format-xml create-no-generate-key
	create-tenant-parameter create-tenant-in-uid create-swift-key create-swift-key-type-generated
	create-max-buckets-negative create-max-buckets-zero create-suspended-true create-suspended-garbage
	create-access-key-only create-secret-key-only create-user-caps create-system-user create-default-placement
	create-error-key-exists create-error-email-exists create-error-no-uid create-error-empty-uid
	create-error-no-display-name create-error-bad-caps-type create-error-bad-caps-perm
	create-error-bad-caps-syntax create-error-bad-key-type create-error-empty-access-key create-error-bad-op-mask
	create-error-tenant-mismatch create-error-tenant-bad-characters create-error-default-placement
	create-error-format-unknown create-error-exists create-error-exists-same-everything
	create-error-key-exists-same-user create-exclusive-false-again create-post-method`

func (l *lab) populate() {
	l.t.Helper()
	l.all("user", created)
	// RGW took max-buckets=many for -1 when it made this one.
	l.user("lab-a10", "Lab A10", "")
}

func TestReplayUsers(t *testing.T) {
	l := newLab(t)
	l.populate()
	l.all("user", `list info-by-uid info-by-access-key info-by-email info-format-xml info-accept-xml info-tenant-user
		info-tenant-parameter info-trailing-slash info-stats info-stats-sync info-error-no-parameters
		info-error-no-such-access-key info-error-no-such-user info-error-no-such-user-xml info-head-method
		error-admin-root error-admin-root-slash error-unknown-resource`)
	l.all("user", `modify-display-name-email modify-email-empty modify-max-buckets modify-suspend modify-suspend-numeric
		modify-enable modify-add-key modify-change-secret modify-generate-key modify-user-caps modify-user-caps-adds
		modify-op-mask modify-nothing modify-format-xml modify-error-bad-caps modify-error-bad-key-type
		modify-error-email-exists modify-error-key-exists modify-error-no-such-user modify-error-no-uid`)
	l.all("user", `subuser-create-bare-flag-v2 subuser-create-access-read subuser-create-access-write
		subuser-create-access-readwrite subuser-create-access-full subuser-create-short-name subuser-create-no-access
		subuser-create-generate-secret subuser-create-secret-parameter subuser-create-s3-key
		subuser-create-s3-key-generated subuser-create-format-xml subuser-create-error-exists
		subuser-create-error-bad-access subuser-create-error-bad-key-type subuser-create-error-no-such-user
		subuser-create-error-no-subuser subuser-create-other-uid-prefix subuser-modify-access subuser-modify-secret
		subuser-modify-generate-secret subuser-modify-error-bad-access subuser-modify-error-no-such-subuser
		subuser-remove subuser-remove-short-name subuser-remove-purge-keys-false
		subuser-remove-error-no-such-subuser subuser-remove-error-no-such-user`)
	l.all("user", `remove remove-error-again remove-format-xml remove-tenant-user remove-error-no-uid`)
}

func TestReplayKeys(t *testing.T) {
	l := newLab(t)
	l.populate()
	l.all("user", `subuser-for-key key-create-generated key-create-given key-create-access-only key-create-secret-only
		key-create-generate-false key-create-replaces-secret key-create-s3-for-subuser key-create-format-xml
		key-create-swift key-create-swift-with-subuser key-create-swift-generated key-create-error-bad-type
		key-create-error-exists key-create-error-no-such-user key-create-error-no-uid
		key-create-error-swift-no-subuser key-after-create key-remove-access-key-only key-remove
		key-remove-error-bad-type key-remove-error-no-access-key key-remove-error-no-such-key
		key-remove-error-other-users-key key-remove-swift key-after-remove`)
}

func TestReplayCaps(t *testing.T) {
	l := newLab(t)
	l.populate()
	l.all("user", `caps-add caps-add-merges caps-add-star caps-add-every-type caps-type-users caps-type-buckets
		caps-type-metadata caps-type-usage caps-type-zone caps-type-bilog caps-type-mdlog caps-type-datalog
		caps-type-roles caps-type-user-policy caps-type-opstate caps-type-oidc-provider caps-type-amz-cache
		caps-add-spaces caps-add-error-bad-perm caps-add-error-bad-type caps-add-error-empty caps-add-error-missing
		caps-add-error-no-such-user caps-add-format-xml caps-remove caps-remove-all-of-type
		caps-remove-error-bad-type caps-remove-error-no-such-user caps-remove-not-held`)
}

func TestReplayWhoMay(t *testing.T) {
	l := newLab(t)
	l.populate()
	l.user("lab-readonly", "RO", "users=read")
	l.user("lab-writeonly", "WO", "users=write")
	l.all("user", `auth-error-anonymous auth-error-bad-signature-without-sts auth-error-bad-signature-v2-without-sts
		auth-error-unknown-access-key-without-sts auth-error-no-caps auth-error-no-caps-create
		auth-error-no-caps-self auth-error-no-caps-unknown-user auth-error-no-caps-format-xml auth-v2
		auth-presigned-v4 auth-read-cap-may-read auth-error-read-cap-may-not-write auth-write-cap-may-not-read
		auth-write-cap-may-write auth-error-read-cap-other-resource`)
	_, err := l.Users.UpdateUser(t.Context(), iam.UserID{UID: "lab-readonly"}, func(u *iam.User) error { u.Suspended = true; return nil })
	require.NoError(t, err)
	l.all("user", "auth-error-suspended-admin")
}

// bucket makes a bucket with a canned ACL.
func (l *lab) bucket(owner, name, canned string) *objstore.Bucket {
	l.t.Helper()
	b := l.AddBucket(owner, name)
	require.NoError(l.t, b.SetDocument(l.t.Context(), "acl", l.acl(owner, canned)))
	return b
}

func (l *lab) acl(owner, canned string) []byte {
	l.t.Helper()
	o := acl.Owner{ID: owner, DisplayName: l.Users.DisplayName(l.t.Context(), owner)}
	a, err := acl.Canned(canned, o, o)
	require.NoError(l.t, err)
	data, err := a.Encode()
	require.NoError(l.t, err)
	return data
}

func (l *lab) put(b *objstore.Bucket, key string, size int, list []byte) {
	l.t.Helper()
	_, err := b.Put(l.t.Context(), key, strings.NewReader(strings.Repeat("x", size)), &objstore.PutOptions{ACL: list, Owner: b.Info().Owner})
	require.NoError(l.t, err)
}

func TestReplayBuckets(t *testing.T) {
	l := newLab(t)
	l.all("bucket", "list-all-empty")
	b1 := l.bucket("lab-user", "lab-b1", "private")
	l.put(b1, "hello.txt", 11, nil)
	l.put(b1, "dir/deep.bin", 5000, nil)
	u, err := b1.CreateUpload(t.Context(), "unfinished", nil)
	require.NoError(t, err)
	_, err = u.PutPart(t.Context(), 1, strings.NewReader(strings.Repeat("x", 100)), nil)
	require.NoError(t, err)
	b2 := l.bucket("lab-user", "lab-b2", "public-read")
	l.put(b2, "one", 1, l.acl("lab-user", "authenticated-read"))
	require.NoError(t, b2.SetDocument(t.Context(), "tagging", []byte("<Tagging><TagSet><Tag><Key>team</Key><Value>blue</Value></Tag></TagSet></Tagging>")))
	b3 := l.bucket("lab-user", "lab-b3", "private")
	l.bucket("acme$lab-tenant", "lab-t1", "private")
	ref := b3.Info().Ref
	l.refs = strings.NewReplacer("8bafcfa0-f6f6-4c27-927d-e68750cad605.4126.4", hex.EncodeToString(ref[:]))

	l.all("bucket", `info info-stats info-stats-format-xml info-bare-flag-v2 info-empty-bucket info-with-uid
		info-with-wrong-uid info-tenant-slash info-tenant-colon info-tenant-missing info-tenant-by-uid
		info-error-no-such-bucket info-error-no-such-bucket-stats info-error-no-caps
		info-error-owner-without-caps info-error-anonymous list-all list-all-stats list-by-uid
		list-by-uid-format-xml list-by-uid-stats list-by-uid-stats-format-xml list-by-uid-none list-by-tenant-uid
		list-error-no-such-user metadata-list-buckets metadata-get-bucket`)
	l.all("bucket", `index-check index-check-fix index-check-format-xml index-error-no-bucket
		index-error-no-such-bucket policy-bucket policy-bucket-private policy-object policy-format-xml
		policy-error-no-bucket policy-error-no-such-bucket policy-error-no-such-object`)
	l.all("bucket", `quota-set-json quota-set-query quota-in-info quota-set-query-no-uid quota-set-wrong-owner
		quota-set-error-no-such-bucket quota-set-error-no-such-user quota-get-not-there`)
	l.all("bucket", `unlink-error-no-such-bucket unlink-error-no-such-user unlink-error-no-uid unlink-wrong-owner unlink
		unlink-effect-list unlink-effect-all unlink-effect-info unlink-again`)
	l.all("bucket", `link link-effect-info link-effect-list-new-owner link-effect-policy link-error-no-such-bucket
		link-error-no-such-user link-error-no-uid link-error-wrong-bucket-id link-new-name link-new-name-effect
		link-no-bucket-id link-back`)
	l.all("bucket", `object-remove object-remove-again object-remove-bare-flag-v2 object-remove-error-no-caps
		object-remove-error-no-such-bucket`)
	l.all("bucket", `remove-error-no-bucket remove-error-no-caps remove-error-not-empty
		remove-error-not-empty-purge-false remove-purge-objects remove-error-no-such-bucket remove-tenant-bucket
		remove-with-unfinished-upload`)
}

func TestReplayMetadata(t *testing.T) {
	l := newLab(t)
	l.populate()
	l.all("user", `metadata-list-users metadata-get-user-error metadata-get-section-error`)
	l.all("user", "subuser-create-other-uid-prefix metadata-get-user")
}

func TestReplayQuotas(t *testing.T) {
	l := newLab(t)
	l.populate()
	l.all("user", `quota-get-both quota-get-user quota-get-bucket quota-get-format-xml quota-get-both-format-xml
		quota-get-error-bad-type quota-get-error-no-uid quota-get-error-no-such-user quota-set-user-json
		quota-get-after-user-json quota-set-bucket-json quota-get-after-bucket-json quota-set-both-json
		quota-get-after-both-json quota-set-user-query quota-set-user-query-partial quota-set-user-query-max-size
		quota-get-after-query quota-set-query-no-type quota-set-json-partial quota-get-after-json-partial
		quota-set-error-bad-json quota-set-error-bad-type quota-set-error-no-such-user quota-set-bad-json-then-get
		quota-set-user-json-v4-unsigned-payload`)
	l.bucket("lab-a3", "full", "private")
	l.all("user", "remove-error-has-buckets remove-purge-data")
}

func TestReplayUsage(t *testing.T) {
	l := newLab(t)
	hour := time.Date(2026, 11, 22, 10, 32, 43, 0, time.UTC)
	record := func(operation string) {
		l.Usage.Record(&usage.Entry{
			Start: hour, Method: "GET", Status: 200, Category: operation, User: "lab-user", Owner: "lab-user", BytesSent: 1354 / 2,
		})
	}
	l.all("usage", "get-before-traffic get-no-such-user get-other-caller get-anonymous get-error-anonymous get-error-no-caps get-error-own-usage-without-caps")
	record("get_self_usage")
	record("get_self_usage")
	l.all("usage", "get-after-trim get-by-uid-neither get-range-past get-range-start-only trim-error-no-caps trim-no-such-user trim-range-past trim-remove-all-with-range")
	l.all("usage", "get-after-trim")
	l.all("usage", "trim-uid trim-again trim-bucket trim-remove-all get-after-remove-all get-after-trim-no-uid")
}
