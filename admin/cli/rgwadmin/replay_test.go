package rgwadmin_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/admin/cli"
	"github.com/cofferstore/coffer/admin/cli/rgwadmin"
	"github.com/cofferstore/coffer/admin/internal/admintest"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/internal/rgwreplay"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/usage"
)

// lab is a store with the users of the recordings.
type lab struct {
	*admintest.Lab
	t    *testing.T
	tool cli.Tool
}

func newLab(t *testing.T) *lab {
	t.Helper()
	return newLabWith(t, nil)
}

func newLabWith(t *testing.T, o *admintest.Options) *lab {
	t.Helper()
	l := &lab{Lab: admintest.New(t, o), t: t}
	l.tool = rgwadmin.New(l.Service, nil)
	l.user("lab-admin", "Lab Admin", "LABADMIN000000000001")
	l.user("lab-user", "Lab User", "LABUSER0000000000001")
	l.user("lab-other", "Lab Other", "LABOTHER000000000001")
	l.user("acme$lab-tenant", "Lab Tenant", "LABTENANT00000000001")
	return l
}

func (l *lab) user(name, display, key string) {
	l.t.Helper()
	l.AddUser(iam.User{UserID: iam.ParseUserID(name), DisplayName: display, MaxBuckets: 1000}, iam.AccountKey{AccessKey: key, Secret: "secret"})
}

// run runs the tool.
func (l *lab) run(args ...string) (exit int, stdout, stderr string) {
	l.t.Helper()
	var o, e bytes.Buffer
	exit = l.tool(l.t.Context(), &cli.Invocation{Args: args, Stdout: &o, Stderr: &e})
	return exit, o.String(), e.String()
}

// must runs the tool, which must succeed, and returns what it printed.
func (l *lab) must(args ...string) string {
	l.t.Helper()
	exit, stdout, stderr := l.run(args...)
	require.Zero(l.t, exit, "%q: %s", args, stderr)
	return stdout
}

func (l *lab) recorded(name string) *rgwreplay.Command {
	l.t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	require.NoError(l.t, err)
	c, err := rgwreplay.ParseCommand(data)
	require.NoError(l.t, err, name)
	return c
}

// replay runs recorded commands in order and compares.
func (l *lab) replay(names string, without ...string) {
	l.t.Helper()
	for _, name := range strings.Fields(names) {
		c := l.recorded(name)
		exit, stdout, stderr := l.run(c.Args...)
		for _, f := range c.Differences(exit, stdout, stderr, without...) {
			assert.Fail(l.t, name+": "+f)
		}
	}
}

// created makes the users of the other recordings.
const created = `user-create user-create-again user-create-again-exclusive user-create-generated-key user-create-tenant
	user-create-tenant-in-uid user-create-swift user-create-all-options user-create-error-no-uid
	user-create-error-no-display-name user-create-error-key-exists user-create-error-email-exists user-create-error-caps`

// changed brings lab-c1 to what the recordings of quotas and devices show of it.
const changed = created + ` user-modify user-modify-add-key user-suspend user-suspend-again user-enable
	subuser-create subuser-create-key subuser-create-gen-secret subuser-create-again subuser-modify subuser-rm subuser-rm-purge-keys
	key-create-swift key-create-s3 key-create-gen key-rm-s3 key-rm-swift caps-add caps-add-star caps-rm`

func TestReplayUsers(t *testing.T) {
	l := newLab(t)
	l.replay(created)
	l.replay(`user-info user-info-by-access-key user-info-by-email user-info-tenant user-info-error-missing user-info-error-no-uid
		user-list metadata-list-user user-modify user-modify-add-key user-modify-error-missing user-suspend user-suspend-again
		user-suspend-error-missing user-enable user-check user-stats-error-none error-unknown-command`)
	l.replay(`subuser-create subuser-create-key subuser-create-gen-secret subuser-create-again subuser-create-error-access
		subuser-create-error-missing-user subuser-modify subuser-rm subuser-rm-purge-keys subuser-rm-error-missing`)
	l.replay(`key-create-swift key-create-s3 key-create-gen key-create-error-exists key-create-error-type
		key-rm-s3 key-rm-error-missing key-rm-swift`)
	l.replay("caps-add caps-add-star caps-add-error caps-rm")
	l.replay("user-list-max-entries", "keys", "marker") // RGW's order is that of its shards
	l.replay("user-rm user-rm-error-missing")
}

