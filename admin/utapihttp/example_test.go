package utapihttp_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http/httptest"
	"time"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/utapihttp"
	"github.com/cofferstore/coffer/auth/awssig"
	"github.com/cofferstore/coffer/s3http/s3test"
)

func Example() {
	s3 := s3test.NewServer(nil) // has a store, users, and metrics that are a hook of the store
	defer s3.Close()
	h := utapihttp.New(s3.Metrics, admin.New(s3.Directory, s3.Store, nil), &utapihttp.Options{Verifier: awssig.V4(s3.Directory, nil)})

	body := []byte(`{"buckets": ["photos"], "timeRange": [1501545600001]}`)
	sum := sha256.Sum256(body)
	r := httptest.NewRequest("POST", "/buckets?Action=ListMetrics", bytes.NewReader(body))
	awssig.SignV4(r, awssig.Credentials{AccessKey: s3.AccessKey, Secret: s3.SecretKey},
		awssig.Scope{Time: time.Now(), Region: "us-east-1", Service: "s3"}, hex.EncodeToString(sum[:]))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Body.String()[:32])
	// Output: 400 {"code":"InvalidParameterValue",
}
