package ostorhttp_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"time"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/ostorhttp"
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
	store, err := objstore.Open(driver.Engine{Index: ix, Blobs: memengine.NewBlobs()}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	ostor := admin.NewOstor(admin.New(users, store, nil), nil)
	operator, err := ostor.CreateUser(context.Background(), "op@example.com", true)
	if err != nil {
		fmt.Println(err)
		return
	}
	h := ostorhttp.New(ostor, &ostorhttp.Options{Verifier: awssig.V2(users, nil)})

	r := httptest.NewRequest("PUT", "/?ostor-users&emailAddress=user@example.com", nil)
	awssig.SignV2(r, awssig.Credentials{AccessKey: operator.Keys[0].AccessKey, Secret: operator.Keys[0].Secret}, time.Now(), nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Header().Get("Content-Type"))
	// Output: 200 application/json
}
