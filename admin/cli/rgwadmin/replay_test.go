package rgwadmin_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/cli"
	"github.com/cofferstore/coffer/admin/cli/rgwadmin"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/internal/rgwreplay"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/lifecycle/worker"
	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/quota"
	"github.com/cofferstore/coffer/usage/rgwlog"
)

// lab is a store with the users of the recordings.
type lab struct {
	t       *testing.T
	users   *iam.Directory
	store   *objstore.Store
	usage   *rgwlog.Log
	service *admin.Service
	tool    cli.Tool
}

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{t: t}
	ix := memengine.NewIndex()
	var err error
	l.users, err = iam.Open(ix, nil)
	require.NoError(t, err)
	quotas, err := quota.Open(ix, nil)
	require.NoError(t, err)
	rates, err := quota.OpenLimiter(ix, nil)
	require.NoError(t, err)
	l.usage, err = rgwlog.Open(t.Context(), ix, &rgwlog.Options{FlushEvery: -1})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, l.usage.Close(context.Background())) })
	l.store, err = objstore.Open(driver.Engine{Index: ix, Blobs: memengine.NewBlobs()}, &objstore.Options{Hooks: []objstore.Hook{quotas}})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, l.store.Close()) })
	l.service = admin.New(l.users, l.store, &admin.Options{
		Quotas: quotas, Rates: rates, Usage: l.usage, Lifecycle: worker.New(l.store, ix, nil),
	})
	l.tool = rgwadmin.New(l.service, nil)
	l.user("lab-admin", "Lab Admin", "LABADMIN000000000001")
	l.user("lab-user", "Lab User", "LABUSER0000000000001")
	l.user("lab-other", "Lab Other", "LABOTHER000000000001")
	l.user("acme$lab-tenant", "Lab Tenant", "LABTENANT00000000001")
	return l
}

func (l *lab) user(name, display, key string) {
	l.t.Helper()
	a := iam.Account{User: iam.User{UserID: iam.ParseUserID(name), DisplayName: display, MaxBuckets: 1000}}
	_, err := a.SetKey(iam.AccountKey{AccessKey: key, Secret: "secret"})
	require.NoError(l.t, err)
	_, err = l.users.CreateAccount(l.t.Context(), a)
	require.NoError(l.t, err)
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

// replay runs recorded commands in order and compares.
func (l *lab) replay(names string, without ...string) {
	l.t.Helper()
	for _, name := range strings.Fields(names) {
		data, err := os.ReadFile(filepath.Join("testdata", name+".json"))
		require.NoError(l.t, err)
		c, err := rgwreplay.ParseCommand(data)
		require.NoError(l.t, err, name)
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

const keyed = created + ` user-modify user-modify-add-key user-suspend user-suspend-again user-enable
	subuser-create subuser-create-key subuser-create-gen-secret subuser-create-again subuser-modify subuser-rm subuser-rm-purge-keys
	key-create-swift key-create-s3 key-create-gen key-rm-s3 key-rm-swift`

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
	l.replay("user-rm user-rm-error-missing")
}