func TestReplayQuotas(t *testing.T) {
	l := newLab(t)
	l.replay("global-quota-get")
	l.replay(changed)
	l.replay(`quota-set-user quota-set-bucket-scope quota-enable-user quota-enable-bucket-scope quota-after
		quota-set-error-scope quota-set-error-size quota-set-negative quota-after-negative quota-disable metadata-get-user`)
}

func (l *lab) put(b *objstore.Bucket, key, data string) objstore.ObjectInfo {
	l.t.Helper()
	info, err := b.Put(l.t.Context(), key, strings.NewReader(data), &objstore.PutOptions{Owner: b.Info().Owner})
	require.NoError(l.t, err)
	return info
}

func TestReplayBuckets(t *testing.T) {
	l := newLab(t)
	l.replay("user-rm-error-has-buckets-setup") // there are none
	b := l.AddBucket("lab-user", "lab-cb1")
	l.put(b, "a", strings.Repeat("x", 100))
	l.put(b, "b", "y")
	l.AddBucket("lab-user", "lab-cb2")
	l.AddBucket("acme$lab-tenant", "lab-ct")
	l.replay("bucket-list-objects bucket-list-objects-max", "ver")
	l.replay(`bucket-list bucket-list-uid bucket-list-error-missing bucket-stats bucket-stats-empty bucket-stats-uid
		bucket-stats-tenant bucket-stats-tenant-option bucket-stats-error-missing bucket-limit-check bucket-check metadata-get-bucket`)
	l.replay("bucket-check-fix", "objects")
	l.replay("object-stat", "manifest", "attrs", "mtime")
	l.replay(`policy bucket-quota-set bucket-quota-enable bucket-quota-after bucket-link bucket-link-after
		bucket-link-error-missing-bucket bucket-link-error-missing-user bucket-chown bucket-unlink bucket-unlink-after`)
	l.replay("policy-xml")
	l.replay("object-rm")
	_, err := b.Object(t.Context(), "a", nil)
	require.ErrorIs(t, err, objstore.ErrNoSuchKey)
	l.must("bucket", "link", "--bucket=lab-cb2", "--uid=lab-user")
	l.replay("bucket-rm bucket-rm-error-not-empty user-rm-error-has-buckets")
	l.replay("user-stats bucket-rm-purge bucket-rm-error-missing")
	l.AddBucket("lab-user", "again")
	l.replay("user-stats-sync user-rm-purge-data")
	_, err = l.Users.Account(t.Context(), iam.UserID{UID: "lab-user"})
	require.ErrorIs(t, err, iam.ErrNoSuchUser)
}

// traffic is a recorded usage document.
type traffic struct {
	Entries []struct {
		Buckets []struct {
			Bucket, Time, Owner string
			Categories          []recordedSum
		}
	}
	Summary []struct {
		User       string
		Categories []recordedSum
	}
}

type recordedSum struct {
	Category      string
	BytesSent     int64 `json:"bytes_sent"`
	BytesReceived int64 `json:"bytes_received"`
	Ops           int64
	SuccessfulOps int64 `json:"successful_ops"`
}

