package utapihttp_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http/httptest"
	"time"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/utapihttp"
	"github.com/cofferstore/coffer/auth/awssig"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/usage/utapi"
)

func Example() {
	engine := memengine.New()
	users, err := iam.Open(engine.Index, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	root, err := users.EnsureRoot(context.Background(), "ROOT", "secret")
	if err != nil {
		fmt.Println(err)
		return
	}
	metrics := utapi.Open(engine.Index, nil)
	defer metrics.Close(context.Background())
	store, err := objstore.Open(engine, &objstore.Options{Hooks: []objstore.Hook{metrics}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	h := utapihttp.New(metrics, admin.New(users, store, nil), &utapihttp.Options{Verifier: awssig.V4(users, nil)})

	body := []byte(`{"buckets": ["photos"], "timeRange": [1501545600001]}`)
	sum := sha256.Sum256(body)
	r := httptest.NewRequest("POST", "/buckets?Action=ListMetrics", bytes.NewReader(body))
	awssig.SignV4(r, awssig.Credentials{AccessKey: root.AccessKey, Secret: "secret"},
		awssig.Scope{Time: time.Now(), Region: "us-east-1", Service: "s3"}, hex.EncodeToString(sum[:]))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Body.String()[:32])
	// Output: 400 {"code":"InvalidParameterValue",
}
