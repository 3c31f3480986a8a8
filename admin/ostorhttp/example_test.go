package ostorhttp_test

import (
	"fmt"
	"net/http/httptest"
	"time"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/ostorhttp"
	"github.com/cofferstore/coffer/auth/awssig"
	"github.com/cofferstore/coffer/s3http/s3test"
)

func Example() {
	s3 := s3test.NewServer(nil) // has a store and users
	defer s3.Close()
	ostor := admin.NewOstor(admin.New(s3.Directory, s3.Store, nil), nil)
	h := ostorhttp.New(ostor, &ostorhttp.Options{Verifier: awssig.V2(s3.Directory, nil)})

	r := httptest.NewRequest("PUT", "/?ostor-users&emailAddress=user@example.com", nil)
	awssig.SignV2(r, awssig.Credentials{AccessKey: s3.AccessKey, Secret: s3.SecretKey}, time.Now(), nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Header().Get("Content-Type"))
	// Output: 200 application/json
}
