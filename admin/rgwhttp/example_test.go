package rgwhttp_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"time"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/rgwhttp"
	"github.com/cofferstore/coffer/auth/awssig"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
)

func Example() {
	ix := memengine.NewIndex()
	users, err := iam.Open(ix, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	root, err := users.EnsureRoot(context.Background(), "ROOT", "secret")
	if err != nil {
		fmt.Println(err)
		return
	}
	store, err := objstore.Open(driver.Engine{Index: ix, Blobs: memengine.NewBlobs()}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	h := rgwhttp.New(admin.New(users, store, nil), &rgwhttp.Options{Verifier: awssig.V2(users, nil)})

	r := httptest.NewRequest("PUT", "/admin/user?uid=alice&display-name=Alice&access-key=ALICE&secret-key=s", nil)
	awssig.SignV2(r, awssig.Credentials{AccessKey: root.AccessKey, Secret: "secret"}, time.Now(), nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(w.Code)
	// Output: 200
}