// usageOf makes the requests that a recording sums up. Where it shows only the
// sum, they are of one bucket.
func (l *lab) usageOf(recording string) {
	l.t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", recording+".json"))
	require.NoError(l.t, err)
	var file struct{ Stdout traffic }
	require.NoError(l.t, json.Unmarshal(data, &file))
	hour := time.Date(2026, 11, 22, 10, 30, 0, 0, time.UTC)
	requests := func(bucket, owner string, sums []recordedSum) {
		for _, c := range sums {
			for i := range c.Ops {
				e := usage.Entry{Start: hour, Status: 403, Category: c.Category, User: owner, Owner: owner, Bucket: bucket}
				if i < c.SuccessfulOps {
					e.Status = 200
				}
				if i == 0 {
					e.BytesSent, e.BytesReceived = c.BytesSent, c.BytesReceived
				}
				l.Usage.Record(&e)
			}
		}
	}
	for _, u := range file.Stdout.Entries {
		for _, b := range u.Buckets {
			requests(b.Bucket, b.Owner, b.Categories)
			if len(b.Categories) == 0 {
				requests(b.Bucket, b.Owner, []recordedSum{{Category: "list_bucket", Ops: 1}})
			}
		}
	}
	if file.Stdout.Entries == nil {
		for _, u := range file.Stdout.Summary {
			requests("b", u.User, u.Categories)
		}
	}
}

func TestReplayUsage(t *testing.T) {
	for _, recording := range []string{"usage-show", "usage-show-entries", "usage-show-categories"} {
		l := newLab(t)
		l.replay("usage-show-no-such-user usage-show-range usage-show-error-date usage-trim-error-no-uid usage-trim-no-such-user")
		l.usageOf(recording)
		l.replay("usage-trim-range usage-trim-no-such-user usage-trim-error-no-uid")
		l.replay(recording)
		l.replay("usage-show-no-such-user usage-show-range")
	}
}

func TestReplayDevices(t *testing.T) {
	l := newLab(t)
	l.replay(changed)
	l.replay(`mfa-create mfa-create-again mfa-create-base32 mfa-create-error-no-seed mfa-create-error-no-serial mfa-list mfa-get
		mfa-get-error-missing mfa-list-error-missing-user mfa-check-wrong-pin`)
	// The quotas that were set before.
	l.must("quota", "set", "--quota-scope=bucket", "--uid=lab-c1", "--max-objects=10", "--max-size=2048")
	l.must("quota", "enable", "--quota-scope=bucket", "--uid=lab-c1")
	l.replay("mfa-user-info mfa-remove mfa-remove-error-missing")
}

func TestReplayRoles(t *testing.T) {
	l := newLab(t)
	l.replay(`role-create role-create-again role-create-no-policy role-get role-get-error-missing role-list role-policy-put
		role-policy-put-space role-policy-list role-policy-get role-delete-error-has-policy role-policy-delete
		role-delete role-delete-error-missing`)
	c := l.recorded("role-create-error-policy")
	exit, _, stderr := l.run(c.Args...)
	assert.Equal(t, c.Exit, exit)
	said, _, _ := strings.Cut(c.Stderr, ": ")
	assert.Contains(t, stderr, said+": ", "what is wrong is told in other words than those of RGW's parser")
}

func TestReplayCluster(t *testing.T) {
	l := newLab(t)
	l.replay("lc-list topic-list metadata-list")
	l.replay("zonegroup-get", "id", "master_zone", "bucket_index_max_shards")
	var names []string // there are no pools to name
	for name := range l.recorded("zone-get").Stdout.(map[string]any) {
		if strings.HasSuffix(name, "_pool") || name == "domain_root" {
			names = append(names, name)
		}
	}
	l.replay("zone-get", append(names, "id", "data_pool", "data_extra_pool", "index_pool")...)
	assert.Contains(t, l.must("--version"), "16.2.15", "version")
}

// TestEveryRecordingIsReplayed: what is compared differently is named.
func TestEveryRecordingIsReplayed(t *testing.T) {
	source, err := os.ReadFile("replay_test.go")
	require.NoError(t, err)
	words := strings.FieldsFunc(string(source), func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-", r) })
	files, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		assert.True(t, slices.Contains(words, name), "%s is not replayed", name)
	}
}
