package admintest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/admin/internal/admintest"
	"github.com/cofferstore/coffer/auth/iam"
)

func ExampleNew() {
	_ = func(t *testing.T) { // func TestRemoveUser(t *testing.T)
		l := admintest.New(t, nil)
		alice := l.AddUser(iam.User{UserID: iam.UserID{Tenant: "acme", UID: "alice"}}, iam.AccountKey{AccessKey: "ALICE"})
		l.AddBucket(alice.String(), "photos")
		require.Error(t, l.Service.RemoveUser(t.Context(), alice.UserID, false))
	}
	// Output:
}
