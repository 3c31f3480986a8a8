package rgwhttp_test

import (
	"fmt"
	"net/http/httptest"
	"time"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/rgwhttp"
	"github.com/cofferstore/coffer/auth/awssig"
	"github.com/cofferstore/coffer/s3http/s3test"
)

func Example() {
	s3 := s3test.NewServer(nil) // has a store and users
	defer s3.Close()
	h := rgwhttp.New(admin.New(s3.Directory, s3.Store, nil), &rgwhttp.Options{Verifier: awssig.V2(s3.Directory, nil)})

	r := httptest.NewRequest("PUT", "/admin/user?uid=alice&display-name=Alice&access-key=ALICE&secret-key=s", nil)
	awssig.SignV2(r, awssig.Credentials{AccessKey: s3.AccessKey, Secret: s3.SecretKey}, time.Now(), nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(w.Code)
	// Output: 200
}
